// Which formats codecs hold, what they make of others, and what is refused.
import { expect, it } from 'vitest';
import {
  checkEncoding,
  encodedFormat,
  formatChanges,
  type EncodingOptions,
  type VideoCodec,
} from './encoded-formats.ts';
import { pixelFormatOf, planarFormatOf } from './pixel-formats.ts';
import type { VideoContainer } from './output-containers.ts';

it.each<[VideoCodec, string, string, string?]>([
  ['h264', 'yuv420p', 'yuv420p'],
  ['h264', 'yuv422p', 'yuv422p'],
  ['h264', 'yuv444p', 'yuv444p'],
  ['h264', 'yuv420p12le', 'yuv420p10le', '12 bits become 10'],
  ['h264', 'yuv411p', 'yuv422p'],
  ['h264', 'yuv410p', 'yuv420p'],
  ['h264', 'yuv440p', 'yuv444p'],
  ['h264', 'yuva420p', 'yuv420p', 'the transparency is lost'],
  ['h264', 'gray', 'yuv420p'],
  ['h264', 'rgb24', 'yuv444p', 'RGB becomes 4:4:4'],
  ['hevc', 'yuv422p10le', 'yuv422p10le'],
  ['hevc', 'yuv444p16le', 'yuv444p12le'],
  ['hevc', 'gbrp10le', 'yuv444p10le', 'RGB becomes 4:4:4'],
  ['av1', 'yuv444p12le', 'yuv420p10le', '12 bits become 10, 4:4:4 becomes 4:2:0'],
  ['vp9', 'yuv440p', 'yuv444p'],
  ['ffv1', 'yuv440p', 'yuv440p'],
  ['vp9', 'yuva444p10le', 'yuva420p', '10 bits become 8, 4:4:4 becomes 4:2:0'],
  ['prores', 'yuv420p', 'yuv422p10le'],
  ['prores', 'yuva420p', 'yuva444p10le'],
  ['ffv1', 'gray10le', 'gray10le'],
  ['ffv1', 'gbrap', 'gbrap'],
  ['ffv1', 'yuva420p12le', 'yuva422p12le'],
])('%s holds %s as %s', (codec, from, to, changes = '') => {
  const given = planarFormatOf(from);
  const encoded = encodedFormat(given, { codec, container: 'mkv', lossless: false });
  expect(pixelFormatOf(encoded)).toBe(to);
  expect(formatChanges(given, encoded).join(', ')).toBe(changes);
});

it.each<[EncodingOptions, VideoContainer, string]>([
  [
    { codec: 'prores' },
    'mp4',
    'options.codec must be h264, hevc, av1 or vp9 for MP4, which does not hold ProRes here; ProRes goes into files named .mov or .mkv (got "prores").',
  ],
  [
    { codec: 'h264' },
    'webm',
    'options.codec must be av1 or vp9 for WebM, which does not hold H.264 here; H.264 goes into files named .mp4, .mov or .mkv (got "h264").',
  ],
  [
    { codec: 'av1', lossless: true },
    'mkv',
    'options.lossless must be left out with AV1, which is not encoded without loss here; in MKV, options.codec can be h264, hevc, vp9 or ffv1 for that (got true).',
  ],
  [{ codec: 'prores', quality: 0 }, 'mov', 'quality must be above 0 with ProRes'],
  [{ lossless: true, quality: 20 }, 'mp4', 'options.quality must be left out with options.lossless (got 20).'],
  [{ codec: 'ffv1', quality: 20 }, 'mkv', 'quality must be left out with FFV1, which is always lossless (got 20).'],
  [{ codec: 'prores', keyframes: 1 }, 'mov', 'keyframes must be left out with ProRes'],
  [{ codec: 'ffv1', encodingPreset: 'slow' }, 'mkv', 'encodingPreset must be left out with FFV1'],
])('%j is refused in %s', (options, container, message) => {
  expect(() => {
    checkEncoding(options, container);
  }).toThrow(message);
});
