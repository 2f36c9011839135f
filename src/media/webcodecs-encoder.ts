// Encoding in browsers (WebCodecs): I420 pictures → H.264, or VP9 where H.264 is missing; sound → AAC, or Opus.
import {
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  canEncodeVideo,
  Quality,
  VideoSample,
  VideoSampleSource,
  type AudioCodec,
  type Target,
  type VideoCodec,
} from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { AudioTrackEncoder, AudioTrackEncoderOptions } from './audio-track-writer.ts';
import {
  createVideoWriter,
  KEY_FRAME_SECONDS,
  type VideoTrackEncoder,
  type VideoTrackEncoderOptions,
  type VideoWriter,
  type VideoWriterOptions,
} from './video-writer.ts';

/**
 * Starts an MP4 file on any Mediabunny target. The file is held in memory until it is finished.
 *
 * @throws RangeError when an option is out of range; LatentSyncError `runtime-failed` when nothing can encode it.
 *
 * @example
 * const target = new BufferTarget();
 * await using writer = await createVideo(target, { width: 512, height: 512, frameRate: 25 });
 */
export function createVideo(target: Target, options: VideoWriterOptions): Promise<VideoWriter> {
  return createVideoWriter(options, {
    target,
    createEncoder: createWebCodecsEncoder,
    holdInMemory: true,
    createAudioEncoder: createWebCodecsAudioEncoder,
  });
}

async function createWebCodecsEncoder(options: VideoTrackEncoderOptions): Promise<VideoTrackEncoder> {
  const { width, height, frameRate, quality: crf } = options;
  // Encoders without constant quality get a bit rate: a tenth of a bit per pixel at CRF 23, doubled every 6 steps.
  const bitrate = Math.ceil(width * height * frameRate * 0.1 * 2 ** ((23 - crf) / 6));
  const quality = new Quality({ quantizer: Math.round(crf), bitrate });
  const codecs: VideoCodec[] = ['avc', 'vp9'];
  for (const codec of codecs) {
    if (await canEncodeVideo(codec, { width, height, quality })) return new WebCodecsEncoder(codec, quality, options);
  }
  throw new LatentSyncError(
    'runtime-failed',
    `This browser can encode neither H.264 nor VP9 video of ${width}×${height} pixels.`,
    { remedy: 'Use another browser, or a smaller video.' },
  );
}

class WebCodecsEncoder implements VideoTrackEncoder {
  readonly source: VideoSampleSource;
  readonly #options: VideoTrackEncoderOptions;

  constructor(codec: VideoCodec, quality: Quality, options: VideoTrackEncoderOptions) {
    this.source = new VideoSampleSource({ codec, quality, keyFrameInterval: KEY_FRAME_SECONDS });
    this.#options = options;
  }

  async encode(i420: Uint8Array<ArrayBuffer>, timestampSeconds: number, durationSeconds: number): Promise<void> {
    const { width, height, encoding, colorSpace } = this.#options;
    using sample = new VideoSample(i420.slice(), {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: timestampSeconds,
      duration: durationSeconds,
      colorSpace: { ...colorSpace, fullRange: encoding.fullRange },
    });
    await this.source.add(sample);
  }

  /** Finalizing the output flushes and closes the source. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing of our own to free: the output closes the source.
  }
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
async function createWebCodecsAudioEncoder(
  options: AudioTrackEncoderOptions,
  name: string,
): Promise<WebCodecsAudioEncoder> {
  const { sampleRate, numberOfChannels } = options;
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
    if (await canEncodeAudio(codec, format)) return new WebCodecsAudioEncoder(options, encoding);
  }
  throw new LatentSyncError(
    'runtime-failed',
    wording`The sound of ${name} cannot be encoded here: neither AAC nor Opus is available.`,
    { remedy: 'Use a file with AAC sound (.m4a), which is copied as it is.' },
  );
}

class WebCodecsAudioEncoder implements AudioTrackEncoder {
  readonly source: AudioSampleSource;
  readonly #sampleRate: number;
  #samples = 0;

  constructor(own: AudioTrackEncoderOptions, { codec, sampleRate, numberOfChannels }: AudioEncoding) {
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

  /** Finalizing the output flushes and closes the source. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing of our own to free: the output closes the source.
  }
}
