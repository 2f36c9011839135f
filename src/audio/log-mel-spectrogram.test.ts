import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { readGoldenSpeech } from '../../test/support/golden-speech.ts';
import { TorchGenerator } from '../util/random.ts';
import { LogMelStream, logMelSpectrogram } from './log-mel-spectrogram.ts';

const speech = await readGoldenSpeech();

/** The speech again and again, up to 65 seconds. */
function longSpeech(): Float32Array {
  return Float32Array.from({ length: 65 * 16_000 }, (_, i) => speech[i % speech.length]);
}

describe('logMelSpectrogram', () => {
  it("equals Whisper's", () => {
    const golden = readGolden('audio/log_mel.safetensors').tensor('log_mel');
    const mel = logMelSpectrogram(speech);
    expect(mel.shape).toEqual(golden.shape);
    expect(relativeError(mel.data, Array.from(golden.data, Number))).toBeLessThan(1e-5);
  });

  it("equals Whisper's over 65 seconds, at both ends", () => {
    const golden = readGolden('audio/log_mel_65s_tail.safetensors');
    const mel = logMelSpectrogram(longSpeech());
    expect(mel.shape).toEqual([80, 6500]);
    const columns = (first: number) =>
      Float32Array.from({ length: 8000 }, (_, i) => mel.data[Math.floor(i / 100) * 6500 + first + (i % 100)]);
    expect(relativeError(columns(0), golden.numbers('log_mel_first_100_frames'))).toBeLessThan(1e-5);
    expect(relativeError(columns(6400), golden.numbers('log_mel_last_100_frames'))).toBeLessThan(1e-5);
  });

  it('gives the same frames for a stream in pieces of any size', () => {
    const samples = new TorchGenerator(1).randn(5000);
    const whole = new LogMelStream();
    const expected = Buffer.concat([whole.push(samples), whole.finish()].map((frames) => Buffer.from(frames.buffer)));
    for (const size of [1, 7, 160, 199, 201, 400, 3001]) {
      const stream = new LogMelStream();
      const frames: Float32Array[] = [];
      for (let i = 0; i < samples.length; i += size) frames.push(stream.push(samples.subarray(i, i + size)));
      frames.push(stream.finish());
      expect(Buffer.concat(frames.map((piece) => Buffer.from(piece.buffer))).equals(expected)).toBe(true);
      expect(stream.maximum).toBe(whole.maximum);
      expect(stream.frames).toBe(31);
    }
  });

  it('is flat for silence', () => {
    expect(new Set(logMelSpectrogram(new Float32Array(16_000)).data)).toEqual(new Set([Math.fround(-1.5)]));
  });

  it('shows a tone in one band', () => {
    const tone = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / 16_000));
    const { data } = logMelSpectrogram(tone);
    const column = Array.from({ length: 80 }, (_, band) => data[band * 100 + 50]);
    // Slaney's scale: 1 kHz is mel 15; 82 edges spread over mel 0 to 45.2.
    expect(column.indexOf(Math.max(...column))).toBe(Math.round((15 / 45.245) * 81) - 1);
  });

  it('refuses audio that is empty or shorter than 0.1 seconds', () => {
    expect(() => logMelSpectrogram(new Float32Array(0))).toThrow('The audio is empty.');
    expect(() => logMelSpectrogram(new Float32Array(800))).toThrow('The audio is only 0.050 seconds long.');
    expect(logMelSpectrogram(new Float32Array(1600)).shape).toEqual([80, 10]);
  });
});
