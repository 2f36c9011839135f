import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeCorners, writeWav } from '../../../test/fixtures/media/make-media.ts';
import { readTrack, type AudioReader } from '../../media/audio-reader.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { insertedSound, shiftedSound } from './placed-sound.ts';

const SPEECH_RATE = 16_000;
const OTHER_RATE = 44_100;
const CLICK_SECONDS = 0.5;

let folder: string;
let speech: AudioReader;
let other: AudioReader;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-placed-'));
  const click = new Float32Array(SPEECH_RATE);
  click.fill(0.9, CLICK_SECONDS * SPEECH_RATE, CLICK_SECONDS * SPEECH_RATE + 8);
  await writeWav(join(folder, 'speech.wav'), SPEECH_RATE, [click]);
  await writeWav(join(folder, 'other.wav'), OTHER_RATE, [sine(440, OTHER_RATE, 2), sine(880, OTHER_RATE, 2)]);
  speech = await openAudio(join(folder, 'speech.wav'));
  other = await openAudio(join(folder, 'other.wav'));
});
afterAll(async () => {
  await speech[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Returns when the loudest sample is heard, in seconds. */
function loudest(samples: Float32Array, sampleRate: number): number {
  let at = 0;
  samples.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(samples[at])) at = index;
  });
  return at / sampleRate;
}

const loudness = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);

describe('shifted sound', () => {
  it.each([0.3, -0.2, 1.5])('is heard %d s later, to the sample', async (seconds) => {
    const shifted = shiftedSound(speech, seconds);
    const [samples] = await readTrack(shifted);
    expect(samples.length).toBe(Math.round((1 + seconds) * SPEECH_RATE));
    expect(samples.findIndex((value) => value > 0.5)).toBe(Math.round((CLICK_SECONDS + seconds) * SPEECH_RATE));
    expect(shifted.info.durationSeconds).toBeCloseTo(1 + seconds, 9);
  });

  it('is the sound itself when it stays at its time, so that its packets can be copied', () => {
    expect(shiftedSound(speech, 0)).toBe(speech);
  });

  it.each([0.3, -0.2])('is within a millisecond in the file that is written (%d s)', async (seconds) => {
    const path = join(folder, `shifted${seconds}.mp4`);
    await writeCorners(path, { frames: 40, audio: shiftedSound(speech, seconds) });
    await using written = await openAudio(path);
    const [samples] = await readTrack(written);
    const found = loudest(samples, written.info.sampleRate);
    expect(Math.abs(found - (CLICK_SECONDS + seconds))).toBeLessThan(0.001);
  });
});

describe('inserted sound', () => {
  it('has the other sound before and after the speech, at its rate', async () => {
    const inserted = insertedSound([{ sound: speech, from: 0.4 }], other);
    expect(inserted.info).toMatchObject({ sampleRate: SPEECH_RATE, numberOfChannels: 2, durationSeconds: 2 });
    const channels = await readTrack(inserted);
    const part = (channel: number, from: number, to: number) =>
      channels[channel].subarray(Math.round(from * SPEECH_RATE), Math.round(to * SPEECH_RATE));
    for (const channel of [0, 1]) {
      expect(channels[channel].length).toBe(2 * SPEECH_RATE);
      expect(loudness(part(channel, 0, 0.38))).toBeCloseTo(0.5 / Math.SQRT2, 2);
      expect(loudness(part(channel, 0.4, 0.89))).toBe(0);
      expect(loudest(channels[channel], SPEECH_RATE)).toBeCloseTo(0.9, 3);
      expect(loudness(part(channel, 1.42, 2))).toBeCloseTo(0.5 / Math.SQRT2, 2);
    }
    // The other sound goes on where it would be, after the speech as before it.
    const tone = sine(440, SPEECH_RATE, 2);
    const differences = part(0, 1.5, 1.9).map((value, index) => value - tone[1.5 * SPEECH_RATE + index]);
    expect(loudness(differences)).toBeLessThan(0.002);
  });

  it('fades where it begins and ends', async () => {
    const [left] = await readTrack(insertedSound([{ sound: speech, from: 0.4 }], other));
    const steps = left.map((value, index) => (index === 0 ? 0 : Math.abs(value - left[index - 1])));
    const steepest = (2 * Math.PI * 440 * 0.5) / SPEECH_RATE;
    for (const at of [0.4, 1.4]) {
      const near = steps.subarray(Math.round((at - 0.02) * SPEECH_RATE), Math.round((at + 0.02) * SPEECH_RATE));
      expect(Math.max(...near)).toBeLessThan(1.1 * steepest);
    }
  });

  it('loses the beginning of the speech before its own, and the other sound after its end', async () => {
    const [left] = await readTrack(insertedSound([{ sound: speech, from: -0.25 }], other, { end: 1.2 }));
    expect(left.length).toBe(1.2 * SPEECH_RATE);
    expect(left.findIndex((value) => value > 0.8) / SPEECH_RATE).toBeCloseTo(0.25, 3);
    const [late] = await readTrack(insertedSound([{ sound: speech, from: 1.5 }], other, { end: 1 }));
    expect(late.length).toBe(2.5 * SPEECH_RATE);
    expect(loudness(late.subarray(SPEECH_RATE, 1.5 * SPEECH_RATE))).toBe(0);
  });

  it('has the other sound under the speech, as loud as asked, up to its end', async () => {
    const mixed = insertedSound([{ sound: speech, from: 0.2 }], other, { end: 1, under: 0.25, around: 0.25 });
    const [left] = await readTrack(mixed);
    const part = (from: number, to: number) => left.subarray(from * SPEECH_RATE, to * SPEECH_RATE);
    for (const [from, to] of [
      [0, 0.19],
      [0.21, 0.69],
      [0.71, 0.99],
    ]) {
      expect(loudness(part(from, to))).toBeCloseTo(0.125 / Math.SQRT2, 2);
    }
    expect(loudness(part(1, 1.2))).toBe(0);
    expect(loudest(left, SPEECH_RATE)).toBeCloseTo(0.7, 3);
  });
});
