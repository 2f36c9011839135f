// Finding the weights of the networks that judge.
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluationWeights } from './evaluation-weights-node.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'evaluation-weights-'));
});
afterEach(() => rm(cache, { recursive: true }));

/** Makes a file of a length, of which nothing is stored. */
async function place(path: string, size: number): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  await truncate(path, size);
  return path;
}

describe('evaluationWeights', () => {
  it('takes the file that is named, or that of a model in the cache', async () => {
    expect(await evaluationWeights('i3d', { file: 'mine.pt', cache })).toBe('mine.pt');
    const path = await place(join(cache, 'models/1.5/auxiliary/koniq_pretrained.pkl'), 109_768_650);
    expect(await evaluationWeights('hyperiqa', { cache })).toBe(path);
    expect(await evaluationWeights('hyperiqa', { model: '1.5', cache })).toBe(path);
    await expect(evaluationWeights('hyperiqa', { model: '1.6', cache })).rejects.toThrow(
      /The weights of HyperIQA are not downloaded: .*1\.6.*\nRun pullModel\('1\.6', \{ parts: 'evaluation' \}\) \(\d+ MB\), or name the file with options\.hyperiqa/,
    );
  });

  it('says what is missing from a cache, a folder, or of a model', async () => {
    await place(join(cache, 'models/1.6/auxiliary/i3d_torchscript.pt'), 7);
    await expect(evaluationWeights('i3d', { cache })).rejects.toMatchObject({ code: 'model-not-downloaded' });
    await expect(evaluationWeights('i3d', { model: cache, cache })).rejects.toThrow(
      /has no weights of I3D: auxiliary\/i3d_torchscript\.pt\.\nPut the file there/,
    );
    const own = await place(join(cache, 'mine/auxiliary/i3d_torchscript.pt'), 7);
    expect(await evaluationWeights('i3d', { model: join(cache, 'mine'), cache })).toBe(own);
    await expect(evaluationWeights('i3d', { model: '1.7', cache })).rejects.toMatchObject({ code: 'model-unknown' });
  });
});
