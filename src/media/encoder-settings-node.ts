// How FFmpeg's encoders are set: one scale of quality and three presets for all codecs, a fixed number of threads, bounded memory.
import {
  FF_ENCODER_FFV1,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX264RGB,
  FF_ENCODER_LIBX265,
  FF_ENCODER_PRORES_KS,
  type FFVideoEncoder,
} from 'node-av/constants';
import type { EncodingPreset, VideoCodec } from './encoded-formats.ts';
import { pixelFormatOf } from './pixel-formats.ts';
import type { PictureTrack } from './video-writer.ts';

/** Pictures that x264 and x265 look ahead, each 5 MB at 1080p: half of what the presets take. */
const LOOKAHEAD = 10;

/** Each takes memory for two more pictures, and their number changes the result: it is the same on every machine. */
const THREADS = 3;

/** What an encoder is opened with. */
export interface EncoderSettings {
  encoder: FFVideoEncoder;
  /** FFmpeg's name of the format in which it takes pictures. */
  pixelFormat: string;
  options: Readonly<Record<string, string>>;
  /** A fixed quantizer, for encoders that have no other constant quality. */
  quantizer?: number;
  threads: number;
}

/** Returns how the pictures of a track are encoded. */
export function encoderSettings(track: PictureTrack): EncoderSettings {
  return { pixelFormat: pixelFormatOf(track.encoded), threads: THREADS, ...settings[track.codec](track) };
}

/**
 * The constant quality of each encoder at which pictures are about as much like the original (SSIM of luma) as those of x264 at a
 * quality: straight lines through what was measured on two clips, which docs/formats.md has. x265's is the same.
 */
const ownQuality = {
  av1: (quality: number) => Math.round(clamp(10 + 3 * (quality - 17), 1, 63)),
  vp9: (quality: number) => Math.round(clamp(19 + 2.4 * (quality - 17), 0, 63)),
  prores: (quality: number) => Math.round(clamp(0.66 * quality, 1, 34)),
};

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value));
}

type Settings = Pick<EncoderSettings, 'encoder' | 'options'> & Partial<EncoderSettings>;

/** x264's and x265's names; `fast` is within 0.5 dB of "medium" at the same size, in 0.6 of its time. */
const x264Presets: Readonly<Record<EncodingPreset, string>> = { fast: 'faster', medium: 'medium', slow: 'slow' };

/** 0–13, the quickest last. */
const svtPresets: Readonly<Record<EncodingPreset, number>> = { fast: 10, medium: 8, slow: 5 };

/** 0–8, the quickest last. */
const vpxSpeeds: Readonly<Record<EncodingPreset, number>> = { fast: 5, medium: 3, slow: 1 };

const settings: Readonly<Record<VideoCodec, (track: PictureTrack) => Settings>> = {
  h264: ({ encoded, quality, lossless, encodingPreset }) => ({
    encoder: encoded.colors === 'rgb' ? FF_ENCODER_LIBX264RGB : FF_ENCODER_LIBX264,
    ...(encoded.colors === 'rgb' && { pixelFormat: 'bgr24' }),
    options: {
      preset: x264Presets[encodingPreset],
      // Lossless is a quantizer of 0, which CRF 0 is with 8 bits only.
      ...(lossless ? { qp: '0' } : { crf: String(quality) }),
      'x264-params': `annexb=0:cpu-independent=1:rc-lookahead=${LOOKAHEAD}`,
    },
  }),
  hevc: ({ quality, lossless, encodingPreset }) => ({
    encoder: FF_ENCODER_LIBX265,
    options: {
      preset: encodingPreset,
      ...(!lossless && { crf: String(quality) }),
      // Without its own description of itself (info), which would be in every file.
      'x265-params': `log-level=error:info=0:pools=${THREADS}:frame-threads=${THREADS}:rc-lookahead=${LOOKAHEAD}${lossless ? ':lossless=1' : ''}`,
    },
  }),
  av1: ({ quality, encodingPreset }) => ({
    encoder: FF_ENCODER_LIBSVTAV1,
    options: {
      preset: String(svtPresets[encodingPreset]),
      crf: String(ownQuality.av1(quality)),
      'svtav1-params': `lp=${THREADS}`,
    },
  }),
  vp9: ({ encoded, quality, lossless, encodingPreset }) => ({
    encoder: FF_ENCODER_LIBVPX_VP9,
    options: {
      deadline: 'good',
      'cpu-used': String(vpxSpeeds[encodingPreset]),
      ...(lossless ? { lossless: '1' } : { crf: String(ownQuality.vp9(quality)) }),
      // Opacity is encoded picture by picture beside the colors, so that none may be there only for others.
      'auto-alt-ref': encoded.alpha ? '0' : '1',
      'lag-in-frames': String(2 * LOOKAHEAD),
      'tile-columns': '2',
      'row-mt': '0',
    },
  }),
  prores: ({ encoded, quality }) => ({
    encoder: FF_ENCODER_PRORES_KS,
    options: {
      profile: encoded.chromaShift[0] === 0 ? '4444' : 'hq',
      vendor: 'apl0',
      alpha_bits: encoded.alpha ? '16' : '0',
    },
    quantizer: ownQuality.prores(quality),
  }),
  ffv1: ({ encoded: { colors, depth, alpha } }) => ({
    encoder: FF_ENCODER_FFV1,
    // It has red, green and blue of 8 bits only side by side.
    ...(colors === 'rgb' && depth === 8 && { pixelFormat: alpha ? 'bgra' : 'bgr0' }),
    options: { level: '3', g: '1', slicecrc: '1', context: '0' },
  }),
};
