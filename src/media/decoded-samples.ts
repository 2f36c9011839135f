// Decoded samples of a track, by Mediabunny on WebCodecs, in order: where a decoder fails, a fresh one goes on behind.
import type { EncodedPacket, EncodedPacketSink } from 'mediabunny';
import { nextSample } from './next-sample.ts';

/** What Mediabunny decodes: a picture or a piece of sound. */
interface Sample {
  /** In the file's own time. */
  readonly timestamp: number;
  close(): void;
}

/** A VideoSampleSink or an AudioSampleSink of Mediabunny. */
export interface SampleSink<T extends Sample> {
  samples(startSeconds?: number, endSeconds?: number): AsyncGenerator<T, void, unknown>;
}

/** A track to be decoded. */
export interface DecodedTrack<T extends Sample> {
  readonly samples: SampleSink<T>;
  readonly packets: EncodedPacketSink;
}

/** Samples closer together than this are the same one, decoded twice. Seconds; times are rounded, some to milliseconds. */
const SAME_SECONDS = 0.001;

/**
 * Yields the sample that lasts at a time, and those after it. What cannot be decoded is left out: from where the decoder fails
 * to the next key packet. Where that leaves nothing at the time, the last sample before it comes first.
 *
 * A decoder that fails takes samples with it that it had finished, so what follows the last one is decoded again, until nothing
 * more comes of it.
 */
export async function* decodedSamples<T extends Sample>(
  track: DecodedTrack<T>,
  fromSeconds: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  let start = fromSeconds;
  let reached = -Infinity;
  for (;;) {
    const samples = new SamplesAhead(track.samples.samples(start));
    const reachedBefore = reached;
    try {
      for (;;) {
        const next = await nextSample(samples, signal);
        if (next.done) return;
        let sample: T | undefined = next.value;
        const { timestamp } = sample;
        try {
          if (timestamp < reached + SAME_SECONDS) continue;
          if (reached === -Infinity && timestamp >= fromSeconds + SAME_SECONDS) {
            const earlier = await lastSampleBefore(track, fromSeconds, signal);
            if (earlier) yield earlier;
          }
          reached = timestamp;
          const taken = sample;
          sample = undefined;
          yield taken;
        } finally {
          sample?.close();
        }
      }
    } catch (error) {
      if (!isDecodingError(error)) throw error;
    } finally {
      await samples.return();
    }
    const next = reached > reachedBefore ? reached : await keyTimeAfter(track.packets, start);
    if (next === undefined) break;
    start = next;
  }
  const earlier = reached === -Infinity ? await lastSampleBefore(track, fromSeconds, signal) : undefined;
  if (earlier) yield earlier;
}

/** Returns the last sample before a time that can be decoded, of however long ago; undefined when there is none. */
async function lastSampleBefore<T extends Sample>(
  { samples: sink, packets }: DecodedTrack<T>,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  let key = await packets.getKeyPacket(seconds - SAME_SECONDS, VERIFIED);
  while (key) {
    const samples = sink.samples(key.timestamp, seconds - SAME_SECONDS);
    let last: T | undefined;
    try {
      for (;;) {
        const next = await nextSample(samples, signal);
        if (next.done) break;
        last?.close();
        last = next.value;
      }
    } catch (error) {
      if (!isDecodingError(error)) {
        last?.close();
        throw error;
      }
    } finally {
      await samples.return();
    }
    if (last) return last;
    key = await packets.getKeyPacket(key.timestamp - SAME_SECONDS, VERIFIED);
  }
  return undefined;
}

const VERIFIED = { verifyKeyPackets: true };

async function keyTimeAfter(packets: EncodedPacketSink, seconds: number): Promise<number | undefined> {
  let key: EncodedPacket | null =
    (await packets.getKeyPacket(seconds, VERIFIED)) ?? (await packets.getFirstKeyPacket(VERIFIED));
  do key = key && (await packets.getNextKeyPacket(key, VERIFIED));
  while (key && key.timestamp <= seconds); // damaged times may go back
  return key?.timestamp;
}

/** The names of errors of WebCodecs: data that cannot be decoded, a decoder that failed before, or that the browser took away. */
const decodingErrors = new Set([
  'DataError',
  'EncodingError',
  'InvalidStateError',
  'NotSupportedError',
  'OperationError',
  'QuotaExceededError',
]);

/** Whether a decoder failed. What goes wrong while the file is read has other errors. */
function isDecodingError(error: unknown): boolean {
  return error instanceof DOMException && decodingErrors.has(error.name);
}

/** Decoded samples that are taken before they are wanted: pictures are large, and decoders have room for few. */
const SAMPLES_AHEAD = 4;

/** Takes a few samples as soon as they are decoded: when a decoder fails, Mediabunny drops those that nobody has taken. */
class SamplesAhead<T extends Sample> {
  readonly #samples: AsyncGenerator<T, void, unknown>;
  readonly #ready: T[] = [];
  #end: { error?: unknown } | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(samples: AsyncGenerator<T, void, unknown>) {
    this.#samples = samples;
    void this.#take();
  }

  async next(): Promise<IteratorResult<T, void>> {
    for (;;) {
      const value = this.#ready.shift();
      if (value) {
        this.#wake?.();
        return { value, done: false };
      }
      if (this.#end && 'error' in this.#end) throw this.#end.error;
      if (this.#end) return { value: undefined, done: true };
      await this.#change();
    }
  }

  async return(): Promise<void> {
    this.#isStopped = true;
    for (const sample of this.#ready.splice(0)) sample.close();
    this.#wake?.();
    await this.#samples.return();
  }

  async #take(): Promise<void> {
    try {
      for (;;) {
        while (this.#ready.length >= SAMPLES_AHEAD && !this.#isStopped) await this.#change();
        const next = await this.#samples.next();
        if (next.done) break;
        if (this.#isStopped) next.value.close();
        else this.#ready.push(next.value);
        this.#wake?.();
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
    this.#wake?.();
  }

  /** Resolves when the other side has done something. Only one side waits at a time: for samples, or for room. */
  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
