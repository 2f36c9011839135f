// Where somebody speaks in a recording: found once, then kept like the features.
import { featureRowCount, ROWS_PER_SECOND } from '../../audio/feature-windows.ts';
import { SAMPLE_RATE } from '../../audio/log-mel-spectrogram.ts';
import { speechSpans, type SpeechSpan } from '../../audio/speech-spans.ts';
import type { FeatureOrigin, FeatureStore } from '../../hub/feature-store.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { SILERO_VAD, VAD_CHUNK, type SileroVad } from '../../models/silero-vad.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { monoSamples, type AudioMeasure } from './audio-features.ts';

/** How {@link detectSpeech} listens. */
export interface SpeechDetectionOptions {
  /** Opens the network, if it is needed. */
  openVad: () => Promise<SileroVad>;
  /** Where to keep what was found; by default nowhere. */
  cache?: FeatureStore;
  signal?: AbortSignal;
  /** Stage `speech`, in rows of features: 50 per second. */
  onProgress?: OnProgress;
}

/** Recordings whose peak is below this are heard louder, so that it is as high: the network takes a faint voice for noise. */
const PEAK = 0.5;

const STEP = VAD_CHUNK / SAMPLE_RATE;

/** About one report for each second of sound. */
const CHUNKS_PER_REPORT = 32;

/**
 * Returns where somebody speaks in a recording that was measured.
 *
 * @throws LatentSyncError `aborted`, or whatever reading throws.
 */
export async function detectSpeech(
  audio: AudioReader,
  measure: AudioMeasure,
  { openVad, cache, signal, onProgress }: SpeechDetectionOptions,
): Promise<SpeechSpan[]> {
  const origin: FeatureOrigin = { audio: measure.sha256, encoder: SILERO_VAD, windowMode: 'speech', window: 0 };
  const kept = await cache?.read(origin);
  if (kept) return speechSpans(kept.data, STEP);
  const vad = await openVad();
  const gain = Math.max(1, PEAK / measure.peak);
  const louder = async function* (): AsyncGenerator<Float32Array> {
    for await (const samples of monoSamples(audio, signal)) yield samples.map((sample) => gain * sample);
  };
  const rowCount = featureRowCount(measure.melFrames);
  const progress = new ProgressReporter('speech', rowCount, onProgress);
  const probabilities: number[] = [];
  for await (const probability of vad.probabilities(louder(), { signal })) {
    if (probabilities.push(probability) % CHUNKS_PER_REPORT === 0)
      progress.report(Math.min(rowCount, probabilities.length * STEP * ROWS_PER_SECOND));
  }
  progress.report(rowCount);
  await cache?.write(origin, Tensor.float32([probabilities.length, 1, 1], Float32Array.from(probabilities)));
  return speechSpans(probabilities, STEP);
}
