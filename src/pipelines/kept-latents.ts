// KeptLatents: the latents of a video's aligned faces, kept for other frames and other jobs that show the same face, to the byte.
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Image8 } from '../tensor/image.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Bytes of latents in a part of a video: of 128×128 pixels, 20 s at 25 frames per second; of 256×256, 5 s; of 512×512, 1.2 s. */
const PART_BYTES = 4e6;

/** Parts in memory: a window of frames may lie in two. */
const PARTS_IN_MEMORY = 2;

/** Faces that are kept of a frame, on average: where a video plays backward, or begins elsewhere, faces are cut out a little differently. */
const FACES_PER_FRAME = 2;

/** Latents by the SHA-256 of the face in hexadecimal digits, each [1, 8, h, w]: masked, then whole. Those used last are at the end. */
export type LatentsByFace = ReadonlyMap<string, Tensor<'float32'>>;

/** Keeps the latents of one video's faces, as one autoencoder makes them, part by part. */
export interface LatentStore {
  /** Returns the latents of a part; undefined if there are none. */
  read(part: number): Promise<LatentsByFace | undefined>;
  /** Keeps the latents of a part, in place of older ones; returns whether they are kept. */
  write(part: number, latents: LatentsByFace): Promise<boolean>;
}

/** A face of a video. */
export interface VideoFace {
  /** R × R. */
  face: Image8;
  /** Position of its frame in the video; default 0. */
  sourceIndex?: number;
}

/** What is in memory of a part. */
interface OpenPart {
  latents: Map<string, Tensor<'float32'>>;
  /** Whether the store has all of it. */
  isStored: boolean;
}

/**
 * Looks latents up before they are computed. Holds the parts of the video that are being drawn; a part that has changed goes to the store
 * once drawing has moved on, while it continues. Disposing it writes the rest.
 */
export class KeptLatents implements AsyncDisposable {
  readonly #store: LatentStore;
  readonly #framesPerPart: number;
  /** The one used last is at the end. */
  readonly #parts = new Map<number, OpenPart>();
  #writing: Promise<unknown> = Promise.resolve();

  /** @param bytesPerFace - of the latents of one face. */
  constructor(store: LatentStore, bytesPerFace: number) {
    this.#store = store;
    this.#framesPerPart = Math.max(1, Math.floor(PART_BYTES / bytesPerFace));
  }

  /**
   * Returns the latents of faces, each [1, 8, h, w].
   *
   * @param encode - computes those of the faces with these positions in `faces`, [n, 8, h, w]; not called for none.
   */
  async latentsOf(
    faces: readonly VideoFace[],
    encode: (missing: readonly number[]) => Promise<Tensor<'float32'>>,
  ): Promise<Tensor<'float32'>[]> {
    const keys = await Promise.all(faces.map(({ face }) => faceKey(face)));
    const found = new Map<number, Tensor<'float32'>>();
    for (const [index, { sourceIndex }] of faces.entries()) {
      const latents = useLast((await this.#part(sourceIndex)).latents, keys[index]);
      if (latents) found.set(index, latents);
    }
    const missing = [...faces.keys()].filter((index) => !found.has(index));
    if (missing.length > 0) {
      const encoded = await encode(missing);
      for (const [position, index] of missing.entries()) {
        const latents = encoded.slice(0, position, position + 1);
        this.#keep(await this.#part(faces[index].sourceIndex), keys[index], latents);
        found.set(index, latents);
      }
    }
    return [...faces.keys()].map((index) => found.get(index)!);
  }

  #keep(part: OpenPart, key: string, latents: Tensor<'float32'>): void {
    part.latents.set(key, latents);
    part.isStored = false;
    const [oldest] = part.latents.keys();
    if (part.latents.size > FACES_PER_FRAME * this.#framesPerPart) part.latents.delete(oldest);
  }

  /** Returns the part that a frame lies in. */
  async #part(sourceIndex = 0): Promise<OpenPart> {
    const number = Math.floor(sourceIndex / this.#framesPerPart);
    const open = useLast(this.#parts, number);
    if (open) return open;
    const [oldest] = this.#parts.keys();
    if (this.#parts.size === PARTS_IN_MEMORY) await this.#close(oldest);
    await this.#writing; // it may be this very part
    const part = { latents: new Map(await this.#store.read(number)), isStored: true };
    this.#parts.set(number, part);
    return part;
  }

  async #close(number: number): Promise<void> {
    const part = this.#parts.get(number);
    this.#parts.delete(number);
    await this.#writing;
    if (!part || part.isStored) return;
    this.#writing = this.#store.write(number, part.latents);
    this.#writing.catch(() => undefined); // thrown where it is awaited
  }

  /** Writes what the store does not have yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const number of [...this.#parts.keys()]) await this.#close(number);
    await this.#writing;
  }
}

async function faceKey({ data }: Image8): Promise<string> {
  const copy = new Uint8Array(data); // memory that is shared is not taken
  return bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', copy)));
}

/** Returns the value of a key, and moves it to the end of the map. */
function useLast<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  if (value === undefined) return undefined;
  map.delete(key);
  map.set(key, value);
  return value;
}
