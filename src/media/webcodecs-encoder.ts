// Video encoding in browsers (WebCodecs): I420 pictures → H.264, or VP9 where H.264 is missing.
import { canEncodeVideo, Quality, VideoSample, VideoSampleSource, type VideoCodec } from 'mediabunny';
import type { Target } from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
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
 * await using writer = await createVideoOnTarget(target, { width: 512, height: 512, frameRate: 25 });
 */
export function createVideoOnTarget(target: Target, options: VideoWriterOptions): Promise<VideoWriter> {
  return createVideoWriter(options, {
    target,
    createEncoder: createWebCodecsEncoder,
    holdInMemory: true,
    aacDelaySamples: 0,
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
