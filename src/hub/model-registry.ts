// The models known by name: where each file is, its length, and its sha256.
import { LatentSyncError } from '../util/errors.ts';
import { nearestWord } from '../util/nearest-word.ts';
import { quoted } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';
import { officialConfig } from './official-configs.ts';
import type { OfficialConfig } from './official-configs.ts';

/** What files of a model are for: `inference` is needed to lip-sync, the others only to score (`evaluation`) or train (`syncnet`). */
export const modelParts: readonly ModelPart[] = ['inference', 'evaluation', 'syncnet'];

/** What files of a model are for. */
export type ModelPart = 'inference' | 'evaluation' | 'syncnet';

/** One file of a model: its place in the model's folder, and where it is downloaded from. */
export interface ModelFile {
  /** Path in the model's folder, with `/`. */
  readonly path: string;
  /** Hugging Face repository, `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit of the repository. */
  readonly revision: string;
  /** Path in the repository, with `/`. */
  readonly source: string;
  /** Length in bytes; undefined if the server's declaration is accepted. */
  readonly size: number | undefined;
  /** Lower-case hexadecimal; undefined if the server's declaration is accepted. */
  readonly sha256: string | undefined;
  readonly part: ModelPart;
}

/** A model that is downloaded file by file. */
export interface DownloadableModel {
  readonly kind: 'downloadable';
  readonly name: string;
  readonly description: string;
  /** Side of the face image in pixels. */
  readonly resolution: number;
  readonly files: readonly ModelFile[];
  /** What `config.yaml` of its folder holds. */
  readonly config: OfficialConfig;
}

/** A model known by name: either downloaded or embedded in the package. */
export type ModelDefinition =
  | DownloadableModel
  | { readonly kind: 'embedded'; readonly name: string; readonly description: string; readonly resolution: number };

/** An autoencoder that can take the place of a model's own; downloaded file by file. */
export interface DownloadableAutoencoder {
  readonly kind: 'autoencoder';
  readonly name: string;
  readonly description: string;
  readonly files: readonly ModelFile[];
}

/** Where each part of a model lies in its folder: the layout of the official downloads. */
export const modelLayout = {
  config: 'config.yaml',
  schedulerConfig: 'scheduler_config.json',
  unet: 'latentsync_unet.pt',
  whisperTiny: 'whisper/tiny.pt',
  whisperSmall: 'whisper/small.pt',
  vae: 'sd-vae-ft-mse/diffusion_pytorch_model.safetensors',
  vaeConfig: 'sd-vae-ft-mse/config.json',
  stableSyncnet: 'stable_syncnet.pt',
  syncnet: 'auxiliary/syncnet_v2.model',
  faceDetector: 'auxiliary/sfd_face.pth',
  hyperiqa: 'auxiliary/koniq_pretrained.pkl',
  i3d: 'auxiliary/i3d_torchscript.pt',
} as const;

/** Where the parts of a model lie that was trained here: the embedded one, and those that a training plan makes. */
export const trainedLayout = {
  config: 'config.yaml',
  unet: 'unet.safetensors',
  vae: 'vae.safetensors',
  whisper: 'whisper.safetensors',
} as const;

/** How the files of a TAESD are called: one with both halves, as diffusers has it, or the author's two. */
export const taesdLayout = {
  whole: 'diffusion_pytorch_model.safetensors',
  encoder: 'taesd_encoder',
  decoder: 'taesd_decoder',
  extensions: ['.safetensors', '.pth'],
} as const;

const VAE_REPOSITORY = 'stabilityai/sd-vae-ft-mse';

interface Release {
  repository: string;
  unet: { size: number; sha256: string };
  stableSyncnet: { size: number; sha256: string };
}

function officialFiles({ repository, unet, stableSyncnet }: Release): readonly ModelFile[] {
  const own = (path: string, size: number, sha256: string, part: ModelPart): ModelFile => {
    return { path, repository, revision: 'main', source: path, size, sha256, part };
  };
  const vae = (path: string, size: number, sha256: string): ModelFile => {
    const source = path.slice(path.indexOf('/') + 1);
    return { path, repository: VAE_REPOSITORY, revision: 'main', source, size, sha256, part: 'inference' };
  };
  return [
    vae(modelLayout.vaeConfig, 547, '92d3dfb746fca211a2c9e019e285f8597412211728dce3c5bcf4eda0f2d62e7e'),
    own(
      modelLayout.whisperTiny,
      75_572_083,
      '65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9',
      'inference',
    ),
    vae(modelLayout.vae, 334_643_276, 'a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815'),
    own(modelLayout.unet, unet.size, unet.sha256, 'inference'),
    own(
      modelLayout.syncnet,
      54_573_114,
      '961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442',
      'evaluation',
    ),
    own(
      modelLayout.faceDetector,
      89_844_381,
      'd54a87c2b7543b64729c9a25eafd188da15fd3f6e02f0ecec76ae1b30d86c491',
      'evaluation',
    ),
    own(
      modelLayout.hyperiqa,
      109_768_650,
      'ff9277bcc68ecc10e77d88b6d0a32825ec3c85562095542734ec6212eaaf6d81',
      'evaluation',
    ),
    own(modelLayout.i3d, 51_235_320, 'bec6519f66ea534e953026b4ae2c65553c17bf105611c746d904657e5860a5e2', 'evaluation'),
    own(modelLayout.stableSyncnet, stableSyncnet.size, stableSyncnet.sha256, 'syncnet'),
  ];
}

/** Every model that is known by name, the smallest first. */
export const knownModels: readonly ModelDefinition[] = [
  {
    kind: 'embedded',
    name: 'tiny',
    description: 'small network that comes with the package, 128×128 pixels',
    resolution: 128,
  },
  {
    kind: 'downloadable',
    name: '1.5',
    description: 'LatentSync 1.5, 256×256 pixels',
    resolution: 256,
    config: officialConfig(256),
    files: officialFiles({
      repository: 'ByteDance/LatentSync-1.5',
      unet: { size: 5_072_348_184, sha256: '6440b49a7ccceff56cdc001f5f17605216337f5bbd66fa360139768926e23f51' },
      stableSyncnet: {
        size: 1_605_324_224,
        sha256: 'dccc464554b85ed939ae5cf63000e5803d4b21d8c7dae2260544a10aeb1ac483',
      },
    }),
  },
  {
    kind: 'downloadable',
    name: '1.6',
    description: 'LatentSync 1.6, 512×512 pixels',
    resolution: 512,
    config: officialConfig(512),
    files: officialFiles({
      repository: 'ByteDance/LatentSync-1.6',
      unet: { size: 5_072_222_488, sha256: '0a478e89eb660f82da4c35dbdde8a5adfb27f99d1b4e50edd03729e1e98316d3' },
      stableSyncnet: {
        size: 1_605_328_746,
        sha256: '77678d13861a02d6e83d0b169962175b6266be773f1f6f85fda2b0182e225118',
      },
    }),
  },
];

/** The tiny autoencoder for the latents of Stable Diffusion 1 and 2, which are those of the official models. */
export const taesd: DownloadableAutoencoder = {
  kind: 'autoencoder',
  name: 'taesd',
  description: 'tiny autoencoder for 1.5 and 1.6: a fraction of the time, less detail',
  files: [
    {
      path: taesdLayout.whole,
      repository: 'madebyollin/taesd',
      revision: 'main',
      source: taesdLayout.whole,
      size: 9_793_292,
      sha256: 'db169d69145ec4ff064e49d99c95fa05d3eb04ee453de35824a6d0f325513549',
      part: 'inference',
    },
  ],
};

/** Returns the files of a model that belong to one of the parts. */
export function filesOf(model: Pick<DownloadableModel, 'files'>, parts: readonly ModelPart[]): readonly ModelFile[] {
  return model.files.filter((file) => parts.includes(file.part));
}

/** Returns the sum of the declared lengths in bytes; files of undeclared length count as 0. */
export function totalSize(files: readonly ModelFile[]): number {
  return files.reduce((sum, file) => sum + (file.size ?? 0), 0);
}

/** Returns the known name that a mistyped one most likely means; undefined if none is close. */
export function nearestModelName(name: string): string | undefined {
  const wanted = name.toLowerCase();
  const names = knownModels.map((model) => model.name);
  return names.find((known) => wanted.includes(known)) ?? nearestWord(wanted, names);
}

/** Returns the error for a name that is neither a known model nor a folder. */
export function modelUnknownError(name: string): LatentSyncError {
  const known = knownModels.map((model) => model.name).join(', ');
  if (name === taesd.name) {
    return new LatentSyncError(
      'model-unknown',
      'TAESD is not a model, but an autoencoder that an official one can use.',
      {
        remedy: wording`Set ${option('vae', taesd.name)} beside a model. The models are ${known}, or any folder with the official files.`,
      },
    );
  }
  const nearest = nearestModelName(name);
  return new LatentSyncError('model-unknown', `There is no model or folder ${quoted(name)}.`, {
    remedy: wording`${nearest === undefined ? '' : wording`Did you mean ${option('model', nearest)}? `}The models are ${known}, or any folder with the official files.`,
  });
}

/**
 * Returns what is downloaded under a name: a model, or an autoencoder.
 *
 * @throws LatentSyncError with code `model-unknown`, naming the known models and the nearest of them.
 */
export function findDownload(name: string): ModelDefinition | DownloadableAutoencoder {
  return name === taesd.name ? taesd : findModel(name);
}

/**
 * Returns the model of that name.
 *
 * @throws LatentSyncError with code `model-unknown`, naming the known models and the nearest of them.
 */
export function findModel(name: string): ModelDefinition {
  const model = knownModels.find((candidate) => candidate.name === name);
  if (!model) throw modelUnknownError(name);
  return model;
}
