// The formats in which browsers hand decoded frames over, as RGBA of the same colors.
import { VideoSample, type VideoSamplePixelFormat } from 'mediabunny';
import { describe, expect, test } from 'vitest';
import { PictureBuffers } from './picture-buffers.ts';
import { SampleConverter } from './sample-to-rgba.ts';
import type { YuvMatrix } from '../tensor/yuv-encoding.ts';
import { rgbaToEvenI420 } from './yuv.ts';

const width = 16;
const height = 8;
const color = [180, 60, 90] as const;
const other = [20, 160, 110] as const;

/** One color left, another right. */
const picture = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : ((i >> 2) % width < width / 2 ? color : other)[i % 4],
);

/** Values of the picture in a format: the planes of 4:2:0, rearranged, or with each chroma value repeated. */
function valuesOf(format: VideoSamplePixelFormat, matrix: YuvMatrix): ArrayBufferView<ArrayBuffer> {
  const i420 = new Uint8Array((width * height * 3) / 2);
  rgbaToEvenI420(picture, width, height, { matrix, fullRange: false }, i420);
  const [luma, cb, cr] = [i420.subarray(0, 128), i420.subarray(128, 160), i420.subarray(160)];
  const upsampled = (chroma: Uint8Array, perRow: number): number[] =>
    Array.from({ length: height * perRow }, (_, i) => {
      const column = Math.floor(((i % perRow) * (width / 2)) / perRow);
      return chroma[(Math.floor(i / perRow) >> 1) * (width / 2) + column];
    });
  switch (format) {
    case 'I420':
      return i420;
    case 'NV12':
      return Uint8Array.from([...luma, ...[...cb].flatMap((value, i) => [value, cr[i]])]);
    case 'I422':
      return Uint8Array.from([...luma, ...upsampled(cb, width / 2), ...upsampled(cr, width / 2)]);
    case 'I444':
      return Uint8Array.from([...luma, ...upsampled(cb, width), ...upsampled(cr, width)]);
    case 'I420P10':
      return Uint16Array.from(i420, (value) => value * 4);
    case 'I420A':
      return Uint8Array.from([...i420, ...new Uint8Array(width * height).fill(128)]);
    case 'RGBX':
      return picture;
    default:
      throw new Error(format);
  }
}

describe.skipIf(typeof document === 'undefined')('in Chromium', () => {
  test.each(['I420', 'NV12', 'I422', 'I444', 'I420P10', 'I420A', 'RGBX'] as const)(
    '%s of untagged and of tagged files has the right colors',
    async (format) => {
      for (const matrix of ['bt601', 'bt709'] as const) {
        const colorSpace = matrix === 'bt709' ? ({ matrix } as const) : {}; // a small untagged picture is BT.601
        const orientation = { rotation: 0, flip: false } as const;
        const converter = new SampleConverter({ width, height, orientation, colorSpace }, new PictureBuffers());
        const size = { codedWidth: width, codedHeight: height };
        // Browsers say BT.709 of frames that say nothing.
        const guessed = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const;
        const tags = format === 'RGBX' ? {} : { colorSpace: guessed };
        using sample = new VideoSample(valuesOf(format, matrix), { format, ...size, timestamp: 0, ...tags });
        const frame = sample.toVideoFrame();
        using decoded = new VideoSample(frame);
        const rgba = await converter.toRgba(decoded);
        for (const [x, expected] of [
          [3, color],
          [12, other],
        ] as const) {
          const at = 4 * (4 * width + x);
          expected.forEach((value, channel) => {
            expect(Math.abs(rgba[at + channel] - value), `${matrix} ${x} ${channel}`).toBeLessThanOrEqual(3);
          });
          expect(rgba[at + 3]).toBe(255);
        }
      }
    },
  );
});
