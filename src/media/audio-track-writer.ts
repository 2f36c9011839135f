// The sound track of a video being written: AAC packets copied unchanged, anything else encoded as AAC.
import { type AudioSource, EncodedAudioPacketSource, EncodedPacket, type Output } from 'mediabunny';
import type { AudioChunk, AudioPacket, AudioReader } from './audio-reader.ts';

/** Writes the sound of an {@link AudioReader} into a file, up to where the video has come. */
export interface AudioTrackWriter {
  /** Writes the sound up to a time in seconds from its start. */
  writeUntil(seconds: number): Promise<void>;
  /** Writes what is still in the encoder; nothing can be written afterward. */
  finish(): Promise<void>;
  /** Stops reading. */
  close(): Promise<void>;
}

/** Turns sound into packets of one audio track. */
export interface AudioTrackEncoder {
  /** Where the packets come out. */
  readonly source: AudioSource;
  /** Encodes the next piece, of any length, one array per channel; reads it before resolving. */
  encode(channels: readonly Float32Array[]): Promise<void>;
  /** Emits what is still inside. */
  flush(): Promise<void>;
  /** Frees the encoder. */
  close(): void;
}

/** What an audio encoder is made for. */
export interface AudioTrackEncoderOptions {
  /** Hertz of the sound that comes in. */
  sampleRate: number;
  numberOfChannels: number;
}

/** Makes the encoder of a platform; what it cannot encode as it is, it converts. */
export type CreateAudioEncoder = (options: AudioTrackEncoderOptions, name: string) => Promise<AudioTrackEncoder>;

/** Adds a sound track to an output that has not started yet. */
export async function addAudioTrack(
  output: Output,
  reader: AudioReader,
  createEncoder: CreateAudioEncoder,
): Promise<AudioTrackWriter> {
  if (reader.info.codec === 'aac' && reader.packetConfig) {
    const source = new EncodedAudioPacketSource('aac');
    output.addAudioTrack(source);
    return new PacketCopier(reader, source, reader.packetConfig);
  }
  const { sampleRate, numberOfChannels } = reader.info;
  const encoder = await createEncoder({ sampleRate, numberOfChannels }, reader.name);
  output.addAudioTrack(encoder.source);
  return new ChunkEncoder(reader, encoder);
}

class PacketCopier implements AudioTrackWriter {
  readonly #originSeconds: number;
  readonly #source: EncodedAudioPacketSource;
  readonly #config: AudioDecoderConfig;
  readonly #packets: AsyncIterator<AudioPacket, unknown>;
  #pending: AudioPacket | undefined;
  #started = false;

  constructor(reader: AudioReader, source: EncodedAudioPacketSource, config: AudioDecoderConfig) {
    this.#originSeconds = reader.originSeconds;
    this.#source = source;
    this.#config = config;
    this.#packets = reader.packets()[Symbol.asyncIterator]();
  }

  async writeUntil(seconds: number): Promise<void> {
    for (;;) {
      const packet = this.#pending ?? (await this.#next());
      this.#pending = packet;
      if (!packet) return;
      const timestamp = packet.timestampSeconds - this.#originSeconds;
      if (timestamp >= seconds) return;
      this.#pending = undefined;
      const copy = new EncodedPacket(packet.data, 'key', timestamp, packet.durationSeconds);
      await this.#source.add(copy, this.#started ? undefined : { decoderConfig: this.#config });
      this.#started = true;
    }
  }

  async #next(): Promise<AudioPacket | undefined> {
    const next = await this.#packets.next();
    return next.done ? undefined : next.value;
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#packets.return?.();
  }
}

class ChunkEncoder implements AudioTrackWriter {
  readonly #encoder: AudioTrackEncoder;
  readonly #chunks: AsyncIterator<AudioChunk, unknown>;
  #pending: AudioChunk | undefined;

  constructor(reader: AudioReader, encoder: AudioTrackEncoder) {
    this.#encoder = encoder;
    this.#chunks = reader.chunks()[Symbol.asyncIterator]();
  }

  async writeUntil(seconds: number): Promise<void> {
    for (;;) {
      const chunk = this.#pending ?? (await this.#next());
      this.#pending = chunk;
      if (!chunk) return;
      const { timestampSeconds, sampleRate, channels } = chunk;
      const length = channels[0].length;
      const wanted = Math.min(length, Math.round((seconds - timestampSeconds) * sampleRate));
      if (wanted <= 0) return;
      await this.#encoder.encode(channels.map((channel) => channel.subarray(0, wanted)));
      this.#pending =
        wanted === length
          ? undefined
          : {
              timestampSeconds: timestampSeconds + wanted / sampleRate,
              sampleRate,
              channels: channels.map((channel) => channel.subarray(wanted)),
            };
    }
  }

  finish(): Promise<void> {
    return this.#encoder.flush();
  }

  async #next(): Promise<AudioChunk | undefined> {
    const next = await this.#chunks.next();
    return next.done ? undefined : next.value;
  }

  async close(): Promise<void> {
    this.#encoder.close();
    await this.#chunks.return?.();
  }
}
