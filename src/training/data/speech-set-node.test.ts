// Pieces of speech on disk: made once, and again when they are of another version.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpointFile, writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { MEL_BANDS } from '../../audio/log-mel-spectrogram.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { prepareSpeech } from './speech-set-node.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-speech-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('makes pieces once, and those of another version again', async () => {
  const options = { folder, count: 1, firstSeed: 7 };
  const [piece] = await prepareSpeech(options);
  expect(piece.mel.shape).toEqual([MEL_BANDS, 3000]);
  expect(piece.phonemes).toHaveLength(1500);
  expect(piece.mouth.shape).toEqual([1500, MOUTH_NAMES.length]);

  const path = join(folder, 'speech-7.safetensors');
  const madeAt = (await stat(path)).mtimeMs;
  expect(await prepareSpeech(options)).toEqual([piece]);
  expect((await stat(path)).mtimeMs).toBe(madeAt);

  const old = { tensors: new Map([['mel', Tensor.float32([1])]]), read: () => Promise.resolve(Tensor.float32([1])) };
  await writeSafetensorsFile(path, old, { metadata: { version: '0' } });
  expect(await prepareSpeech(options)).toEqual([piece]);
  await using file = await openCheckpointFile(path);
  expect(file.metadata.version).not.toBe('0');
});
