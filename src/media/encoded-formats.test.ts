import { expect, it } from 'vitest';
import { encodedFormat, type VideoCodec } from './encoded-formats.ts';
import { pixelFormatOf, planarFormatOf } from './pixel-formats.ts';

it.each<[VideoCodec, string, string]>([
  ['h264', 'yuv420p', 'yuv420p'],
  ['h264', 'yuv422p', 'yuv422p'],
  ['h264', 'yuv444p', 'yuv444p'],
  ['h264', 'yuv420p12le', 'yuv420p10le'],
  ['h264', 'yuv411p', 'yuv422p'],
  ['h264', 'yuv410p', 'yuv420p'],
  ['h264', 'yuv440p', 'yuv444p'],
  ['h264', 'yuva420p', 'yuv420p'],
  ['h264', 'gray', 'yuv420p'],
  ['h264', 'rgb24', 'yuv444p'],
  ['hevc', 'yuv422p10le', 'yuv422p10le'],
  ['hevc', 'yuv444p16le', 'yuv444p12le'],
  ['hevc', 'gbrp10le', 'yuv444p10le'],
])('%s holds %s as %s', (codec, from, to) => {
  expect(pixelFormatOf(encodedFormat(codec, planarFormatOf(from)))).toBe(to);
});
