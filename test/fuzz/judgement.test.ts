// What the fuzzer sees of a whole job that takes no harm, and of one that is refused.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip } from '../support/clips.ts';
import { judgeJob } from './judgement.ts';

let root: string;
const at = (name: string): string => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-judgement-'));
  await writeFaceClip(at('face.mp4'), 2);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, 0.2)]);
  await writeFile(at('broken.wav'), 'RIFF');
});

afterAll(() => rm(root, { recursive: true }));

it('a job ends well, or with the code of its error, and leaves nothing behind', async () => {
  const files = { video: at('face.mp4'), folder: at('job') };
  expect(await judgeJob({ ...files, audio: at('speech.wav') })).toMatchObject({ harm: [], outcomes: { job: 'ok' } });
  expect(await judgeJob({ ...files, audio: at('broken.wav') })).toMatchObject({
    harm: [],
    outcomes: { job: 'media-unreadable' },
  });
});
