// The sound track of a video being written: AAC packets copied unchanged, anything else encoded as AAC.
import {
  type AudioCodec,
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  type Output,
  Quality,
} from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { AudioChunk, AudioReader } from './audio-reader.ts';
import { asMediaError } from './media-input.ts';

/** Writes the sound of an {@link AudioReader} into a file, up to where the video has come. */
export interface AudioTrackWriter {
  /** Writes the sound up to a time in seconds from its start. */
  writeUntil(seconds: number): Promise<void>;
  /** Stops reading. */
  close(): Promise<void>;
}

/**
 * Adds a sound track to an output that has not started yet.
 *
 * @param aacDelaySamples - Samples by which the platform's AAC encoder delays the sound without reporting it.
 */
export async function addAudioTrack(
  output: Output,
  reader: AudioReader,
  aacDelaySamples: number,
): Promise<AudioTrackWriter> {
  if (reader.info.codec === 'aac') {
    const source = new EncodedAudioPacketSource('aac');
    output.addAudioTrack(source);
    return new PacketCopier(reader, source);
  }
  const { codec, sampleRate, numberOfChannels } = await chooseEncoding(reader);
  const source = new AudioSampleSource({
    codec,
    quality: new Quality({ bitrate: numberOfChannels * Math.min(96_000, sampleRate * 4) }),
    ...(codec === 'aac' ? { fullCodecString: 'mp4a.40.2' } : {}),
    ...(sampleRate === reader.info.sampleRate && numberOfChannels === reader.info.numberOfChannels
      ? {}
      : { transform: { sampleRate, numberOfChannels } }),
  });
  output.addAudioTrack(source);
  return new ChunkEncoder(reader, source, codec === 'aac' ? aacDelaySamples / sampleRate : 0);
}

interface AudioEncoding {
  codec: AudioCodec;
  sampleRate: number;
  numberOfChannels: number;
}

/** AAC with the sound's own rate and channels if possible, else AAC with an ordinary rate, else (some browsers) Opus. */
async function chooseEncoding({ info, name }: AudioReader): Promise<AudioEncoding> {
  const { sampleRate, numberOfChannels } = info;
  const ordinary = { sampleRate: 48_000, numberOfChannels: Math.min(2, numberOfChannels) };
  const encodings: AudioEncoding[] = [
    { codec: 'aac', sampleRate, numberOfChannels },
    { codec: 'aac', ...ordinary },
    { codec: 'opus', ...ordinary },
  ];
  for (const encoding of encodings) {
    // Other counts have no standard loudspeaker layout in AAC.
    if (encoding.codec === 'aac' && ![1, 2, 4, 6, 8].includes(encoding.numberOfChannels)) continue;
    const { codec, ...format } = encoding;
    if (await canEncodeAudio(codec, format)) return encoding;
  }
  throw new LatentSyncError(
    'runtime-failed',
    wording`The sound of ${name} cannot be encoded here: neither AAC nor Opus is available.`,
    { remedy: 'Use a file with AAC sound (.m4a), which is copied as it is.' },
  );
}

class PacketCopier implements AudioTrackWriter {
  readonly #reader: AudioReader;
  readonly #source: EncodedAudioPacketSource;
  readonly #packets: AsyncGenerator<EncodedPacket, void, unknown>;
  #pending: EncodedPacket | undefined;
  #started = false;

  constructor(reader: AudioReader, source: EncodedAudioPacketSource) {
    this.#reader = reader;
    this.#source = source;
    this.#packets = new EncodedPacketSink(reader.track).packets();
  }

  async writeUntil(seconds: number): Promise<void> {
    for (;;) {
      const packet = this.#pending ?? (await this.#next());
      this.#pending = packet;
      if (!packet) return;
      const timestamp = packet.timestamp - this.#reader.originSeconds;
      if (timestamp >= seconds) return;
      this.#pending = undefined;
      const decoderConfig = this.#started ? undefined : await this.#reader.track.getDecoderConfig();
      await this.#source.add(packet.clone({ timestamp }), decoderConfig ? { decoderConfig } : undefined);
      this.#started = true;
    }
  }

  async #next(): Promise<EncodedPacket | undefined> {
    try {
      return (await this.#packets.next()).value ?? undefined;
    } catch (error) {
      throw asMediaError(error, this.#reader.name, 'cannot be read');
    }
  }

  async close(): Promise<void> {
    await this.#packets.return();
  }
}

class ChunkEncoder implements AudioTrackWriter {
  readonly #source: AudioSampleSource;
  readonly #chunks: AsyncIterator<AudioChunk, unknown>;
  readonly #delaySeconds: number;
  #pending: AudioChunk | undefined;

  constructor(reader: AudioReader, source: AudioSampleSource, delaySeconds: number) {
    this.#source = source;
    this.#chunks = reader.chunks()[Symbol.asyncIterator]();
    this.#delaySeconds = delaySeconds;
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
      await this.#encode({ ...chunk, channels: channels.map((channel) => channel.subarray(0, wanted)) });
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

  async #encode({ timestampSeconds, sampleRate, channels }: AudioChunk): Promise<void> {
    const numberOfFrames = channels[0].length;
    const data = new Float32Array(numberOfFrames * channels.length);
    channels.forEach((channel, index) => {
      data.set(channel, index * numberOfFrames);
    });
    // Begins earlier by the encoder's delay; the part before time 0 is marked in the file to be skipped.
    const timestamp = timestampSeconds - this.#delaySeconds;
    using sample = new AudioSample({
      data,
      format: 'f32-planar',
      numberOfChannels: channels.length,
      sampleRate,
      timestamp,
    });
    await this.#source.add(sample);
  }

  async #next(): Promise<AudioChunk | undefined> {
    const next = await this.#chunks.next();
    return next.done ? undefined : next.value;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
