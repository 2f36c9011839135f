// A sound of any length → what is heard at each frame of a video: its loudness, and eight bands of its log-mel spectrogram.
import type { SampleStream } from '../audio/encoder-inputs.ts';
import { LogMelStream, MEL_BANDS } from '../audio/log-mel-spectrogram.ts';

/** Spectra per second. */
const MEL_RATE = 100;

/** Bands, of ten of Whisper's each. */
const HEARD_BANDS = 8;

/** Seconds to each side of a frame's middle that count for it, less toward their ends. */
const REACH_SECONDS = 0.04;

/** What is softer than the loudest by more than five decades of power is not heard. */
const FLOOR = 5;

/** What is heard at the frames of a video; NaN at frames before the sound and after it. */
export interface HeardFrames {
  /** [F] the fourth root of the power, which grows about as what is heard. */
  readonly loudness: Float64Array;
  /** 8 × [F], logarithms of their power. */
  readonly bands: readonly Float64Array[];
}

/**
 * Returns what is heard at the frames of a video.
 *
 * @param samples - 16 kHz mono.
 * @param options.laterSeconds - how much later than the first frame the sound begins.
 * @param options.maximum - the sound's loudest value, from `measureLogMel`.
 */
export async function heardFrames(
  samples: SampleStream,
  options: { frames: number; frameRate: number; laterSeconds: number; maximum: number },
): Promise<HeardFrames> {
  const { frames, frameRate, laterSeconds, maximum } = options;
  const power = Array.from({ length: HEARD_BANDS }, () => new Float64Array(frames));
  const weights = new Float64Array(frames);
  const stream = new LogMelStream();
  let spectra = 0;
  const hear = (mel: Float32Array): void => {
    for (let at = 0; at < mel.length; at += MEL_BANDS, spectra++) {
      const middle = (spectra / MEL_RATE + laterSeconds) * frameRate - 0.5;
      const reach = REACH_SECONDS * frameRate;
      const ofSpectrum = Array.from({ length: HEARD_BANDS }, (_, band) => meanPower(mel, at, band));
      for (let frame = Math.max(0, Math.ceil(middle - reach)); frame <= middle + reach && frame < frames; frame++) {
        const weight = Math.cos((Math.PI * (frame - middle)) / (2 * reach)) ** 2;
        weights[frame] += weight;
        ofSpectrum.forEach((value, band) => (power[band][frame] += weight * value));
      }
    }
  };
  for await (const piece of samples) hear(stream.push(piece));
  hear(stream.finish());
  const floor = 10 ** (maximum - FLOOR);
  const means = power.map((band) => band.map((sum, frame) => (weights[frame] > 0 ? sum / weights[frame] : NaN)));
  return {
    loudness: Float64Array.from(weights, (_, frame) => means.reduce((sum, band) => sum + band[frame], 0) ** 0.25),
    bands: means.map((band) => band.map((value) => Math.log10(value + floor))),
  };
}

/** The mean power of a band in a spectrum that begins at some place. */
function meanPower(mel: Float32Array, at: number, band: number): number {
  const width = MEL_BANDS / HEARD_BANDS;
  let sum = 0;
  for (let i = at + band * width; i < at + (band + 1) * width; i++) sum += 10 ** mel[i];
  return sum / width;
}
