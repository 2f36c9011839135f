import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { openCheckpointFile, writeSafetensorsFile, writeTorchZipFile } from './checkpoint-file-node.ts';
import { checkpointFromTensors } from './checkpoint-views.ts';
import { writeFileAtomically } from './file-sink-node.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-sink-'));
});
afterEach(() => rm(folder, { recursive: true }));

const weights = checkpointFromTensors('memory', new Map([['a.weight', Tensor.float32([2], Float32Array.of(1, 2))]]));

describe('writeFileAtomically', () => {
  it('replaces a file whole', async () => {
    const path = join(folder, 'out.bin');
    await writeFile(path, 'a much longer file than the new one');
    await writeFileAtomically(path, async (sink) => {
      await sink.write(Uint8Array.of(1, 2));
      await sink.write(Uint8Array.of(3));
    });
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    expect(await readdir(folder)).toEqual(['out.bin']);
  });

  it('leaves the old file and nothing else when the writer fails', async () => {
    const path = join(folder, 'out.bin');
    await writeFile(path, 'old');
    const failing = writeFileAtomically(path, async (sink) => {
      await sink.write(Uint8Array.of(1));
      throw new RangeError('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out.bin']);
  });

  it('says when there is no place to write', async () => {
    const nothing = (): Promise<void> => Promise.resolve();
    await expect(writeFileAtomically(join(folder, 'none', 'out'), nothing)).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    await mkdir(join(folder, 'taken'));
    await expect(writeFileAtomically(join(folder, 'taken'), nothing)).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('checkpoint files', () => {
  it('are written and opened by path, whatever the name', async () => {
    const safetensors = join(folder, "-wéights ; '1'.safetensors");
    await writeSafetensorsFile(safetensors, weights, { metadata: { step: '5' } });
    await using first = await openCheckpointFile(safetensors);
    expect([first.name, first.path, first.metadata]).toEqual([safetensors, safetensors, { step: '5' }]);
    const pytorch = join(folder, 'unet.pt');
    await writeTorchZipFile(pytorch, first, { wrapper: 'state_dict', extra: { global_step: 5 } });
    await using second = await openCheckpointFile(pytorch);
    expect(second.metadata).toEqual({ global_step: 5 });
    expect(await second.read('a.weight')).toEqual(await weights.read('a.weight'));
  });
});
