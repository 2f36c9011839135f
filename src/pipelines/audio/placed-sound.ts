// Sound at other times than in its file: later, earlier, inserted into another sound, or over it.
import { mixToMono, Resampler } from '../../audio/resample.ts';
import type { AudioChunk, AudioInfo, AudioPacket, AudioReader } from '../../media/audio-reader.ts';
import { joined } from '../../util/joined.ts';

/** The other sound fades out before the speech and in after it, for this long: a cut would click. Seconds. */
const FADE_SECONDS = 0.01;

/** Samples of one piece of sound, by channel. */
type Channels = Float32Array<ArrayBuffer>[];

/** Sound that is made from that of other readers, which it does not close. It has to be encoded: it has no packets of its own. */
class MadeSound implements AudioReader {
  readonly info: AudioInfo;
  readonly name: string;
  readonly packetConfig = undefined;
  readonly originSeconds = 0;
  readonly leadSeconds = 0;
  readonly #make: (signal: AbortSignal | undefined) => AsyncIterable<Channels>;

  constructor(name: string, info: AudioInfo, make: (signal: AbortSignal | undefined) => AsyncIterable<Channels>) {
    this.name = name;
    this.info = info;
    this.#make = make;
  }

  async *chunks({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<AudioChunk, void, undefined> {
    const { sampleRate } = this.info;
    let position = 0;
    for await (const channels of this.#make(signal)) {
      yield { timestampSeconds: position / sampleRate, sampleRate, channels };
      position += channels[0].length;
    }
  }

  packets(): AsyncIterable<AudioPacket> {
    throw new Error('This sound has no packets: it has to be encoded.');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Returns the sound so many seconds later, with silence before it, or earlier, without its beginning; the reader itself for 0. */
export function shiftedSound(reader: AudioReader, seconds: number): AudioReader {
  const { sampleRate, numberOfChannels, durationSeconds } = reader.info;
  const samples = Math.round(seconds * sampleRate);
  if (samples === 0) return reader;
  const info = { ...reader.info, durationSeconds: Math.max(0, durationSeconds + seconds) };
  return new MadeSound(reader.name, info, async function* (signal) {
    for (let missing = samples; missing > 0; missing -= sampleRate) {
      yield silence(numberOfChannels, Math.min(missing, sampleRate));
    }
    let dropped = Math.max(0, -samples);
    for await (const { channels } of reader.chunks({ signal })) {
      const [{ length }] = channels;
      if (dropped < length) yield channels.map((channel) => channel.subarray(dropped));
      dropped = Math.max(0, dropped - length);
    }
  });
}

/** A sound, and when it is heard. Seconds of the sound that is made of several. */
export interface PlacedSound {
  sound: AudioReader;
  /** When it begins; below 0, its beginning is left out. */
  from: number;
  /** When it is cut off. Default: at its end. */
  to?: number;
}

/** Returns several sounds as one, at the highest of their rates and with as many channels as any of them has. What gets too loud is cut off. */
export function mixedSound(placed: readonly PlacedSound[]): AudioReader {
  const infos = placed.map(({ sound }) => sound.info);
  const sampleRate = Math.max(...infos.map((info) => info.sampleRate));
  const numberOfChannels = Math.max(...infos.map((info) => info.numberOfChannels));
  const format = { sampleRate, numberOfChannels };
  const ends = placed.map(({ sound, from, to = Infinity }) => Math.min(to, from + sound.info.durationSeconds));
  const durationSeconds = Math.max(0, ...ends);
  const info = { ...infos[0], sampleRate, numberOfChannels, durationSeconds };
  return new MadeSound(placed.map(({ sound }) => sound.name).join(', '), info, async function* (signal) {
    const voices = placed.map(({ sound, from, to = Infinity }) => ({
      cursor: new SoundCursor(inFormat(shiftedSound(sound, from), format, signal)),
      end: Math.min(Math.round(to * sampleRate), Number.MAX_SAFE_INTEGER),
    }));
    try {
      for (let position = 0; ; position += sampleRate) {
        let mix: Channels | undefined;
        let length = 0;
        for (const { cursor, end } of voices) {
          const piece = end > position ? await cursor.take(Math.min(sampleRate, end - position)) : undefined;
          if (!piece) continue;
          length = Math.max(length, piece[0].length);
          mix = mix ? sum(padded(mix, sampleRate, format), piece) : piece;
        }
        if (!mix) return;
        yield mix.map((channel) => channel.subarray(0, length));
      }
    } finally {
      for (const { cursor } of voices) await cursor.close();
    }
  });
}

/** How {@link insertedSound} inserts. */
export interface InsertedSoundOptions {
  /** When the other sound ends, in seconds. Default: with its reader's. */
  end?: number;
  /** How loud the other sound is under the speech, and before and after it: 0 silences it, 1 leaves it as it is. Default 0 and 1. */
  under?: number;
  around?: number;
}

/** Returns a sound with speech in the place of parts of it, or over it, at the rate of the speech and with as many channels as either has. */
export function insertedSound(
  speeches: readonly PlacedSound[],
  around: AudioReader,
  { end = Infinity, under = 0, around: outside = 1 }: InsertedSoundOptions = {},
): AudioReader {
  const speech = mixedSound(speeches);
  const { sampleRate } = speech.info;
  const numberOfChannels = Math.max(speech.info.numberOfChannels, around.info.numberOfChannels);
  const format = { sampleRate, numberOfChannels };
  const durationSeconds = Math.max(speech.info.durationSeconds, Math.min(end, around.info.durationSeconds));
  const gainAt = gainBeside(speeches, sampleRate, { under, outside });
  return new MadeSound(speech.name, { ...speech.info, numberOfChannels, durationSeconds }, async function* (signal) {
    const other = new SoundCursor(inFormat(around, format, signal));
    const voice = new SoundCursor(inFormat(speech, format, signal));
    const last = Math.round(Math.min(end, Number.MAX_SAFE_INTEGER / sampleRate) * sampleRate);
    try {
      for (let position = 0; ; position += sampleRate) {
        const above = await voice.take(sampleRate);
        const below = position < last ? await other.take(Math.min(sampleRate, last - position)) : undefined;
        if (!above && !below) return;
        const length = Math.max(above?.[0].length ?? 0, below?.[0].length ?? 0);
        const piece = padded(above, length, format);
        yield below
          ? sum(
              piece,
              scaled(below, (sample) => gainAt(position + sample)),
            )
          : piece;
      }
    } finally {
      await other.close();
      await voice.close();
    }
  });
}

/** Returns the gain of the sound beside speech at a sample: one under speech, another elsewhere, and a fade between the two. */
function gainBeside(
  speeches: readonly PlacedSound[],
  sampleRate: number,
  { under, outside }: { under: number; outside: number },
): (sample: number) => number {
  const fade = Math.round(FADE_SECONDS * sampleRate);
  const spans = speeches.map(({ sound, from, to = Infinity }) => {
    const end = Math.min(to, from + sound.info.durationSeconds);
    return [Math.max(0, Math.round(from * sampleRate)), Math.round(end * sampleRate)] as const;
  });
  return (sample) => {
    let distance = Infinity;
    for (const [from, to] of spans) distance = Math.min(distance, Math.max(from - sample, sample - to, 0));
    return under + (outside - under) * Math.min(1, distance / fade);
  };
}

/** Multiplies the samples of a piece by a gain. */
function scaled(channels: Channels, gainAt: (sample: number) => number): Channels {
  return channels.map((channel) => channel.map((value, sample) => value * gainAt(sample)));
}

/** Adds to a piece one that may be shorter. What gets too loud is cut off. */
function sum(channels: Channels, others: Channels): Channels {
  return channels.map((channel, index) => {
    const other = others[index];
    return channel.map((value, sample) =>
      sample < other.length && other[sample] !== 0 ? Math.min(1, Math.max(-1, value + other[sample])) : value,
    );
  });
}

function silence(numberOfChannels: number, length: number): Channels {
  return Array.from({ length: numberOfChannels }, () => new Float32Array(length));
}

/** Returns the piece with silence after it, up to a length. */
function padded(piece: Channels | undefined, length: number, { numberOfChannels }: SoundFormat): Channels {
  if (!piece) return silence(numberOfChannels, length);
  const missing = length - piece[0].length;
  return missing === 0 ? piece : piece.map((channel) => joined([channel, new Float32Array(missing)]));
}

/** What all pieces of a sound have. */
type SoundFormat = Pick<AudioInfo, 'sampleRate' | 'numberOfChannels'>;

/** Yields the sound of a reader at another rate, with other channels: one is heard in the first two of several, others are mixed to one. */
async function* inFormat(
  reader: AudioReader,
  { sampleRate, numberOfChannels }: SoundFormat,
  signal: AbortSignal | undefined,
): AsyncGenerator<Channels, void, undefined> {
  const { sampleRate: ownRate, numberOfChannels: ownChannels } = reader.info;
  const kept = ownChannels === numberOfChannels ? ownChannels : 1;
  const resamplers = Array.from({ length: kept }, () => new Resampler(ownRate, sampleRate));
  const spread = (channels: readonly Float32Array[]): Channels =>
    Array.from({ length: numberOfChannels }, (_, index) => {
      const source = kept === numberOfChannels ? channels[index] : index < 2 ? channels[0] : undefined;
      return source ? joined([source]) : new Float32Array(channels[0].length);
    });
  for await (const { channels } of reader.chunks({ signal })) {
    const own = kept === ownChannels ? channels : [mixToMono(channels)];
    yield spread(own.map((channel, index) => resamplers[index].push(channel)));
  }
  yield spread(resamplers.map((resampler) => resampler.finish()));
}

/** Takes any number of samples at a time from a sound that comes in pieces. */
class SoundCursor {
  readonly #pieces: AsyncIterator<Channels, unknown>;
  #rest: Channels | undefined;

  constructor(pieces: AsyncIterable<Channels, unknown>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Returns the next samples; fewer at the end, and undefined after it. */
  async take(length: number): Promise<Channels | undefined> {
    const parts: Channels[] = [];
    for (let missing = length; missing > 0;) {
      const piece = this.#rest ?? (await this.#next());
      if (!piece) break;
      const taken = Math.min(missing, piece[0].length);
      parts.push(piece.map((channel) => channel.subarray(0, taken)));
      this.#rest = taken < piece[0].length ? piece.map((channel) => channel.subarray(taken)) : undefined;
      missing -= taken;
    }
    if (parts.length === 0) return undefined;
    return parts[0].map((_, channel) => joined(parts.map((part) => part[channel])));
  }

  async #next(): Promise<Channels | undefined> {
    const next = await this.#pieces.next();
    return next.done ? undefined : next.value;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
