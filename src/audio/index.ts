/**
 * From samples to what a network hears: resampling, log-mel spectrograms, windows of the encoder and of its features.
 *
 * @module latentsync/audio
 */
export { LogMelStream, logMelSpectrogram, MEL_BANDS, SAMPLE_RATE } from './log-mel-spectrogram.ts';
export { encoderInputs, measureLogMel, type LogMelMeasure, type SampleStream } from './encoder-inputs.ts';
export {
  chunkIndices,
  encoderWindows,
  featureChunk,
  FeatureJoiner,
  featureRowCount,
  firstRowFrom,
  frameCount,
  keptRowsOf,
  ROWS_PER_SECOND,
  windowsOfRows,
  type EncoderWindow,
  type EncoderWindowOptions,
  type FeatureRows,
} from './feature-windows.ts';
export { mixToMono, resample, Resampler } from './resample.ts';
export { encodeWav, type Pcm } from './wav.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
