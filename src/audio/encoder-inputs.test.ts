import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../util/random.ts';
import { encoderInputs, measureLogMel } from './encoder-inputs.ts';
import { encoderWindows } from './feature-windows.ts';
import { logMelSpectrogram } from './log-mel-spectrogram.ts';

const samples = new TorchGenerator(4).randn(32 * 16_000 + 100);

function* pieces(size: number): Generator<Float32Array> {
  for (let i = 0; i < samples.length; i += size) yield samples.subarray(i, i + size);
}

describe('encoderInputs', () => {
  it.each([
    ['overlapping windows', undefined, 4096],
    ['the reference’s windows', 0, 4096],
    ['a track in one piece', undefined, samples.length],
  ])('are cuts of the whole spectrogram: %s', async (_, overlap, size) => {
    const measure = await measureLogMel(pieces(size));
    expect(measure).toMatchObject({ melFrames: 3200 });
    const whole = logMelSpectrogram(samples);
    const windows = encoderWindows(measure.melFrames, { overlap });
    let count = 0;
    for await (const { window, mel } of encoderInputs(pieces(size), measure, windows)) {
      expect(window).toBe(windows[count++]);
      expect(mel.shape).toEqual([80, 3000]);
      let different = 0;
      for (let i = 0; i < mel.size; i++) {
        const frame = window.melStart + (i % 3000);
        const expected = frame < window.melEnd ? whole.data[Math.floor(i / 3000) * 3200 + frame] : 0;
        if (mel.data[i] !== expected) different++;
      }
      expect(different).toBe(0);
    }
    expect(count).toBe(windows.length);
  });

  it('are the same for some windows alone, and the audio is read as far as they need', async () => {
    const measure = await measureLogMel(pieces(4096));
    const windows = encoderWindows(measure.melFrames, { overlap: 2800 });
    expect(windows).toHaveLength(2);
    const inputsOf = async (some: typeof windows): Promise<[Float32Array[], number]> => {
      let read = 0;
      const counted = function* () {
        for (const piece of pieces(4096)) {
          read += piece.length;
          yield piece;
        }
      };
      const mels: Float32Array[] = [];
      for await (const { mel } of encoderInputs(counted(), measure, some)) mels.push(mel.data);
      return [mels, read];
    };
    const [[first, second], all] = await inputsOf(windows);
    const [firstAlone, read] = await inputsOf(windows.slice(0, 1));
    const [secondAlone] = await inputsOf(windows.slice(1));
    expect(Buffer.compare(Buffer.from(firstAlone[0].buffer), Buffer.from(first.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from(secondAlone[0].buffer), Buffer.from(second.buffer))).toBe(0);
    expect([firstAlone, secondAlone].map(({ length }) => length)).toEqual([1, 1]);
    expect(read).toBeLessThan(30.5 * 16_000);
    expect(all).toBe(samples.length);
  });

  it('end at once when canceled', async () => {
    const measure = await measureLogMel(pieces(4096));
    const windows = encoderWindows(measure.melFrames);
    const controller = new AbortController();
    const inputs = encoderInputs(pieces(4096), measure, windows, { signal: controller.signal });
    await inputs.next();
    controller.abort();
    await expect(inputs.next()).rejects.toMatchObject({ code: 'aborted' });
    await expect(measureLogMel(pieces(4096), { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('say so when the audio is shorter than the windows', async () => {
    const measure = await measureLogMel(pieces(4096));
    const inputs = encoderInputs([samples.subarray(0, 16_000)], measure, encoderWindows(measure.melFrames));
    await expect(inputs.next()).rejects.toThrow(
      'audio must be the track that was measured: it has 100 mel frames, not 3200',
    );
  });

  it('need audio', async () => {
    await expect(measureLogMel([])).rejects.toMatchObject({ code: 'audio-empty' });
    await expect(measureLogMel([new Float32Array(10)])).rejects.toMatchObject({ code: 'audio-too-short' });
  });
});
