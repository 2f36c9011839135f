// KeptLatents: what is encoded, what is found again, and what the store gets.
import { describe, expect, it } from 'vitest';
import { createImage8 } from '../tensor/image.ts';
import { Tensor } from '../tensor/tensor.ts';
import { KeptLatents, type LatentsByFace, type LatentStore, type VideoFace } from './kept-latents.ts';

/** Latents so large that a part has ten frames. */
const BYTES_PER_FACE = 400_000;

/** A store in memory, and what was asked of it. */
class MemoryStore implements LatentStore {
  readonly parts = new Map<number, Map<string, Tensor<'float32'>>>();
  readonly calls: string[] = [];

  read(part: number): Promise<LatentsByFace | undefined> {
    this.calls.push(`read ${part}`);
    return Promise.resolve(this.parts.get(part));
  }

  async write(part: number, latents: LatentsByFace): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, 5)); // what is read meanwhile must not be older
    this.calls.push(`write ${part}: ${latents.size}`);
    this.parts.set(part, new Map(latents));
    return true;
  }
}

/** The face of a frame, as cut out for the nth time. */
function faceOf(sourceIndex: number, variant = 0): VideoFace {
  const face = createImage8(2, 2, 3);
  face.data.set([sourceIndex & 255, sourceIndex >> 8, variant]);
  return { face, sourceIndex };
}

/** Asks for faces, checks that each gets its own latents, and returns the frames that were encoded. */
async function ask(latents: KeptLatents, faces: readonly VideoFace[]): Promise<number[]> {
  const encoded: number[] = [];
  const valueOf = ({ face }: VideoFace): number => face.data[0] + 256 * face.data[1] + 0.5 * face.data[2];
  const found = await latents.latentsOf(faces, (missing) => {
    encoded.push(...missing.map((index) => faces[index].sourceIndex!));
    return Promise.resolve(
      Tensor.float32(
        [missing.length, 1, 1, 1],
        Float32Array.from(missing, (i) => valueOf(faces[i])),
      ),
    );
  });
  expect(found.map(({ data: [value] }) => value)).toEqual(faces.map(valueOf));
  return encoded;
}

const range = (from: number, end: number): number[] => Array.from({ length: end - from }, (_, index) => from + index);
const facesOf = (frames: readonly number[], variant = 0): VideoFace[] => frames.map((frame) => faceOf(frame, variant));

describe('KeptLatents', () => {
  it('encodes a face once, wherever its frame is shown again', async () => {
    await using latents = new KeptLatents(new MemoryStore(), BYTES_PER_FACE);
    expect(await ask(latents, facesOf(range(0, 6)))).toEqual(range(0, 6));
    expect(await ask(latents, [faceOf(3), faceOf(7), faceOf(5), faceOf(2, 1)])).toEqual([7, 2]);
    expect(await ask(latents, facesOf([7, 2, 0]))).toEqual([]);
  });

  it('gives the next job what one had, and writes only what has changed', async () => {
    const store = new MemoryStore();
    const job = async (frames: number): Promise<number[]> => {
      await using latents = new KeptLatents(store, BYTES_PER_FACE);
      const encoded: number[] = [];
      for (let from = 0; from < frames; from += 4) {
        encoded.push(...(await ask(latents, facesOf(range(from, Math.min(frames, from + 4))))));
      }
      return encoded;
    };
    expect(await job(25)).toEqual(range(0, 25));
    expect(store.calls).toEqual(['read 0', 'read 1', 'write 0: 10', 'read 2', 'write 1: 10', 'write 2: 5']);
    store.calls.length = 0;
    expect(await job(28)).toEqual(range(25, 28));
    expect(store.calls).toEqual(['read 0', 'read 1', 'read 2', 'write 2: 8']);
  });

  it('finds in the store what it has just written, when a video plays backward or begins again', async () => {
    const store = new MemoryStore();
    await using latents = new KeptLatents(store, BYTES_PER_FACE);
    expect(await ask(latents, facesOf(range(0, 40)))).toEqual(range(0, 40));
    expect(await ask(latents, facesOf(range(0, 40).reverse()))).toEqual([]);
    expect(await ask(latents, facesOf(range(0, 40)))).toEqual([]);
  });

  it('holds two parts, and keeps two faces for each frame: those used last', async () => {
    const store = new MemoryStore();
    await using latents = new KeptLatents(store, BYTES_PER_FACE);
    await ask(latents, facesOf(range(0, 10), 0));
    await ask(latents, facesOf(range(0, 10), 1));
    expect(await ask(latents, facesOf([0]))).toEqual([]);
    expect(await ask(latents, facesOf(range(0, 9), 2))).toEqual(range(0, 9));
    expect(await ask(latents, facesOf([0]))).toEqual([]); // used again meanwhile
    expect(await ask(latents, facesOf([1, 9]))).toEqual([1, 9]); // the ones unused for longest
    await ask(latents, facesOf([10, 20]));
    expect(store.parts.get(0)!.size).toBe(20);
    expect(store.parts.has(1)).toBe(false);
  });

  it('encodes what the store cannot keep', async () => {
    const store: LatentStore = { read: () => Promise.resolve(undefined), write: () => Promise.resolve(false) };
    await using latents = new KeptLatents(store, BYTES_PER_FACE);
    for (const from of [0, 100, 200, 0])
      expect(await ask(latents, facesOf([from, from + 1]))).toEqual([from, from + 1]);
  });

  it('is asked in vain when encoding fails', async () => {
    const store = new MemoryStore();
    {
      await using latents = new KeptLatents(store, BYTES_PER_FACE);
      await ask(latents, [faceOf(0)]);
      const failing = latents.latentsOf([faceOf(0), faceOf(1)], () => Promise.reject(new Error('no memory')));
      await expect(failing).rejects.toThrow('no memory');
    }
    expect(store.parts.get(0)!.size).toBe(1); // what there was is kept
  });
});
