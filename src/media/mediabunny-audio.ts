// Sound by Mediabunny on WebCodecs, as browsers have it: any source of bytes → planar float chunks [channels][samples].
import {
  type AudioSample,
  AudioSampleSink,
  type EncodedPacket,
  EncodedPacketSink,
  FLAC,
  type Input,
  type InputAudioTrack,
  MP3,
  type Source,
} from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { AudioInfo, AudioPacket, AudioReader } from './audio-reader.ts';
import { continuousSound, GAP_SECONDS, type AudioChunk, type SoundPiece } from './continuous-sound.ts';
import { DamageReport } from './damage-report.ts';
import { decodedSamples, type DecodedTrack } from './decoded-samples.ts';
import { believedTimes } from './frame-times.ts';
import { leadOver } from './frame-timing.ts';
import { COPY_AGAIN } from './media-fault.ts';
import { unreadable } from './media-input.ts';
import { asMediaError, openInput, startOfTrack, type SourceReaderOptions } from './mediabunny-input.ts';
import { chooseAudioTrack, chooseVideoTrack } from './mediabunny-streams.ts';
import type { StreamOptions } from './stream-options.ts';

/** How {@link openAudioSource} opens a file. */
export interface AudioSourceOptions extends SourceReaderOptions, Pick<StreamOptions, 'audioStream'> {
  /** Returns the samples to be dropped at the start of an MP3 file, of which Mediabunny says nothing. Default: none are. */
  mp3Delay?: () => Promise<number>;
}

/**
 * Opens the sound track of a media file, which may also hold video.
 *
 * @throws LatentSyncError `media-unreadable`, `no-audio-track`, `audio-empty` when the track holds no samples, or
 * `audio-undecodable` when none of them can be decoded; OptionError for a number that is not that of an audio stream.
 */
export async function openAudioSource(source: Source, options: AudioSourceOptions): Promise<AudioReader> {
  const { name, onWarning, mp3Delay, audioStream } = options;
  const input = await openInput(source, name);
  try {
    const track = await chooseAudioTrack(input, name, audioStream);
    if (!track) {
      throw new LatentSyncError('no-audio-track', wording`${name} has no audio track.`, { remedy: WITH_SPEECH });
    }
    const codec = (await track.getCodec()) ?? String(await track.getInternalCodecId());
    if (!(await track.canDecode())) {
      throw unreadable(name, `contains ${codec} audio, which cannot be decoded here.`, 'Convert it to WAV first.');
    }
    // Looking for the end of a file without packets, Mediabunny does not always come back.
    if (!(await new EncodedPacketSink(track).getFirstPacket({ metadataOnly: true }))) {
      throw (await track.getDurationFromMetadata()) ? undecodable(name) : empty(name);
    }
    const { sampleRate, numberOfChannels } = await decodedFormat(track, name);
    const runUp = (await input.getFormat()) === MP3 ? ((await mp3Delay?.()) ?? 0) / sampleRate : 0;
    const originSeconds = Math.max(0, (await track.getFirstTimestamp()) + runUp);
    const durationSeconds = Math.max(0, (await track.computeDuration()) - originSeconds);
    const leadSeconds = leadOver(await startOfTrack(await chooseVideoTrack(input, name)), originSeconds);
    const code = await track.getLanguageCode();
    const language = code === 'und' ? undefined : code;
    const info: AudioInfo = { sampleRate, numberOfChannels, durationSeconds, codec, language };
    const packetConfig = (await track.getDecoderConfig()) ?? undefined;
    // Of a FLAC file, Mediabunny reads what lies before the first frame with a damaged header.
    const promisedEnd = (await input.getFormat()) === FLAC ? await track.getDurationFromMetadata() : null;
    const promisedSeconds = Math.max(durationSeconds, (promisedEnd ?? 0) - originSeconds);
    const times = { originSeconds, leadSeconds, promisedSeconds };
    return new TrackAudioReader(input, track, info, times, new DamageReport(name, onWarning), packetConfig);
  } catch (error) {
    input.dispose();
    throw asMediaError(error, name, 'cannot be read');
  }
}

const WITH_SPEECH = 'Choose a file with speech.';

/** Some AAC decodes to twice the rate and channels that its container says, so the first sound that can be decoded decides. */
async function decodedFormat(
  track: InputAudioTrack,
  name: string,
): Promise<Pick<AudioInfo, 'sampleRate' | 'numberOfChannels'>> {
  for await (const sample of decodedSamples(decodedTrack(track), -Infinity, undefined)) {
    const { sampleRate, numberOfChannels } = sample;
    sample.close();
    return { sampleRate, numberOfChannels };
  }
  throw undecodable(name);
}

function decodedTrack(track: InputAudioTrack): DecodedTrack<AudioSample> {
  return { samples: new AudioSampleSink(track), packets: new EncodedPacketSink(track) };
}

function empty(name: string): LatentSyncError {
  return new LatentSyncError('audio-empty', wording`${name} has an empty audio track.`, { remedy: WITH_SPEECH });
}

function undecodable(name: string): LatentSyncError {
  return new LatentSyncError('audio-undecodable', wording`${name} has sound of which nothing can be decoded.`, {
    remedy: COPY_AGAIN,
  });
}

class TrackAudioReader implements AudioReader {
  readonly info: AudioInfo;
  readonly name: string;
  readonly originSeconds: number;
  readonly leadSeconds: number;
  readonly #promisedSeconds: number;
  readonly #packetConfig: AudioDecoderConfig | undefined;
  readonly #input: Input;
  readonly #track: InputAudioTrack;
  readonly #damage: DamageReport;

  constructor(
    input: Input,
    track: InputAudioTrack,
    info: AudioInfo,
    times: Pick<AudioReader, 'originSeconds' | 'leadSeconds'> & { promisedSeconds: number },
    damage: DamageReport,
    packetConfig: AudioDecoderConfig | undefined,
  ) {
    this.#input = input;
    this.#track = track;
    this.info = info;
    this.originSeconds = times.originSeconds;
    this.leadSeconds = times.leadSeconds;
    this.#promisedSeconds = times.promisedSeconds;
    this.name = damage.file;
    this.#damage = damage;
    this.#packetConfig = packetConfig;
  }

  get packetConfig(): AudioDecoderConfig | undefined {
    return this.#damage.hasDamagedSound ? undefined : this.#packetConfig;
  }

  chunks({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<AudioChunk, void, undefined> {
    const { info, originSeconds } = this;
    const promisedSeconds = this.#promisedSeconds;
    const track = { info, originSeconds, damage: this.#damage, limits: believedTimes, promisedSeconds };
    return continuousSound(this.#pieces(signal), track);
  }

  async *#pieces(signal: AbortSignal | undefined): AsyncGenerator<SoundPiece, void, undefined> {
    const { sampleRate, numberOfChannels } = this.info;
    const packetTimes = new PacketTimes(this.#track);
    let from: number | undefined = -Infinity;
    let end = 0;
    try {
      while (from !== undefined) {
        const samples = decodedSamples(decodedTrack(this.#track), from, signal);
        from = undefined;
        for await (const decoded of samples) {
          using sample = decoded;
          end = sample.timestamp + sample.duration;
          // Damage may look like another format; nothing converts it here, so it is lost either way.
          if (sample.sampleRate === sampleRate && sample.numberOfChannels === numberOfChannels) {
            yield { seconds: sample.timestamp, channels: copyChannels(sample) };
          }
          const next = await packetTimes.after(end - sample.duration / 2);
          if (next !== undefined && next - end > GAP_SECONDS) {
            from = next;
            break;
          }
        }
      }
    } catch (error) {
      throw asMediaError(error, this.name, `cannot be decoded after ${(end - this.originSeconds).toFixed(2)} seconds`);
    } finally {
      await packetTimes.close();
    }
  }

  async *packets(): AsyncGenerator<AudioPacket, void, undefined> {
    try {
      for await (const { data, timestamp, duration } of new EncodedPacketSink(this.#track).packets()) {
        yield { data, timestampSeconds: timestamp, durationSeconds: duration };
      }
    } catch (error) {
      throw asMediaError(error, this.name, 'cannot be read');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#input.dispose();
    return Promise.resolve();
  }
}

/**
 * The times of packets, read along with what is decoded. Decoders do not tell of gaps: Chromium's has what comes after one follow
 * what came before.
 */
class PacketTimes {
  readonly #packets: AsyncGenerator<EncodedPacket, void, unknown>;
  readonly #upcoming: number[] = [];

  constructor(track: InputAudioTrack) {
    this.#packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
  }

  /** Returns when the first packet after a time begins; times that the next packet goes back from are damaged. */
  async after(seconds: number): Promise<number | undefined> {
    for (;;) {
      while (this.#upcoming.length < 2) {
        const { value } = await this.#packets.next();
        if (!value) return this.#upcoming.find((start) => start > seconds);
        this.#upcoming.push(value.timestamp);
      }
      const [first, second] = this.#upcoming;
      if (first > seconds && first <= second) return first;
      this.#upcoming.shift();
    }
  }

  async close(): Promise<void> {
    await this.#packets.return();
  }
}

function copyChannels(sample: AudioSample): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(sample.numberOfFrames);
    sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return plane;
  });
}
