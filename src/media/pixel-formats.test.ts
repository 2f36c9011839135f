import { expect, it } from 'vitest';
import { bitDepthOf, hasAlpha } from './pixel-formats.ts';

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
