// Clips as the UNet sees them: latents of each frame, whole and masked, and the features of the sound. Made once, kept in files.
import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpointFile, writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, encoderGraph, type AutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { WhisperEncoder, whisperEncoderGraph, type WhisperEncoderConfig } from '../../models/whisper-encoder.ts';
import { bindWeights, checkWeights } from '../../nn/weights.ts';
import type { Graph } from '../../onnx/graph.ts';
import { makeDirectory } from '../../hub/files-node.ts';
import { Audio2Feature } from '../../pipelines/audio/audio2feature.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { option, wording } from '../../util/wording.ts';
import { inpaintMask } from '../../vision/mask.ts';
import { facePlanes } from './face-planes.ts';
import type { ClipSet } from './clip-set-node.ts';
import { speechRows, type HeardSpeech } from './speech-features.ts';
import { closureFrames } from '../../synthetic/speech-labels.ts';
import { soundTake, soundTakeIdentity } from './sound-takes-node.ts';
import type { TrainingClip } from './training-clip.ts';
import { joined } from '../../util/joined.ts';

/** Frames that the VAE encodes at a time. */
const FRAMES_AT_ONCE = 16;

/** One clip in memory. */
export interface PreparedClip {
  readonly clip: TrainingClip;
  readonly frameCount: number;
  /** Unscaled means of the latents, [F, C, h, w] flat. */
  readonly latents: Float32Array;
  /** The same of the frames behind the inpainting mask. */
  readonly maskedLatents: Float32Array;
  /** The takes of the sound. */
  readonly sounds: readonly HeardSpeech[];
  /** Frames in whose middle a sound is spoken for which the lips meet; empty if there are no labels. */
  readonly closures: readonly number[];
}

/** Which networks prepare the clips. */
export interface PreparationOptions {
  /** Folder in which prepared clips are kept; several trainings may share it. */
  folder: string;
  resolution: number;
  vaeConfig: AutoencoderKLConfig;
  whisperConfig: WhisperEncoderConfig;
  /** Checkpoint files. */
  vae: string;
  whisper: string;
  audioFeatLength: readonly [number, number];
  /** Takes of every clip's sound, see `soundTake`. */
  soundTakes: number;
  runtime: Runtime;
  signal?: AbortSignal;
  /** Stage `prepare`, in clips. */
  onProgress?: OnProgress;
}

/** Prepares all clips of a set, or reads what was prepared before with the same encoders. */
export async function prepareClips(clips: ClipSet, options: PreparationOptions): Promise<PreparedClip[]> {
  const { folder, runtime, vaeConfig, whisperConfig, resolution, signal } = options;
  await makeDirectory(folder, {
    what: 'folder of the prepared clips',
    remedy: wording`Choose another ${option('output')}.`,
  });
  const vae = new AutoencoderKL(vaeConfig);
  const whisper = new WhisperEncoder(whisperConfig);
  await using vaeWeights = await openCheckpointFile(options.vae);
  await using whisperWeights = await openCheckpointFile(options.whisper);
  checkWeights(vae, vaeWeights);
  checkWeights(whisper, whisperWeights);
  const size = { height: resolution, width: resolution };
  const graphs = { encoder: encoderGraph(vae, size), listener: whisperEncoderGraph(whisper) };
  await using encoder = await runtime.createSession(await bindWeights(graphs.encoder, vaeWeights));
  await using listener = await runtime.createSession(await bindWeights(graphs.listener, whisperWeights));
  const seeing = await hashOfParameters(graphs.encoder, vaeWeights);
  const hearing = await hashOfParameters(graphs.listener, whisperWeights);
  const audio2feature = new Audio2Feature(listener, whisperConfig);
  const mask = inpaintMask(resolution);

  const encode = async (pixels: Tensor<'float32'>): Promise<Float32Array> =>
    toFloat32((await encoder.run({ image: pixels }, { signal })).mean).data;
  const latentsOf = async (clip: TrainingClip, masked: boolean): Promise<Float32Array> => {
    const parts: Float32Array[] = [];
    for (let first = 0; first < clip.frameCount; first += FRAMES_AT_ONCE) {
      const frames = await clip.readFrames(first, Math.min(clip.frameCount, first + FRAMES_AT_ONCE));
      parts.push(await encode(facePlanes(frames, masked ? mask : undefined)));
    }
    return joined(parts);
  };

  const picturesOf = (clip: TrainingClip, name: string): Promise<{ latents: Float32Array; masked: Float32Array }> =>
    kept(join(folder, `${name}.pictures.safetensors`), identityOf(seeing, JSON.stringify(clip.origin)), async () => ({
      latents: await latentsOf(clip, false),
      masked: await latentsOf(clip, true),
    }));
  const rowsOf = async (clip: TrainingClip, name: string, take: number): Promise<Float32Array> => {
    const path = join(folder, `${name}.sound${take}.safetensors`);
    const { rows } = await kept(path, identityOf(hearing, soundTakeIdentity(clip, take)), async () => ({
      rows: await speechRows(audio2feature, await soundTake(clip, take), signal),
    }));
    return rows;
  };
  const soundOf = async (clip: TrainingClip, name: string): Promise<Float32Array[]> => {
    const takes: Float32Array[] = [];
    for (let take = 0; take < options.soundTakes; take++) takes.push(await rowsOf(clip, name, take));
    return takes;
  };

  const progress = new ProgressReporter('prepare', clips.clips.length, options.onProgress);
  const prepared: PreparedClip[] = [];
  for (const [index, clip] of clips.clips.entries()) {
    throwIfAborted(signal);
    const name = basename(clips.paths[index], '.safetensors');
    const [pictures, takes, labels] = await Promise.all([
      picturesOf(clip, name),
      soundOf(clip, name),
      clip.readLabels(),
    ]);
    const heard = {
      rowWidth: audio2feature.rowWidth,
      frameRate: clip.frameRate,
      audioFeatLength: options.audioFeatLength,
    };
    prepared.push({
      clip,
      frameCount: clip.frameCount,
      latents: pictures.latents,
      maskedLatents: pictures.masked,
      sounds: takes.map((rows) => ({ ...heard, rows })),
      closures: labels ? closureFrames(labels.phonemes, clip) : [],
    });
    progress.report(index + 1);
  }
  return prepared;
}

/** Returns a hash of the weights that a graph uses, so that other parts of a checkpoint make no difference. */
async function hashOfParameters(graph: Graph, weights: Checkpoint): Promise<Hash> {
  const hash = createHash('sha256');
  for (const { key } of graph.parameters.values()) hash.update(key).update((await weights.read(key)).bytes);
  return hash;
}

function identityOf(networks: Hash, source: string): string {
  return networks.copy().update(source).digest('hex');
}

type Contents = Record<string, Float32Array>;

/** Returns the content of a file, or computes and writes it if there is no file with this identity. */
async function kept<C extends Contents>(path: string, identity: string, make: () => Promise<C>): Promise<C> {
  if (existsSync(path)) {
    await using file = await openCheckpointFile(path);
    if (file.metadata.identity === identity) {
      const contents: Contents = {};
      for (const key of file.tensors.keys()) contents[key] = toFloat32(await file.read(key)).data;
      return contents as C;
    }
  }
  const contents = await make();
  const tensors = new Map(Object.entries(contents).map(([key, data]) => [key, Tensor.float32([data.length], data)]));
  const source = { tensors, read: (key: string) => Promise.resolve(tensors.get(key)!) };
  await writeSafetensorsFile(path, source, { metadata: { identity } });
  return contents;
}
