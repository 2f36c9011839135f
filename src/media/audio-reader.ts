// Streaming audio readers: a media file → planar float chunks [channels][samples] at the file's own rate.
import { joined } from '../util/joined.ts';
import type { AudioChunk } from './continuous-sound.ts';

export type { AudioChunk } from './continuous-sound.ts';

/** What is known about a sound track before it is decoded as a whole. */
export interface AudioInfo {
  /** Hertz, as decoded. */
  sampleRate: number;
  numberOfChannels: number;
  /** According to the container; the decoded length may differ by a few milliseconds. */
  durationSeconds: number;
  /** Short name of the codec: `aac`, `mp3`, `pcm-s16`, … */
  codec: string;
  /** What is spoken, by ISO 639-2, where the file says so. */
  language?: string;
}

/** Encoded sound, as it lies in the file. */
export interface AudioPacket {
  data: Uint8Array;
  /** In the file's own time. */
  timestampSeconds: number;
  durationSeconds: number;
}

/** An open sound track. */
export interface AudioReader extends AsyncDisposable {
  readonly info: AudioInfo;
  /** The name of the file in error messages. */
  readonly name: string;
  /**
   * How {@link AudioReader.packets} are decoded; undefined where they cannot be copied: where that is not known, or once some
   * are found to be damaged.
   */
  readonly packetConfig: AudioDecoderConfig | undefined;
  /** The time in the file, in seconds, that counts as the start of the track. */
  readonly originSeconds: number;
  /** How much later, in seconds, the track begins than its file; above 0 where a picture begins first. */
  readonly leadSeconds: number;
  /**
   * Decodes the whole track in order, without gaps or overlaps: what the file leaves out, and what cannot be decoded, is silent
   * and reported as a warning.
   *
   * @throws LatentSyncError in Node `media-crashed` or `media-stalled` when the process that decodes ends or gets stuck;
   * `aborted` when the signal fires.
   */
  chunks(options?: { signal?: AbortSignal }): AsyncIterable<AudioChunk>;
  /** Reads the packets of the whole track in order, without decoding them. */
  packets(): AsyncIterable<AudioPacket>;
}

/** Decodes a whole track at once: the samples of every channel. For short recordings; others are read in chunks. */
export async function readTrack(audio: AudioReader, options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
  const channels = Array.from({ length: audio.info.numberOfChannels }, (): Float32Array[] => []);
  for await (const chunk of audio.chunks(options)) {
    chunk.channels.forEach((samples, channel) => channels[channel].push(samples));
  }
  return channels.map(joined);
}
