// Synthetic speech: pitch, formants, noise and silence are where the sounds put them; nothing clips; seeds repeat.
import { describe, expect, it } from 'vitest';
import { speak, SPEECH_SAMPLE_RATE, synthesize } from './formant-synthesizer.ts';
import { PHONEMES, type PhonemeSymbol, type TimedPhoneme } from './phonemes.ts';
import { loudnessContour, PLAIN_TIMBRE, sampleVoice, timePhonemes, type Voice } from './prosody.ts';
import { SeededRandom } from './random.ts';
import { readSounds, SENTENCES } from './sentences.ts';

const voice: Voice = { pitch: 110, expressiveness: 0, rate: 1, tract: 1, breath: 0.1, jitter: 0.003, shimmer: 0.01 };

/** A sound held between two silences. */
function held(symbol: PhonemeSymbol, seconds = 0.5): { samples: Float32Array; middle: Float32Array } {
  const sound = (name: PhonemeSymbol, start: number, end: number): TimedPhoneme => ({
    symbol: name,
    stress: 1,
    start,
    end,
  });
  const samples = synthesize(
    [sound('SIL', 0, 0.1), sound(symbol, 0.1, 0.1 + seconds), sound('SIL', 0.1 + seconds, 0.2 + seconds)],
    voice,
    3,
  );
  const center = Math.round((0.1 + seconds / 2) * SPEECH_SAMPLE_RATE);
  return { samples, middle: samples.slice(center - 1600, center + 1600) };
}

/** Power at a frequency, averaged over a band of the given half-width, Hz. */
function power(samples: Float32Array, frequency: number, half: number): number {
  let sum = 0;
  let count = 0;
  for (let f = frequency - half; f <= frequency + half; f += 10, count++) {
    let re = 0;
    let im = 0;
    const w = (2 * Math.PI * f) / SPEECH_SAMPLE_RATE;
    samples.forEach((x, n) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / samples.length);
      re += x * window * Math.cos(w * n);
      im += x * window * Math.sin(w * n);
    });
    sum += re * re + im * im;
  }
  return sum / count;
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

describe('synthesize', () => {
  it('repeats at the pitch of the voice', () => {
    const { middle } = held('AA');
    const correlation = (lag: number): number => {
      let sum = 0;
      for (let n = 0; n + lag < middle.length; n++) sum += middle[n] * middle[n + lag];
      return sum / (middle.length - lag);
    };
    const lags = Array.from({ length: 220 }, (_, i) => 60 + i);
    const best = lags.reduce((a, b) => (correlation(b) > correlation(a) ? b : a));
    expect(Math.abs(SPEECH_SAMPLE_RATE / best / voice.pitch - 1)).toBeLessThan(0.15);
  });

  it.each(['IY', 'AA', 'UW', 'AE', 'ER'] as const)(
    'puts the first two formants of %s above their surroundings',
    (symbol) => {
      const { middle } = held(symbol);
      const [f1, f2] = PHONEMES[symbol].formants;
      // Averages over a whole harmonic interval do not depend on where the harmonics fall.
      const valley = Math.min(...[0.4, 0.5, 0.6].map((t) => power(middle, f1 + t * (f2 - f1), 55)));
      expect(power(middle, f1, 55)).toBeGreaterThan(2 * valley);
      expect(power(middle, f2, 55)).toBeGreaterThan(power(middle, f2 + 500, 55));
    },
  );

  it('moves the formants of a shorter vocal tract up', () => {
    const sound: TimedPhoneme[] = [{ symbol: 'IY', stress: 1, start: 0, end: 0.5 }];
    const [long, short] = [1, 0.8].map((tract) => synthesize(sound, { ...voice, tract }, 3).slice(2400, 5600));
    const f2 = PHONEMES.IY.formants[1];
    const ratio = (samples: Float32Array): number => power(samples, f2 / 0.8, 60) / power(samples, f2, 60);
    expect(ratio(short)).toBeGreaterThan(5 * ratio(long));
  });

  it('hisses high for s, lower for sh, and hums for m', () => {
    const balance = (symbol: PhonemeSymbol): number => {
      const { middle } = held(symbol, 0.3);
      return Math.log10(power(middle, 6200, 300) / power(middle, 2700, 300));
    };
    expect(balance('S')).toBeGreaterThan(0.5);
    expect(balance('SH')).toBeLessThan(0);
    const { middle } = held('M', 0.3);
    expect(power(middle, 250, 100)).toBeGreaterThan(30 * power(middle, 1500, 100));
  });

  it('closes for stops and bursts after', () => {
    const sounds: TimedPhoneme[] = [
      { symbol: 'AA', stress: 1, start: 0, end: 0.2 },
      { symbol: 'T', stress: 0, start: 0.2, end: 0.3 },
      { symbol: 'AA', stress: 1, start: 0.3, end: 0.5 },
    ];
    const samples = synthesize(sounds, voice, 3);
    const level = (from: number, to: number): number =>
      rms(samples.slice(from * SPEECH_SAMPLE_RATE, to * SPEECH_SAMPLE_RATE));
    expect(level(0.22, 0.245)).toBeLessThan(0.03 * level(0.05, 0.15));
    expect(level(0.255, 0.27)).toBeGreaterThan(5 * level(0.22, 0.245));
  });
});

describe('speak', () => {
  it('is silent in silence, never clips, and repeats by seed', () => {
    for (const seed of [5, 6]) {
      const { sounds } = SENTENCES[3];
      const any = sampleVoice(new SeededRandom(seed));
      const { samples, phonemes } = speak(sounds, any, 9);
      expect(samples.length).toBe(Math.round(phonemes.at(-1)!.end * SPEECH_SAMPLE_RATE));
      const peak = samples.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
      expect(peak).toBeCloseTo(0.7, 3);
      expect(rms(samples.slice(0, 2400))).toBeLessThan(1e-3);
      expect(rms(samples)).toBeGreaterThan(0.04);
      expect(speak(sounds, any, 9).samples).toEqual(samples);
    }
  });

  it('speaks every sound as loud as it says', () => {
    const vowel = (start: number, loudness: number) => ({
      symbol: 'AA' as const,
      stress: 1 as const,
      start,
      end: start + 0.3,
      loudness,
    });
    const samples = synthesize([vowel(0, 1), vowel(0.3, 0.25)], voice, 3);
    const level = (start: number): number => rms(samples.slice(start * 16_000, (start + 0.2) * 16_000));
    expect(level(0.35) / level(0.05)).toBeCloseTo(0.25, 1);
    const { phonemes } = speak(SENTENCES[3].sounds, sampleVoice(new SeededRandom(5)), 9);
    expect(new Set(phonemes.map(({ loudness }) => loudness)).size).toBeGreaterThan(5);
    expect(speak(SENTENCES[3].sounds, voice, 9).phonemes.every(({ loudness }) => loudness === undefined)).toBe(true);
  });

  it('sounds different with another seed or voice', () => {
    const { sounds } = SENTENCES[3];
    expect(speak(sounds, voice, 1).samples).not.toEqual(speak(sounds, voice, 2).samples);
    expect(speak(sounds, voice, 1).samples).not.toEqual(speak(sounds, { ...voice, pitch: 140 }, 1).samples);
  });
});

describe('timbre', () => {
  it('moves the formants of an accent, each sound its own way, and hisses louder or softer', () => {
    const sound: TimedPhoneme[] = [{ symbol: 'AA', stress: 1, start: 0, end: 0.4 }];
    const spoken = [1, 2, 3].map((accentSeed) =>
      synthesize(sound, { ...voice, timbre: { ...PLAIN_TIMBRE, accent: 0.1, accentSeed } }, 3),
    );
    expect(spoken[0]).not.toEqual(spoken[1]);
    expect(spoken[1]).not.toEqual(spoken[2]);
    expect(synthesize(sound, { ...voice, timbre: PLAIN_TIMBRE }, 3)).toEqual(synthesize(sound, voice, 3));
    const word: TimedPhoneme[] = [
      { symbol: 'AA', stress: 1, start: 0, end: 0.2 },
      { symbol: 'S', stress: 0, start: 0.2, end: 0.4 },
    ];
    const hiss = (frication: number): number => {
      const samples = synthesize(word, { ...voice, timbre: { ...PLAIN_TIMBRE, frication } }, 3);
      return rms(samples.slice(4400, 5600)) / rms(samples.slice(800, 2400));
    };
    expect(hiss(2) / hiss(1)).toBeCloseTo(2, 1);
  });

  it('lets weak syllables and ends of phrases be quieter, as far as its dynamics go', () => {
    const phonemes = timePhonemes(SENTENCES[2].sounds, voice, new SeededRandom(1));
    const contour = (dynamics: number): number[] =>
      loudnessContour(phonemes, { ...PLAIN_TIMBRE, dynamics }, new SeededRandom(4));
    expect(contour(0).every((strength) => strength === 1)).toBe(true);
    const mean = (stress: 0 | 1): number => {
      const vowels = contour(1).filter(
        (_, i) => PHONEMES[phonemes[i].symbol].manner === 'vowel' && phonemes[i].stress === stress,
      );
      return vowels.reduce((sum, strength) => sum + strength, 0) / vowels.length;
    };
    expect(mean(0)).toBeLessThan(0.85 * mean(1));
    expect(Math.min(...contour(1))).toBeGreaterThan(0.1);
    expect(Math.max(...contour(1))).toBeLessThanOrEqual(1);
  });
});

describe('timePhonemes', () => {
  it('joins sounds without gaps, faster at a higher rate, longer when stressed', () => {
    const at = (rate: number): TimedPhoneme[] =>
      timePhonemes(SENTENCES[0].sounds, { ...voice, rate }, new SeededRandom(2));
    const phonemes = at(1);
    phonemes.slice(1).forEach(({ start }, i) => {
      expect(start).toBe(phonemes[i].end);
    });
    expect(at(1.25).at(-1)!.end).toBeLessThan(phonemes.at(-1)!.end - 0.5);
    const mean = (stress: 0 | 1): number => {
      const list = phonemes.filter((sound) => PHONEMES[sound.symbol].manner === 'vowel' && sound.stress === stress);
      return list.reduce((sum, { start, end }) => sum + end - start, 0) / list.length;
    };
    expect(mean(1)).toBeGreaterThan(1.2 * mean(0));
  });
});

describe('SENTENCES', () => {
  it('use every sound of English at least once', () => {
    const used = new Set(SENTENCES.flatMap(({ sounds }) => readSounds(sounds).map(({ symbol }) => symbol)));
    expect(Object.keys(PHONEMES).filter((symbol) => !used.has(symbol as PhonemeSymbol))).toEqual([]);
  });

  it('are refused with a symbol that is none', () => {
    expect(() => readSounds('HH QQ')).toThrow('got "QQ"');
  });
});
