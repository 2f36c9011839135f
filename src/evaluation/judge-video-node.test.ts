// The judge on videos: the sample clip, whose lips and sound agree, and videos of which nothing can be said.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeFaceClip } from '../../test/support/clips.ts';
import { writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { SyncNetV2 } from '../models/syncnet-v2.ts';
import { judgeVideo } from './judge-video-node.ts';
import { videoJudge } from './video-judge-node.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const options = { threads: 1, cache: false };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-judge-'));
  await writeFaceClip(at('still.mp4'), 55);
  await writeCorners(at('corners.mp4'), { frames: 3 });
  await writeWav(at('tone.wav'), 16000, [sine(200, 16000, 2.2)]);
  await writeWav(at('short.wav'), 16000, [sine(200, 16000, 0.5)]);
  await writeWav(at('silence.wav'), 16000, [new Float32Array(32000)]);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('judgeVideo', () => {
  it('finds that lips and sound of the sample clip agree, and that nothing has changed since', async () => {
    const { judgment, series } = await judgeVideo('samples/presenter.mp4', {
      ...options,
      end: 4,
      source: 'samples/presenter.mp4',
    });
    expect(judgment).toMatchObject({ verdict: 'in-sync', person: 1, warnings: [] });
    expect(Math.abs(judgment.soundLateMs!)).toBeLessThan(40);
    const [person] = judgment.people;
    expect(judgment.people).toHaveLength(1);
    expect(person.seconds).toBeCloseTo(4, 1);
    expect(person.perSecond.map(({ second }) => second)).toEqual([0, 1, 2, 3]);
    expect(person.source).toMatchObject({ changed: 0, psnr: { inside: Infinity, outside: Infinity }, landmarks: 0 });
    expect(person.source!.openingCorrelation).toBeCloseTo(1, 6);
    expect(person.source!.embedding).toBeCloseTo(1, 4);
    expect(series.openings[0]).toHaveLength(series.loudness.length);
  });

  it.each([
    ['tone.wav', 'The picture stands still.'],
    ['short.wav', 'The mouth is seen for 0.5 s while there is sound, and 2 s are needed.'],
  ])('says of a still with %s why it cannot be judged', async (audio, reason) => {
    const { judgment } = await judgeVideo(at('still.mp4'), { ...options, audio: at(audio) });
    expect(judgment.people[0].syncNet).toBeUndefined();
    expect(judgment).toMatchObject({
      verdict: 'cannot-be-judged',
      certainty: undefined,
      reasons: [reason],
      soundLateMs: undefined,
    });
    expect(judgment.people[0]).toMatchObject({ agreement: undefined, perSecond: [] });
  });

  it.each([
    ['no sound', 'still.mp4', undefined, 'no-audio-track', 'has no sound to judge its lips by'],
    ['silence', 'still.mp4', 'silence.wav', 'audio-silent', 'is silent'],
    ['no face', 'corners.mp4', 'tone.wav', 'no-face', 'No face was found in'],
  ])('refuses %s', async (_, video, audio, code, message) => {
    const judging = judgeVideo(at(video), { ...options, audio: audio && at(audio) });
    await expect(judging).rejects.toMatchObject({ code, message: expect.stringContaining(message) as unknown });
  });

  it("gives SyncNet's score where its weights are", async () => {
    const network = new SyncNetV2();
    await writeSafetensorsFile(at('syncnet.safetensors'), hashedCheckpoint(network, 'sn.'));
    const { judgment } = await judgeVideo(at('still.mp4'), {
      ...options,
      audio: at('tone.wav'),
      syncnet: at('syncnet.safetensors'),
    });
    const syncNet = judgment.people[0].syncNet!;
    expect(syncNet.windows).toBe(51);
    expect(syncNet.perSecond.map(({ second }) => second)).toEqual([0, 1, 2]);
    expect(syncNet.confidence).toBeGreaterThanOrEqual(0);
    expect(Math.abs(syncNet.soundLateMs)).toBeLessThanOrEqual(600);
  });

  it('judges a part of a video', async () => {
    const part = { start: 1.2, end: '2.00' };
    const { judgment, series } = await judgeVideo(at('still.mp4'), { ...options, audio: at('tone.wav'), ...part });
    expect(judgment.people[0].seconds).toBeCloseTo(0.8, 9);
    expect(series.openings[0].findIndex((value) => !Number.isNaN(value))).toBe(30);
    expect(series.openings[0]).toHaveLength(50);
  });

  it('is what a job takes as its judge', async () => {
    const judge = videoJudge(options);
    expect(judge.mostAgreement).toBe(1);
    expect(await judge.judge(at('corners.mp4'), {})).toMatchObject({
      agreement: undefined,
      isReliable: false,
      reasons: [expect.stringContaining('has no sound to judge its lips by') as unknown],
    });
    await expect(judge.judge(at('missing.mp4'), {})).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('refuses a source of another size', async () => {
    const judging = judgeVideo(at('still.mp4'), { ...options, audio: at('tone.wav'), source: at('corners.mp4') });
    await expect(judging).rejects.toMatchObject({ code: 'input-invalid' });
  });
});
