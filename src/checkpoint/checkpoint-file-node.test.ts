import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { openCheckpointFile, writeSafetensorsFile, writeTorchZipFile } from './checkpoint-file-node.ts';
import { checkpointFromTensors } from './checkpoint-views.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const weights = checkpointFromTensors('memory', new Map([['a.weight', Tensor.float32([2], Float32Array.of(1, 2))]]));

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
