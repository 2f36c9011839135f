// Degraded sound stays where it was: every effect and every codec, by cross-correlation with the clean sound.
import { describe, expect, it } from 'vitest';
import { lossyCodecs, throughCodec } from './coded-sound-node.ts';
import { speak } from '../../synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { SENTENCES } from '../../synthetic/sentences.ts';
import { withFormants } from '../voices/vocal-tract.ts';
import { degradeSound, sampleDegradation, type SoundDegradation } from './degraded-sound-node.ts';

const RATE = 16_000;
const speech = speak(SENTENCES[3].sounds, sampleVoice(new SeededRandom(4)), 4).samples.map((x) => 0.4 * x);

/** Returns how many milliseconds a sound is later than the speech: where the correlation of their waves is greatest. */
function delayOf(sound: Float32Array): number {
  const most = RATE / 100;
  const agreement = (lag: number): number => {
    let sum = 0;
    for (let n = most; n < speech.length - most; n++) sum += speech[n] * sound[n + lag];
    return sum;
  };
  const lags = Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
  return (1000 * lags.reduce((a, b) => (agreement(b) > agreement(a) ? b : a), 0)) / RATE;
}

const effects: readonly SoundDegradation[] = [
  { tilt: 8 },
  { tilt: -8 },
  { room: { decaySeconds: 0.7, level: -3 } },
  { noise: { kind: 'music', snr: 4 } },
  { noise: { kind: 'babble', snr: 4 } },
  { resonances: [{ frequency: 500, gain: -9, width: 0.3 }] },
  { lowCut: 250 },
  { overdrive: 8 },
  { bandLimit: 3400 },
  { telephone: 'a-law' },
];

describe('degraded sound', () => {
  it.each(effects)('is within 5 ms of where it was: %j', async (effect) => {
    const sound = await degradeSound(speech, effect, new SeededRandom(1));
    expect(sound).toHaveLength(speech.length);
    expect(Math.abs(delayOf(sound))).toBeLessThan(5);
  });

  it.each(lossyCodecs)('is within a millisecond of where it was through %s, and not the same', async (codec) => {
    const sound = await throughCodec(speech, { codec, bitRate: 16_000 });
    expect(sound).toHaveLength(speech.length);
    expect(Math.abs(delayOf(sound))).toBeLessThan(1);
    const [own, error] = [speech, sound.map((x, n) => x - speech[n])].map((x) => x.reduce((sum, y) => sum + y * y, 0));
    expect(error).toBeGreaterThan(1e-4 * own);
    expect(error).toBeLessThan(0.3 * own);
  });

  it('repeats a seed, and is sometimes coded, sometimes not', async () => {
    const drawn = Array.from({ length: 60 }, (_, seed) => sampleDegradation(new SeededRandom(seed)));
    const coded = drawn.filter(({ coding }) => coding !== undefined);
    expect(coded.length).toBeGreaterThan(10);
    expect(coded.length).toBeLessThan(40);
    expect(new Set(coded.map(({ coding }) => coding?.codec))).toEqual(new Set(lossyCodecs));
    const once = await degradeSound(speech, coded[0], new SeededRandom(2));
    expect(await degradeSound(speech, coded[0], new SeededRandom(2))).toEqual(once);
    expect(once.every((x) => Math.abs(x) <= 1)).toBe(true);
  });
});

describe('a changed vocal tract', () => {
  it.each([0.88, 1.14])('leaves times as they are, and moves the spectrum (%d)', (ratio) => {
    const sound = withFormants(speech, ratio);
    expect(sound).toHaveLength(speech.length);
    expect(Math.abs(delayOf(sound))).toBeLessThan(1);
  });
});
