import { describe, expect, it } from 'vitest';
import { colorPlanes, I420, pictureByteLength, rgbaLayout, type PictureLayout } from '../tensor/picture.ts';
import { PictureAreas, type PictureArea } from './picture-area.ts';

const yuv: PictureLayout = {
  ...rgbaLayout(61, 45),
  format: I420,
  encoding: { matrix: 'bt709', fullRange: false },
  chromaSite: [0, 0.5],
};
const deep: PictureLayout = { ...yuv, format: { ...I420, depth: 10 } };
const turned: PictureLayout = {
  ...yuv,
  uprightWidth: 45,
  uprightHeight: 61,
  orientation: { rotation: 90, flip: false },
};
const whole: PictureArea = { left: 0, right: 61, top: 0, bottom: 45 };

/** A picture that shows a bright pattern in an area, and around it black with the noise of an encoder. */
function barred(layout: PictureLayout, { left, right, top, bottom }: PictureArea): Uint8Array {
  const bytes = new Uint8Array(pictureByteLength(layout.format, layout.width, layout.height));
  const scale = 2 ** (layout.format.depth - 8);
  const black = layout.encoding.fullRange ? 0 : 16;
  colorPlanes(layout, bytes).forEach(({ data, width, height, offset, step, stride }, index) => {
    const isChroma = layout.format.colors === 'yuv' && index > 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isShown = x >= left && x < right && y >= top && y < bottom;
        const value = isShown ? 60 + ((5 * x + 3 * y) % 150) : black + ((x + y) % 3);
        data[offset + y * stride + x * step] = scale * (isChroma ? 128 : value);
      }
    }
  });
  return bytes;
}

describe('the area of a picture that shows something', () => {
  it.each([
    ['in 8 bits', yuv],
    ['in 10 bits', deep],
    ['of RGB', rgbaLayout(61, 45)],
  ])('lies between black bars, %s', (_, layout) => {
    const areas = new PictureAreas(layout);
    expect(areas.areaOf(barred(layout, whole))).toEqual(whole);
    const letterbox = { ...whole, top: 6, bottom: 37 };
    expect(areas.areaOf(barred(layout, letterbox))).toEqual({ ...whole, top: 8, bottom: 35 });
    const pillarbox = { ...whole, left: 9, right: 50 };
    expect(areas.areaOf(barred(layout, pillarbox))).toEqual({ ...whole, left: 11, right: 48 });
    const below = { ...whole, bottom: 30 };
    expect(areas.areaOf(barred(layout, below))).toEqual({ ...whole, bottom: 28 });
  });

  it('is all of it where nothing or next to nothing is shown', () => {
    const areas = new PictureAreas(yuv);
    for (const right of [0, 5]) expect(areas.areaOf(barred(yuv, { ...whole, right }))).toEqual(whole);
  });

  it('is known in upright pixels, too', () => {
    const area = { left: 10, right: 61, top: 0, bottom: 40 };
    expect(new PictureAreas(yuv).uprightBox(area)).toEqual({ x: 10, y: 0, width: 51, height: 40 });
    // Turned clockwise, the left of what is stored is on top, and its bottom on the left.
    const { x, y, width, height } = new PictureAreas(turned).uprightBox(area);
    expect([x, y, width, height].map((value) => Math.round(1e6 * value) / 1e6)).toEqual([5, 10, 40, 51]);
  });

  it('has of planes of chroma only the samples that belong to it alone, and of odd pictures the last ones', () => {
    const bytes = barred(yuv, whole);
    const sizesOf = (area: PictureArea): string[] =>
      new PictureAreas(yuv)
        .planes(bytes, area)
        .map(({ plane, toUpright }) => `${plane.width}×${plane.height} at ${toUpright[2]}, ${toUpright[5]}`);
    expect(sizesOf({ left: 11, right: 48, top: 8, bottom: 35 })).toEqual([
      '37×27 at 11, 8',
      '18×13 at 12, 8.5',
      '18×13 at 12, 8.5',
    ]);
    expect(sizesOf({ ...whole, left: 11 })).toEqual(['50×45 at 11, 0', '25×23 at 12, 0.5', '25×23 at 12, 0.5']);
    const [{ plane }] = new PictureAreas(yuv).planes(bytes, { ...whole, top: 3, left: 4 });
    expect(plane.data[plane.offset]).toBe(bytes[3 * 61 + 4]);
  });
});
