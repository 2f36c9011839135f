// SoundCursor: parts of a file's sound as 16 kHz mono, in order; earlier parts are discarded.
import { mixToMono, Resampler } from '../../audio/resample.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';
import { joined } from '../../util/joined.ts';

/** Reads a sound track forward. */
export class SoundCursor implements AsyncDisposable {
  readonly #samples: AsyncGenerator<Float32Array>;
  /** Samples from #start on that have been decoded. */
  #pending = new Float32Array(0);
  #start = 0;

  constructor(audio: AudioReader, signal?: AbortSignal) {
    this.#samples = monoSamples(audio, signal);
  }

  /**
   * Returns the samples from `start` up to but not including `end`, counted from the start of the track; what is before it or after
   * its end is silent. Parts must be asked for in order.
   *
   * @throws LatentSyncError `media-unreadable`, or `aborted` when the signal fires.
   */
  async read(start: number, end: number): Promise<Float32Array> {
    this.#forget(start);
    while (this.#start + this.#pending.length < end) {
      const next = await this.#samples.next();
      if (next.done) break;
      this.#pending = joined([this.#pending, next.value]);
      this.#forget(start);
    }
    const out = new Float32Array(end - start);
    const from = Math.max(start, this.#start);
    if (from < end) out.set(this.#pending.subarray(from - this.#start, end - this.#start), from - start);
    return out;
  }

  #forget(before: number): void {
    const count = Math.max(0, Math.min(before - this.#start, this.#pending.length));
    this.#pending = this.#pending.slice(count);
    this.#start += count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#samples.return(undefined);
  }
}

async function* monoSamples(audio: AudioReader, signal: AbortSignal | undefined): AsyncGenerator<Float32Array> {
  let resampler: Resampler | undefined;
  for await (const chunk of audio.chunks({ signal })) {
    resampler ??= new Resampler(chunk.sampleRate, CLIP_SAMPLE_RATE);
    yield resampler.push(mixToMono(chunk.channels));
  }
  if (resampler) yield resampler.finish();
}
