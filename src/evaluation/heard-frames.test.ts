// What is heard of made sounds at the frames of a video.
import { expect, it } from 'vitest';
import { measureLogMel } from '../audio/encoder-inputs.ts';
import { heardFrames } from './heard-frames.ts';

/** Half a second of silence, then one of a tone. */
function tone(hertz: number): Float32Array {
  return Float32Array.from({ length: 24_000 }, (_, i) =>
    i < 8000 ? 0 : 0.5 * Math.sin((2 * Math.PI * hertz * i) / 16_000),
  );
}

async function hear(sound: Float32Array, laterSeconds = 0) {
  const { maximum } = await measureLogMel([sound]);
  const pieces = [sound.subarray(0, 5001), sound.subarray(5001, 5002), sound.subarray(5002)];
  return heardFrames(pieces, { frames: 50, frameRate: 25, laterSeconds, maximum });
}

it('frames hear the sound of their time, in its band, and nothing beyond the sound', async () => {
  const { loudness, bands } = await hear(tone(300));
  expect(loudness[5]).toBeLessThan(0.01 * loudness[20]);
  expect(loudness[12]).toBeGreaterThan(loudness[11]);
  expect(loudness[20]).toBeCloseTo(loudness[30], 3);
  const loudest = bands.reduce((best, band, i) => (band[20] > bands[best][20] ? i : best), 0);
  expect(loudest).toBe(0);
  const high = await hear(tone(4000));
  expect(high.bands[6][20]).toBeGreaterThan(high.bands[0][20]);
  expect(Array.from(loudness.slice(39))).toEqual(new Array(11).fill(NaN));
});

it('a sound that begins later is heard later', async () => {
  const [now, later] = [await hear(tone(300)), await hear(tone(300), 0.4)];
  expect(later.loudness[5]).toBeNaN();
  for (const frame of [5, 12, 20]) expect(later.loudness[frame + 10]).toBeCloseTo(now.loudness[frame], 6);
});
