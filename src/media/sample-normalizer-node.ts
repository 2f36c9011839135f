// Decoded samples of any pixel format, depth and pixel shape → 8-bit 4:2:0 with square pixels, by FFmpeg's scaler.
import { AvFrameVideoSampleResource, toAvFrame } from '@mediabunny/server';
import { VideoSample } from 'mediabunny';
import {
  AV_PIX_FMT_YUV420P,
  AVCOL_SPC_RGB,
  AVCOL_SPC_BT709,
  FFmpegError,
  Frame,
  Rational,
  SoftwareScaleContext,
} from 'node-av';
import type { SampleNormalizer } from './sample-to-rgba.ts';

/** The {@link SampleNormalizer} for Node. Color tags are kept: only the arrangement of the values changes. */
export const normalizeInNode: SampleNormalizer = async (sample, width, height) => {
  if (sample.format === 'I420' && sample.codedWidth === width && sample.codedHeight === height) return sample;
  using source = new Frame();
  source.alloc();
  await toAvFrame(sample, source);
  const target = new Frame();
  try {
    target.alloc();
    target.width = width;
    target.height = height;
    target.format = AV_PIX_FMT_YUV420P;
    target.sampleAspectRatio = new Rational(1, 1);
    target.colorSpace = source.colorSpace === AVCOL_SPC_RGB ? AVCOL_SPC_BT709 : source.colorSpace;
    target.colorRange = source.colorRange;
    target.colorPrimaries = source.colorPrimaries;
    target.colorTrc = source.colorTrc;
    FFmpegError.throwIfError(target.allocBuffer(), 'allocate a frame');
    // Without a fixed configuration the scaler takes sizes, formats and color from the frames.
    using scaler = new SoftwareScaleContext();
    scaler.allocContext();
    FFmpegError.throwIfError(await scaler.scaleFrame(target, source), 'convert a frame');
  } catch (error) {
    target.free();
    throw error;
  }
  const { timestamp, duration } = sample;
  return new VideoSample(new AvFrameVideoSampleResource(target), { timestamp, duration });
};
