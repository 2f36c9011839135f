import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hashedParameter } from '../models/hashed-weights.ts';
import { Linear } from '../nn/linear.ts';
import { nameParameters } from '../nn/module.ts';
import { HashedWeights } from './weights-file-node.ts';

const large = nameParameters(new Linear(2048, 8200)); // 67 MB

describe('HashedWeights', () => {
  it('are in a file while they are needed when they are large', async () => {
    const weights = new HashedWeights({});
    const checkpoint = await weights.of(large, 'p.');
    const { path } = checkpoint;
    expect(existsSync(path!)).toBe(true);
    const expected = hashedParameter('weight', [8200, 2048], 'p.');
    expect(Buffer.compare((await checkpoint.read('weight')).bytes, expected.bytes)).toBe(0);
    expect(checkpoint.tensors.get('weight')?.location?.length).toBe(8200 * 2048 * 4);
    await weights[Symbol.asyncDispose]();
    expect(existsSync(path!)).toBe(false);
  });

  it('are in memory when they are small', async () => {
    await using weights = new HashedWeights({});
    const checkpoint = await weights.of(nameParameters(new Linear(2, 3)), 'p.');
    expect(checkpoint.path).toBeUndefined();
    expect(await checkpoint.read('bias')).toEqual(hashedParameter('bias', [3], 'p.'));
  });

  it('leave no file behind when writing is canceled', async () => {
    const controller = new AbortController();
    const weights = new HashedWeights({
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(weights.of(large, 'p.')).rejects.toMatchObject({ code: 'aborted' });
    expect(weights.files).toHaveLength(1);
    const [path] = weights.files;
    expect(existsSync(path)).toBe(true);
    await weights[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
  });
});
