// Writing in browsers: H.264 by WebCodecs, or VP9 where H.264 is missing; sound as AAC, or Opus; put into MP4 by Mediabunny.
import {
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  canEncodeVideo,
  EncodedAudioPacketSource,
  EncodedPacket,
  Mp4OutputFormat,
  Output,
  Quality,
  VideoSample,
  VideoSampleSource,
  type AudioCodec,
  type Target,
  type VideoCodec,
} from 'mediabunny';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { AudioPacket } from './audio-reader.ts';
import type { SoundTrack } from './audio-track-writer.ts';
import {
  createVideoWriter,
  type PictureTrack,
  type VideoOutput,
  type VideoTracks,
  type VideoWriter,
  type VideoWriterOptions,
} from './video-writer.ts';
import { i420ByteLength } from './yuv.ts';

/**
 * Starts an MP4 file on any Mediabunny target. The file is held in memory until it is finished.
 *
 * @throws RangeError when an option is out of range, or says how to encode, which browsers decide; LatentSyncError `runtime-failed`
 * when nothing can encode it.
 *
 * @example
 * const target = new BufferTarget();
 * await using writer = await createVideo(target, { width: 512, height: 512, frameRate: 25 });
 */
export async function createVideo(target: Target, options: VideoWriterOptions): Promise<VideoWriter> {
  for (const name of ['codec', 'lossless', 'encodingPreset'] as const) {
    if (options[name] !== undefined) throw new OptionError(name, 'be left out in browsers', options[name]);
  }
  return createVideoWriter(options, 'mp4', (tracks) => MediabunnyOutput.start(target, tracks));
}

/** How sound reaches the file. */
type SoundSource = WebCodecsAudioEncoder | PacketCopier;

class MediabunnyOutput implements VideoOutput {
  readonly #output: Output;
  readonly #video: VideoSampleSource;
  readonly #sound: SoundSource | undefined;
  readonly #track: PictureTrack;
  readonly #i420: Uint8Array<ArrayBuffer>;

  private constructor(output: Output, video: VideoSampleSource, sound: SoundSource | undefined, track: PictureTrack) {
    this.#output = output;
    this.#video = video;
    this.#sound = sound;
    this.#track = track;
    this.#i420 = new Uint8Array(i420ByteLength(track.width, track.height));
  }

  static async start(target: Target, { picture, sound }: VideoTracks): Promise<MediabunnyOutput> {
    const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
    const video = await createVideoSource(picture);
    output.addVideoTrack(video, picture.variableFrameRate ? {} : { frameRate: picture.frameRate });
    const soundSource = sound && (await createSoundSource(sound));
    const { language = '' } = sound ?? {};
    if (soundSource) {
      output.addAudioTrack(soundSource.source, /^[a-z]{3}$/.test(language) ? { languageCode: language } : {});
    }
    await output.start();
    return new MediabunnyOutput(output, video, soundSource, picture);
  }

  async addPicture(
    draw: (i420: Uint8Array<ArrayBuffer>) => void,
    timestampSeconds: number,
    durationSeconds: number,
  ): Promise<void> {
    const { width, height, encoding, colorSpace } = this.#track;
    draw(this.#i420);
    using sample = new VideoSample(this.#i420.slice(), {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: timestampSeconds,
      duration: durationSeconds,
      colorSpace: { ...colorSpace, fullRange: encoding.fullRange },
    });
    await this.#video.add(sample);
  }

  async addSound(channels: readonly Float32Array[]): Promise<void> {
    if (this.#sound instanceof WebCodecsAudioEncoder) await this.#sound.encode(channels);
  }

  async addPacket(packet: AudioPacket): Promise<void> {
    if (this.#sound instanceof PacketCopier) await this.#sound.copy(packet);
  }

  /** Also flushes the encoders, and closes them. */
  finish(): Promise<void> {
    return this.#output.finalize();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#output.state !== 'finalized') await this.#output.cancel();
  }
}

async function createVideoSource({
  width,
  height,
  frameRate,
  quality: crf,
  keyFrameInterval,
}: PictureTrack): Promise<VideoSampleSource> {
  // Encoders without constant quality get a bit rate: a tenth of a bit per pixel at CRF 23, doubled every 6 steps.
  const bitrate = Math.ceil(width * height * frameRate * 0.1 * 2 ** ((23 - crf) / 6));
  const quality = new Quality({ quantizer: Math.round(crf), bitrate });
  const codecs: VideoCodec[] = ['avc', 'vp9'];
  for (const codec of codecs) {
    if (!(await canEncodeVideo(codec, { width, height, quality }))) continue;
    return new VideoSampleSource({ codec, quality, keyFrameInterval: keyFrameInterval / frameRate });
  }
  throw new LatentSyncError(
    'runtime-failed',
    `This browser can encode neither H.264 nor VP9 video of ${width}×${height} pixels.`,
    { remedy: 'Use another browser, or a smaller video.' },
  );
}

async function createSoundSource(sound: SoundTrack): Promise<SoundSource> {
  return sound.type === 'copied' ? new PacketCopier(sound.config) : createAudioEncoder(sound);
}

class PacketCopier {
  readonly source = new EncodedAudioPacketSource('aac');
  #config: AudioDecoderConfig | undefined;

  constructor(config: AudioDecoderConfig) {
    this.#config = config;
  }

  async copy({ data, timestampSeconds, durationSeconds }: AudioPacket): Promise<void> {
    const packet = new EncodedPacket(data, 'key', timestampSeconds, durationSeconds);
    // The first packet says how all are decoded.
    await this.source.add(packet, this.#config && { decoderConfig: this.#config });
    this.#config = undefined;
  }
}

/** Sound that comes in. */
interface SoundFormat {
  sampleRate: number;
  numberOfChannels: number;
}

/** How sound is encoded. */
interface AudioEncoding {
  codec: AudioCodec;
  sampleRate: number;
  numberOfChannels: number;
}

const BITS_PER_CHANNEL = 96_000;
/** Bits for each sample of a channel, where the rate is low. */
const BITS_PER_SAMPLE = 4;

/** AAC at the sound's own rate and channels if possible, else AAC at an ordinary rate, else Opus. */
async function createAudioEncoder(sound: Extract<SoundTrack, { type: 'encoded' }>): Promise<WebCodecsAudioEncoder> {
  const { sampleRate, numberOfChannels, name } = sound;
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
    if (await canEncodeAudio(codec, format)) return new WebCodecsAudioEncoder(sound, encoding);
  }
  throw new LatentSyncError(
    'runtime-failed',
    wording`The sound of ${name} cannot be encoded here: neither AAC nor Opus is available.`,
    { remedy: 'Use a file with AAC sound (.m4a), which is copied as it is.' },
  );
}

class WebCodecsAudioEncoder {
  readonly source: AudioSampleSource;
  readonly #sampleRate: number;
  #samples = 0;

  constructor(own: SoundFormat, { codec, sampleRate, numberOfChannels }: AudioEncoding) {
    this.#sampleRate = own.sampleRate;
    const converted = sampleRate !== own.sampleRate || numberOfChannels !== own.numberOfChannels;
    this.source = new AudioSampleSource({
      codec,
      quality: new Quality({ bitrate: numberOfChannels * Math.min(BITS_PER_CHANNEL, sampleRate * BITS_PER_SAMPLE) }),
      ...(codec === 'aac' ? { fullCodecString: 'mp4a.40.2' } : {}),
      ...(converted ? { transform: { sampleRate, numberOfChannels } } : {}),
    });
  }

  async encode(channels: readonly Float32Array[]): Promise<void> {
    const [{ length }] = channels;
    const data = new Float32Array(length * channels.length);
    channels.forEach((channel, index) => {
      data.set(channel, index * length);
    });
    using sample = new AudioSample({
      data,
      format: 'f32-planar',
      numberOfChannels: channels.length,
      sampleRate: this.#sampleRate,
      timestamp: this.#samples / this.#sampleRate,
    });
    this.#samples += length;
    await this.source.add(sample);
  }
}
