// Streaming audio reader: a media file → planar float chunks [channels][samples] at the file's own rate.
import {
  type AudioSample,
  AudioSampleSink,
  EncodedPacketSink,
  type Input,
  type InputAudioTrack,
  MP3,
  type Source,
} from 'mediabunny';
import { joined } from '../util/joined.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import { continuousSound, type AudioChunk, type SoundPiece } from './continuous-sound.ts';
import { DamageReport } from './damage-report.ts';
import { believedTimes } from './frame-times.ts';
import { leadOver } from './frame-timing.ts';
import { asMediaError, openInput, startOfTrack, unreadable, type SourceReaderOptions } from './media-input.ts';
import { nextSample } from './next-sample.ts';

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
   * in browsers `media-unreadable` when something cannot be decoded; `aborted` when the signal fires.
   */
  chunks(options?: { signal?: AbortSignal }): AsyncIterable<AudioChunk>;
  /** Reads the packets of the whole track in order, without decoding them. */
  packets(): AsyncIterable<AudioPacket>;
}

/** How {@link openAudioSource} opens a file. */
export interface AudioSourceOptions extends SourceReaderOptions {
  /** Returns the samples to be dropped at the start of an MP3 file, of which Mediabunny says nothing. Default: none are. */
  mp3Delay?: () => Promise<number>;
}

/**
 * Opens the sound track of a media file, which may also hold video.
 *
 * @throws LatentSyncError `media-unreadable`, `no-audio-track`, or `audio-empty` when the track holds no samples.
 */
export async function openAudioSource(source: Source, options: AudioSourceOptions): Promise<AudioReader> {
  const { name, onWarning, mp3Delay } = options;
  const input = await openInput(source, name);
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track)
      throw new LatentSyncError('no-audio-track', wording`${name} has no audio track.`, { remedy: WITH_SPEECH });
    const codec = (await track.getCodec()) ?? String(await track.getInternalCodecId());
    if (!(await track.canDecode())) {
      throw unreadable(name, `contains ${codec} audio, which cannot be decoded here.`, 'Convert it to WAV first.');
    }
    // Looking for the end of a file without packets, Mediabunny does not always come back.
    if (!(await new EncodedPacketSink(track).getFirstPacket({ metadataOnly: true }))) {
      throw (await track.getDurationFromMetadata()) ? undecodable(name) : empty(name);
    }
    // Some AAC decodes to twice the rate and channels that its container says, so the first samples decide.
    const first = await firstSample(track, name);
    const { sampleRate, numberOfChannels } = first;
    first.close();
    const runUp = (await input.getFormat()) === MP3 ? ((await mp3Delay?.()) ?? 0) / sampleRate : 0;
    const originSeconds = Math.max(0, (await track.getFirstTimestamp()) + runUp);
    const durationSeconds = Math.max(0, (await track.computeDuration()) - originSeconds);
    const leadSeconds = leadOver(await startOfTrack(await input.getPrimaryVideoTrack()), originSeconds);
    const info: AudioInfo = { sampleRate, numberOfChannels, durationSeconds, codec };
    const packetConfig = (await track.getDecoderConfig()) ?? undefined;
    const times = { originSeconds, leadSeconds };
    return new TrackAudioReader(input, track, info, times, new DamageReport(name, onWarning), packetConfig);
  } catch (error) {
    input.dispose();
    throw asMediaError(error, name, 'cannot be read');
  }
}

/** Decodes a whole track at once: the samples of every channel. For short recordings; others are read in chunks. */
export async function readTrack(audio: AudioReader, options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
  const channels = Array.from({ length: audio.info.numberOfChannels }, (): Float32Array[] => []);
  for await (const chunk of audio.chunks(options)) {
    chunk.channels.forEach((samples, channel) => channels[channel].push(samples));
  }
  return channels.map(joined);
}

const WITH_SPEECH = 'Choose a file with speech.';

async function firstSample(track: InputAudioTrack, name: string): Promise<AudioSample> {
  const samples = new AudioSampleSink(track).samples();
  try {
    const { value } = await samples.next();
    if (value) return value;
  } finally {
    await samples.return();
  }
  throw empty(name);
}

function empty(name: string): LatentSyncError {
  return new LatentSyncError('audio-empty', wording`${name} has an empty audio track.`, { remedy: WITH_SPEECH });
}

function undecodable(name: string, cause?: unknown): LatentSyncError {
  return new LatentSyncError('audio-undecodable', wording`${name} has sound of which nothing can be decoded.`, {
    remedy: 'The file is damaged: copy, download or convert it again.',
    cause,
  });
}

class TrackAudioReader implements AudioReader {
  readonly info: AudioInfo;
  readonly name: string;
  readonly originSeconds: number;
  readonly leadSeconds: number;
  readonly packetConfig: AudioDecoderConfig | undefined;
  readonly #input: Input;
  readonly #track: InputAudioTrack;
  readonly #damage: DamageReport;

  constructor(
    input: Input,
    track: InputAudioTrack,
    info: AudioInfo,
    { originSeconds, leadSeconds }: Pick<AudioReader, 'originSeconds' | 'leadSeconds'>,
    damage: DamageReport,
    packetConfig: AudioDecoderConfig | undefined,
  ) {
    this.#input = input;
    this.#track = track;
    this.info = info;
    this.originSeconds = originSeconds;
    this.leadSeconds = leadSeconds;
    this.name = damage.file;
    this.#damage = damage;
    this.packetConfig = packetConfig;
  }

  chunks({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<AudioChunk, void, undefined> {
    const { info, originSeconds } = this;
    const track = { info, originSeconds, damage: this.#damage, limits: believedTimes };
    return continuousSound(this.#pieces(signal), track);
  }

  async *#pieces(signal: AbortSignal | undefined): AsyncGenerator<SoundPiece, void, undefined> {
    const { sampleRate, numberOfChannels } = this.info;
    const samples = new AudioSampleSink(this.#track).samples();
    let end = 0;
    try {
      for (;;) {
        const next = await nextSample(samples, signal);
        if (next.done) return;
        using sample = next.value;
        if (sample.sampleRate !== sampleRate || sample.numberOfChannels !== numberOfChannels) {
          throw unreadable(
            this.name,
            `changes from ${sampleRate} Hz and ${numberOfChannels} channels to ${sample.sampleRate} Hz and ` +
              `${sample.numberOfChannels} channels along the way.`,
            'Convert it to WAV first.',
          );
        }
        end = sample.timestamp + sample.duration - this.originSeconds;
        yield { seconds: sample.timestamp, channels: copyChannels(sample) };
      }
    } catch (error) {
      throw asMediaError(error, this.name, `cannot be decoded after ${end.toFixed(2)} seconds`);
    } finally {
      await samples.return();
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

function copyChannels(sample: AudioSample): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(sample.numberOfFrames);
    sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return plane;
  });
}
