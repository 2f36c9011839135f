// The sound track of a video being written: packets that the container holds copied unchanged, anything else encoded.
import type { AudioChunk, AudioPacket, AudioReader } from './audio-reader.ts';
import { outputContainers, type SoundCodec, type VideoContainer } from './output-containers.ts';

/** How sound gets into a file. */
export type SoundTrack = {
  /** ISO 639-2. */
  language?: string;
} &
  /** Its packets as they are. The run-up is what its decoder plays before the first sample that is heard. */
  (
    | { type: 'copied'; codec: SoundCodec; config: AudioDecoderConfig; runUpSeconds: number }
    /** Encoded; what cannot be encoded as it is, is converted. The name is for errors. */
    | { type: 'encoded'; codec: SoundCodec; sampleRate: number; numberOfChannels: number; name: string }
  );

/** Where sound goes. */
interface SoundOutput {
  addSound(channels: readonly Float32Array[]): Promise<void>;
  addPacket(packet: AudioPacket): Promise<void>;
}

/** Returns how the sound of a reader gets into a file. */
export async function soundTrackOf(reader: AudioReader, container: VideoContainer): Promise<SoundTrack> {
  const { info, name, packetConfig } = reader;
  const { sound } = outputContainers[container];
  const copied = sound.find((codec) => codec === info.codec);
  if (copied && packetConfig) {
    const runUpSeconds = await runUpOf(reader);
    return { type: 'copied', codec: copied, config: packetConfig, runUpSeconds, language: info.language };
  }
  const { sampleRate, numberOfChannels, language } = info;
  return { type: 'encoded', codec: sound[0], sampleRate, numberOfChannels, name, language };
}

async function runUpOf(reader: AudioReader): Promise<number> {
  for await (const { timestampSeconds } of reader.packets()) {
    return Math.max(0, reader.originSeconds - timestampSeconds);
  }
  return 0;
}

/** Writes the sound of an {@link AudioReader} into a file, up to where the video has come. */
export interface AudioTrackWriter {
  /** Writes the sound up to a time in seconds from its start. */
  writeUntil(seconds: number): Promise<void>;
  /** Stops reading. */
  close(): Promise<void>;
}

/** Returns a writer for the sound of a reader, whose track {@link soundTrackOf} has told. */
export function writeAudioTrack(reader: AudioReader, track: SoundTrack, output: SoundOutput): AudioTrackWriter {
  return track.type === 'copied' ? new CopiedPackets(reader, output) : new EncodedChunks(reader, output);
}

/** Sound in parts: each is written once its time has come, and all of it or some. */
abstract class SoundParts<Part> implements AudioTrackWriter {
  readonly #parts: AsyncIterator<Part, unknown>;
  #pending: Part | undefined;

  constructor(parts: AsyncIterable<Part, unknown>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  async writeUntil(seconds: number): Promise<void> {
    for (;;) {
      const part = this.#pending ?? (await this.#next());
      if (part === undefined) return;
      this.#pending = part;
      const rest = await this.write(part, seconds);
      this.#pending = rest;
      if (rest !== undefined) return;
    }
  }

  /** Writes what of a part is due, and returns the rest; undefined when there is none. */
  protected abstract write(part: Part, seconds: number): Promise<Part | undefined>;

  async #next(): Promise<Part | undefined> {
    const next = await this.#parts.next();
    return next.done ? undefined : next.value;
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }
}

class CopiedPackets extends SoundParts<AudioPacket> {
  readonly #originSeconds: number;
  readonly #output: SoundOutput;

  constructor(reader: AudioReader, output: SoundOutput) {
    super(reader.packets());
    this.#originSeconds = reader.originSeconds;
    this.#output = output;
  }

  protected async write(packet: AudioPacket, seconds: number): Promise<AudioPacket | undefined> {
    const timestampSeconds = packet.timestampSeconds - this.#originSeconds;
    if (timestampSeconds >= seconds) return packet;
    await this.#output.addPacket({ ...packet, timestampSeconds });
    return undefined;
  }
}

class EncodedChunks extends SoundParts<AudioChunk> {
  readonly #output: SoundOutput;

  constructor(reader: AudioReader, output: SoundOutput) {
    super(reader.chunks());
    this.#output = output;
  }

  protected async write(chunk: AudioChunk, seconds: number): Promise<AudioChunk | undefined> {
    const { timestampSeconds, sampleRate, channels } = chunk;
    const length = channels[0].length;
    const due = Math.min(length, Math.round((seconds - timestampSeconds) * sampleRate));
    if (due <= 0) return length > 0 ? chunk : undefined;
    await this.#output.addSound(channels.map((channel) => channel.subarray(0, due)));
    if (due === length) return undefined;
    return {
      timestampSeconds: timestampSeconds + due / sampleRate,
      sampleRate,
      channels: channels.map((channel) => channel.subarray(due)),
    };
  }
}
