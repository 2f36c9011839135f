import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { readGoldenSpeech } from '../../test/support/golden-speech.ts';
import { mfcc } from './mfcc.ts';
import { syncnetMelSpectrogram } from './syncnet-mel.ts';

const speech = await readGoldenSpeech();

describe('syncnetMelSpectrogram', () => {
  it("equals StableSyncNet's front end", () => {
    const golden = readGolden('syncnet/syncnet_mel.safetensors').tensor('mel');
    const mel = syncnetMelSpectrogram(speech);
    expect(mel.shape).toEqual(golden.shape);
    expect(relativeError(mel.data, Array.from(golden.data, Number))).toBeLessThan(1e-5);
  });

  it('stays within its limits', () => {
    expect(new Set(syncnetMelSpectrogram(new Float32Array(1000)).data)).toEqual(new Set([-4]));
    const loud = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 ? 1000 : -1000));
    expect(Math.max(...syncnetMelSpectrogram(loud).data)).toBe(4);
    expect(() => syncnetMelSpectrogram(new Float32Array(0))).toThrow('The audio is empty.');
  });
});

describe('mfcc', () => {
  it("equals SyncNet v2's front end", () => {
    const golden = readGolden('syncnet/sync_score.safetensors').tensor('mfcc');
    const coefficients = mfcc(speech);
    expect(coefficients.shape).toEqual(golden.shape);
    expect(relativeError(coefficients.data, Array.from(golden.data, Number))).toBeLessThan(1e-5);
  });

  it('is finite for silence and for less than a frame', () => {
    const silent = mfcc(new Float32Array(100));
    expect(silent.shape).toEqual([1, 13]);
    expect(silent.data.every(Number.isFinite)).toBe(true);
    expect(() => mfcc(new Float32Array(0))).toThrow('The audio is empty.');
  });
});
