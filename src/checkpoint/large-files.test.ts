import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteSink } from './byte-sink.ts';
import { openCheckpointFile } from './checkpoint-file-node.ts';
import { PickleWriter } from './pickle-writer.ts';
import { crc32, ZipWriter } from './zip-writer.ts';

const HUGE = 5 * 2 ** 30; // bytes of the first tensor, a hole in a sparse file
const TAIL = Float32Array.of(1.5, -2.5, 3.5);
const HOLE = new Uint8Array(2 ** 28);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-large-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a file in which HOLE takes no room on disk. */
async function writeSparse(name: string, write: (sink: ByteSink) => Promise<void>): Promise<string> {
  const path = join(folder, name);
  const handle: FileHandle = await open(path, 'w');
  let position = 0;
  await write({
    async write(bytes) {
      if (bytes !== HOLE) await handle.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    },
  });
  await handle.truncate(position);
  await handle.close();
  return path;
}

function* hole(): Generator<Uint8Array> {
  for (let done = 0; done < HUGE; done += HOLE.length) yield HOLE;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const huge = { storageType: 'ByteStorage', storageKey: '0', shape: [5, 2 ** 30] };
const tail = { storageType: 'FloatStorage', storageKey: '1', shape: [3] };

async function expectTail(path: string, format: string): Promise<void> {
  expect((await stat(path)).size).toBeGreaterThan(2 ** 32);
  await using checkpoint = await openCheckpointFile(path);
  expect(checkpoint.format).toBe(format);
  expect(checkpoint.tensors.get('huge')).toMatchObject({ shape: [5, 2 ** 30], location: { length: HUGE } });
  expect(checkpoint.tensors.get('tail')?.location?.offset).toBeGreaterThan(2 ** 32);
  expect((await checkpoint.read('tail')).data).toEqual(TAIL);
  await expect(checkpoint.read('huge')).rejects.toMatchObject({ code: 'insufficient-memory' });
}

describe('a checkpoint above 4 GiB is read in ranges', () => {
  it('as safetensors', async () => {
    const header = bytesOf(
      `{"huge":{"dtype":"U8","shape":[5,${2 ** 30}],"data_offsets":[0,${HUGE}]},` +
        `"tail":{"dtype":"F32","shape":[3],"data_offsets":[${HUGE},${HUGE + 12}]}}`,
    );
    const path = await writeSparse('large.safetensors', async (sink) => {
      await sink.write(new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer));
      await sink.write(header);
      for (const piece of hole()) await sink.write(piece);
      await sink.write(new Uint8Array(TAIL.buffer));
    });
    await expectTail(path, 'safetensors');
  });

  it('as a PyTorch archive with zip64 records', async () => {
    const entries = [['huge', huge] as const, ['tail', tail] as const];
    const pickle = new PickleWriter();
    pickle.orderedDict(entries, ([, tensor]) => pickle.tensor(tensor));
    const path = await writeSparse('large.pt', async (sink) => {
      const zip = new ZipWriter(sink, 64);
      const add = (name: string, bytes: Uint8Array): Promise<void> =>
        zip.add(name, { size: bytes.length, crc: crc32(bytes), pieces: [bytes] });
      await add('large/data.pkl', pickle.finish());
      await zip.add('large/data/0', { size: HUGE, crc: 0, pieces: hole() });
      await add('large/data/1', new Uint8Array(TAIL.buffer));
      await add('large/version', bytesOf('3\n'));
      await zip.finish();
    });
    await expectTail(path, 'torch-zip');
  });

  it('in the legacy PyTorch format', async () => {
    const path = await writeSparse('large.pth', async (sink) => {
      const { length } = HOLE;
      expect(HUGE % length).toBe(0);
      await sink.write(new PickleWriter().value(0x1950a86a20f9469cfc6cn).finish());
      await sink.write(new PickleWriter().value(1001).finish());
      await sink.write(new PickleWriter().value({ protocol_version: 1001, little_endian: true }).finish());
      const object = new PickleWriter();
      object.dict([['huge', huge] as const, ['tail', tail] as const], ([, tensor]) => object.tensor(tensor));
      await sink.write(object.finish());
      await sink.write(new PickleWriter().value(['0', '1']).finish());
      await sink.write(new Uint8Array(BigInt64Array.of(BigInt(HUGE)).buffer));
      for (const piece of hole()) await sink.write(piece);
      await sink.write(new Uint8Array(BigInt64Array.of(3n).buffer));
      await sink.write(new Uint8Array(TAIL.buffer));
    });
    await expectTail(path, 'torch-legacy');
  });
});
