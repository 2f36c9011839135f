// Latents of faces kept on disk, for the next job with the same video.
import { cpus } from 'node:os';
import { fileIdentity } from '../hub/files-node.ts';
import { availableDisk } from '../hub/resources-node.ts';
import { TensorCache } from '../hub/tensor-cache-node.ts';
import { Tensor } from '../tensor/tensor.ts';
import { packageVersion } from '../util/package-version-node.ts';
import { trackOrigin, type TrackOrigin, type TrackSettings } from './faces/track-cache-node.ts';
import type { LatentsByFace, LatentStore } from './kept-latents.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import type { LipsyncOpenOptions } from './lipsync-options.ts';

/**
 * Incremented whenever the same face gives other latents than before, or parts are divided differently, so that older entries are no
 * longer found.
 */
const LATENT_VERSION = 3;

const HASH_BYTES = 32;

/** Everything that the latents of a face depend on beside the face, and which faces a job is about to look for. */
export interface LatentOrigin {
  /** What the faces depend on: those of another video, or found by another detector, are not worth looking through. */
  tracks: TrackOrigin;
  /** Hashes of the files of the autoencoder's weights. */
  autoencoder: readonly string[];
  /** R: side of a face in pixels. */
  resolution: number;
  /** What chooses the kernels: two that do not round alike make latents that differ in the last bits. */
  kernels: readonly unknown[];
}

/** Returns what the latents of a file's faces depend on; undefined for a model whose weights are not in files. */
export async function latentOrigin(
  path: string,
  model: LipsyncModel,
  options: TrackSettings & Pick<LipsyncOpenOptions, 'device' | 'dtype' | 'threads'>,
): Promise<LatentOrigin | undefined> {
  const { device = 'cpu', dtype = 'float32', threads } = options;
  if (model.weightFiles.vae === undefined) return undefined;
  return {
    tracks: await trackOrigin(path, options),
    autoencoder: await Promise.all(model.weightFiles.vae.map(fileIdentity)),
    resolution: model.defaults.resolution,
    kernels: [device, dtype, threads ?? null, cpus().at(0)?.model ?? null, await packageVersion()],
  };
}

/**
 * Returns the store of a video's latents in the cache directory. A video takes at most half of it: of a longer one, the beginning is kept,
 * where dropping what was not used for longest would always drop what is needed next.
 *
 * @param options.directory - default `latents` in the cache directory; created when first written to.
 * @param options.maxBytes - size that the folder is kept below; default 2 GB.
 * @param options.minFreeBytes - of the disk, which are left to others; default 1 GB.
 */
export function latentStore(
  origin: LatentOrigin,
  {
    directory,
    maxBytes = 2e9,
    minFreeBytes = 1e9,
  }: { directory?: string; maxBytes?: number; minFreeBytes?: number } = {},
): LatentStore {
  const cache = new TensorCache('latents', { directory, maxBytes });
  const keyOf = (part: number): string => TensorCache.key([LATENT_VERSION, origin, part]);
  /** Bytes of the parts that this video has. */
  const sizes = new Map<number, number>();
  return {
    async read(part) {
      const latents = latentsIn(await cache.read(keyOf(part)));
      if (latents) sizes.set(part, byteLength(latents));
      return latents;
    },
    async write(part, latents) {
      const bytes = byteLength(latents);
      let total = bytes;
      for (const [other, size] of sizes) if (other !== part) total += size;
      if (total > maxBytes / 2) return false;
      const free = await availableDisk(cache.directory).catch(() => 0);
      if (free - bytes < minFreeBytes) return false;
      const isKept = await cache.write(keyOf(part), tensorsOf(latents));
      if (isKept) sizes.set(part, bytes);
      return isKept;
    },
  };
}

function byteLength(latents: LatentsByFace): number {
  return [...latents.values()].reduce((sum, { bytes }) => sum + bytes.length + HASH_BYTES, 0);
}

/** `faces` [n, 32] and `latents` [n, 8, h, w] */
function tensorsOf(latents: LatentsByFace): Map<string, Tensor> {
  const hashes = Buffer.from([...latents.keys()].join(''), 'hex');
  return new Map<string, Tensor>([
    ['faces', new Tensor('uint8', [latents.size, HASH_BYTES], hashes)],
    ['latents', Tensor.concat([...latents.values()], 0)],
  ]);
}

/** Returns the latents of an entry; undefined if it was written by something else. */
function latentsIn(tensors: ReadonlyMap<string, Tensor> | undefined): LatentsByFace | undefined {
  const faces = tensors?.get('faces');
  const latents = tensors?.get('latents');
  if (!faces?.is('uint8') || !latents?.is('float32') || latents.shape[0] !== faces.shape[0]) return undefined;
  const hashes = Buffer.from(faces.data).toString('hex');
  const hashAt = (index: number): string => hashes.slice(2 * HASH_BYTES * index, 2 * HASH_BYTES * (index + 1));
  return new Map(Array.from({ length: faces.shape[0] }, (_, i) => [hashAt(i), latents.slice(0, i, i + 1)]));
}
