import { avGetPixFmtFromName } from 'node-av/lib';
import { expect, it } from 'vitest';
import { bitDepthOf, hasAlpha, pixelFormatOf, planarFormatOf } from './pixel-formats.ts';

it.each([
  ['yuv420p', 8, false],
  ['yuvj422p', 8, false],
  ['nv12', 8, false],
  ['rgb565le', 8, false],
  ['yuyv422', 8, false],
  ['yuv411p', 8, false],
  ['bgra', 8, true],
  ['pal8', 8, true],
  ['ya8', 8, true],
  ['gray9le', 9, false],
  ['yuv420p10le', 10, false],
  ['p010le', 10, false],
  ['yuv444p10msble', 10, false],
  ['x2rgb10be', 10, false],
  ['nv20le', 10, false],
  ['gbrap12be', 12, true],
  ['xyz12le', 12, false],
  ['yuva444p16le', 16, true],
  ['rgb48be', 16, false],
  ['rgba64le', 16, true],
  ['gbrpf32le', 32, false],
  ['rgba128le', 32, true],
])('%s has %i bits; transparency: %s', (name, bits, alpha) => {
  expect([bitDepthOf(name), hasAlpha(name)]).toEqual([bits, alpha]);
});

it.each([
  ['yuv420p', 'yuv420p'],
  ['yuvj422p', 'yuv422p'],
  ['yuv440p', 'yuv440p'],
  ['yuv411p', 'yuv411p'],
  ['yuv410p', 'yuv410p'],
  ['yuva420p', 'yuva420p'],
  ['nv12', 'yuv420p'],
  ['nv16', 'yuv422p'],
  ['p010le', 'yuv420p10le'],
  ['p216le', 'yuv422p12le'],
  ['yuyv422', 'yuv422p'],
  ['uyyvyy411', 'yuv411p'],
  ['y210le', 'yuv422p10le'],
  ['xv36le', 'yuv444p12le'],
  ['ayuv64le', 'yuva444p12le'],
  ['vuyx', 'yuv444p'],
  ['yuv420p9le', 'yuv420p10le'],
  ['yuv444p16be', 'yuv444p12le'],
  ['yuva444p10le', 'yuva444p10le'],
  ['gray', 'gray'],
  ['ya8', 'gray'],
  ['monow', 'gray'],
  ['gray16be', 'gray12le'],
  ['rgb24', 'gbrp'],
  ['bgr0', 'gbrp'],
  ['pal8', 'gbrap'],
  ['rgb555le', 'gbrp'],
  ['rgba64le', 'gbrap12le'],
  ['gbrp10le', 'gbrp10le'],
  ['unknown', 'yuv420p'],
])('%s is passed on as %s', (name, planes) => {
  expect(pixelFormatOf(planarFormatOf(name))).toBe(planes);
  expect(avGetPixFmtFromName(planes)).toBeGreaterThanOrEqual(0);
});
