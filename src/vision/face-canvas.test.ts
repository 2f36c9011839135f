import { describe, expect, it } from 'vitest';
import { byteDifference, cropMatrix, smoothImage } from '../../test/support/vision-images.ts';
import { toPixelValues, type Image8 } from '../tensor/image.ts';
import {
  bytesPerSample,
  colorPlanes,
  pictureByteLength,
  planeSizes,
  rgbaLayout,
  type PictureLayout,
} from '../tensor/picture.ts';
import { PictureCanvas } from './face-canvas.ts';
import { faceMatrix } from './face-space.ts';
import { composeAffine, invertAffine, transformPoint, type AffineMatrix } from './geometry.ts';
import { pasteOpacity } from './paste-opacity.ts';
import { PictureColors } from './picture-colors.ts';
import { planeMatrices } from './picture-geometry.ts';
import { PictureSampler } from './picture-sampler.ts';
import { faceTemplate } from './similarity.ts';

const RESOLUTION = 128;
const WIDTH = 220;
const HEIGHT = 240;
const place = cropMatrix(faceTemplate(RESOLUTION), { x: 110, y: 120, scale: 0.8, degrees: 9 });

const upright: PictureLayout = {
  ...rgbaLayout(WIDTH, HEIGHT),
  format: { colors: 'yuv', depth: 8, chromaShift: [1, 1], alpha: false },
  encoding: { matrix: 'bt601', fullRange: false },
  chromaSite: [0, 0.5],
};

/** Returns how the pixels of an upright image are stored: each sample is the mean of a few values around its place. */
function stored(image: Image8, layout: PictureLayout): Uint8Array {
  const { format, width, height } = layout;
  const bytes = new Uint8Array(pictureByteLength(format, width, height)).fill(255);
  const values = new PictureColors(layout).fromPixelValues(toPixelValues(image));
  for (const [index, plane] of colorPlanes(layout, bytes).entries()) {
    const matrix = planeMatrices(layout)[index];
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) {
        const [u, v] = transformPoint(matrix, [x, y]);
        const column = Math.max(0, Math.min(image.width - 1, Math.round(u)));
        const row = Math.max(0, Math.min(image.height - 1, Math.round(v)));
        plane.data[plane.offset + y * plane.stride + x * plane.step] = Math.round(
          values[index][row * image.width + column],
        );
      }
    }
  }
  return bytes;
}

const layouts: Readonly<Record<string, PictureLayout>> = {
  RGBA: rgbaLayout(WIDTH, HEIGHT),
  '8-bit 4:2:0': upright,
  '10-bit 4:2:2 of full range': {
    ...upright,
    format: { colors: 'yuv', depth: 10, chromaShift: [1, 0], alpha: false },
    encoding: { matrix: 'bt709', fullRange: true },
  },
  '12-bit 4:4:4 with opacity': {
    ...upright,
    format: { colors: 'yuv', depth: 12, chromaShift: [0, 0], alpha: true },
    encoding: { matrix: 'bt2020', fullRange: false },
  },
  '10-bit RGB': { ...upright, format: { colors: 'rgb', depth: 10, chromaShift: [0, 0], alpha: false } },
  'HDR by PQ': {
    ...upright,
    format: { colors: 'yuv', depth: 10, chromaShift: [1, 1], alpha: false },
    encoding: { matrix: 'bt2020', fullRange: false },
    transfer: 'pq',
  },
  'HDR by HLG': {
    ...upright,
    format: { colors: 'yuv', depth: 10, chromaShift: [1, 1], alpha: false },
    encoding: { matrix: 'bt2020', fullRange: false },
    transfer: 'hlg',
  },
  'turned by a quarter': { ...upright, width: HEIGHT, height: WIDTH, orientation: { rotation: 90, flip: false } },
  'upside down and mirrored': { ...upright, orientation: { rotation: 180, flip: true } },
  'pixels twice as wide as high': { ...upright, width: WIDTH / 2 },
};
const cases = Object.entries(layouts).map(([name, layout]) => ({ name, layout }));

/** Opacity of the mask at a sample of a plane. */
function opacityAt(opacity: Float32Array, u: number, v: number): number {
  const at = (x: number, y: number): number =>
    x >= 0 && y >= 0 && x < RESOLUTION && y < RESOLUTION ? opacity[y * RESOLUTION + x] : 0;
  const [x, y] = [Math.floor(u), Math.floor(v)];
  return Math.max(at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1));
}

describe('PictureCanvas', () => {
  const image = smoothImage(WIDTH, HEIGHT, 3);

  it.each(cases)('cuts the same face out of $name', ({ name, layout }) => {
    const expected = new PictureCanvas(RESOLUTION, rgbaLayout(WIDTH, HEIGHT)).cut(smoothImageRgba(image), place);
    const { face, difference } = cutOf(layout, stored(image, layout));
    expect(face).toMatchObject({ width: RESOLUTION, height: RESOLUTION, channels: 3 });
    const { mean } = difference(expected);
    // Colors at half the resolution, and those beyond SDR, differ by more than rounding.
    expect(mean, name).toBeLessThan(name === 'RGBA' ? 1e-9 : 4);
  });

  function cutOf(layout: PictureLayout, picture: Uint8Array) {
    const face = new PictureCanvas(RESOLUTION, layout).cut(picture, place);
    return { face, difference: (other: Image8) => byteDifference(face.data, other.data) };
  }

  it.each(cases)('pastes into $name under the mask alone, and what is drawn is there', ({ name, layout }) => {
    const before = stored(image, layout);
    const picture = before.slice();
    const drawn = new Float32Array(3 * RESOLUTION * RESOLUTION);
    drawn.forEach((_, i) => (drawn[i] = [0.2, -0.1, -0.3][Math.floor(i / RESOLUTION ** 2)]));
    new PictureCanvas(RESOLUTION, layout).paste(picture, drawn, place);

    const opacity = pasteOpacity(RESOLUTION);
    const expected = new PictureColors(layout).fromPixelValues(Float32Array.of(0.2, -0.1, -0.3));
    const toFace = faceMatrix(place, RESOLUTION);
    const [planesBefore, planes] = [colorPlanes(layout, before), colorPlanes(layout, picture)];
    let whole = 0;
    for (const [index, plane] of planes.entries()) {
      const matrix = composeAffine(toFace, planeMatrices(layout)[index]);
      let [changed, outside, worst] = [0, 0, 0];
      for (let y = 0; y < plane.height; y++) {
        for (let x = 0; x < plane.width; x++) {
          const at = plane.offset + y * plane.stride + x * plane.step;
          const differs = plane.data[at] !== planesBefore[index].data[at];
          if (differs) changed++;
          const weight = near(opacity, matrix, [x, y]);
          if (weight.most === 0 && differs) outside++;
          if (weight.least < 1) continue;
          whole++;
          worst = Math.max(worst, Math.abs(plane.data[at] - expected[index][0]));
        }
      }
      expect(worst, name).toBeLessThanOrEqual(0.5 + 1e-3);
      expect(outside, name).toBe(0);
      expect(changed).toBeGreaterThan(500);
    }
    expect(whole).toBeGreaterThan(1500);
    // Opacity and everything else that is not color keeps its bytes.
    const bytes = bytesPerSample(layout.format);
    const sizes = planeSizes(layout.format, layout.width, layout.height);
    if (layout.format.alpha) {
      const length = sizes[3].width * sizes[3].height * bytes;
      expect(Buffer.compare(picture.subarray(-length), before.subarray(-length))).toBe(0);
    }
  });

  it.each(cases)('leaves $name nearly as it was when the face is its own', ({ name, layout }) => {
    const before = stored(image, layout);
    const picture = before.slice();
    const canvas = new PictureCanvas(RESOLUTION, layout);
    canvas.paste(picture, toPixelValues(canvas.cut(picture, place)), place);
    const scale = 2 ** (layout.format.depth - 8);
    const planesBefore = colorPlanes(layout, before);
    for (const [index, plane] of colorPlanes(layout, picture).entries()) {
      const { mean } = byteDifference(plane.data, planesBefore[index].data);
      expect(mean / scale, name).toBeLessThan(0.6);
    }
  });

  it('pastes as opaque as is said', () => {
    const layout = layouts['8-bit 4:2:0'];
    const before = stored(image, layout);
    const white = new Float32Array(3 * RESOLUTION * RESOLUTION).fill(1);
    const pasted = (opacity: number) => {
      const picture = before.slice();
      new PictureCanvas(RESOLUTION, layout).paste(picture, white, place, { opacity });
      return picture;
    };
    const [half, whole] = [pasted(0.5), pasted(1)];
    const expected = before.map((value, i) => Math.round((value + whole[i]) / 2));
    expect(byteDifference(half, expected).maximum).toBeLessThanOrEqual(1);
  });

  it('cuts the picture as if it went on beyond its edge as it is there', () => {
    const template = faceTemplate(RESOLUTION);
    for (const { layout } of cases) {
      const canvas = new PictureCanvas(RESOLUTION, layout);
      const away = canvas.cut(
        stored(image, layout),
        cropMatrix(template, { x: -600, y: -600, scale: 0.8, degrees: 0 }),
      );
      const [red, green, blue] = away.data;
      expect(new Set(away.data)).toEqual(new Set([red, green, blue])); // one color: that of the corner
      expect(byteDifference([red, green, blue], smoothImageRgba(image).subarray(0, 3)).mean).toBeLessThan(5);
    }
  });

  it.each(cases)('takes $name for what is between black bars, and leaves these as they are', ({ layout }) => {
    const letterboxed: Image8 = { ...image, data: image.data.slice() };
    letterboxed.data.fill(0, 3 * WIDTH * 0.6 * HEIGHT); // the lower part of the face
    const picture = stored(letterboxed, layout);
    const canvas = new PictureCanvas(RESOLUTION, layout);
    const { area } = canvas.seenPart(picture);
    const darkest = Math.min(...canvas.cut(stored(image, layout), place).data);
    expect(Math.min(...canvas.cut(picture, place, area).data)).toBeGreaterThan(darkest - 10);
    const before = picture.slice();
    canvas.paste(picture, new Float32Array(3 * RESOLUTION ** 2).fill(1), place, { area });
    const size = { width: layout.uprightWidth, height: layout.uprightHeight };
    const sampler = new PictureSampler(layout);
    const [shown, changed] = [before, picture].map((bytes) => sampler.sample(bytes, [1, 0, 0, 0, 1, 0], size));
    const firstOfBar = 3 * layout.uprightWidth * Math.ceil(0.6 * layout.uprightHeight + 2);
    expect(changed.data.subarray(firstOfBar)).toEqual(shown.data.subarray(firstOfBar));
    expect(changed.data).not.toEqual(shown.data);
  });

  it.each(cases)('shows $name upright and small', ({ name, layout }) => {
    const thumbnail = new PictureSampler(layout).thumbnail(stored(image, layout), 24);
    expect([thumbnail.width, thumbnail.height]).toEqual([22, 24]);
    const expected = new PictureSampler(rgbaLayout(WIDTH, HEIGHT)).thumbnail(smoothImageRgba(image), 24);
    expect(byteDifference(thumbnail.data, expected.data).mean, name).toBeLessThan(5);
  });
});

function smoothImageRgba({ width, height, data }: Image8): Uint8Array {
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return rgba;
}

/** The largest and the smallest opacity around a sample: planes of chroma may use a mask of lower resolution. */
function near(opacity: Float32Array, matrix: AffineMatrix, point: readonly [number, number]) {
  const [u, v] = transformPoint(matrix, point);
  const range = { most: 0, least: 1 };
  for (let place = 0; place < 9; place++) {
    const value = opacityAt(opacity, u + 3 * (place % 3) - 3, v + 3 * Math.floor(place / 3) - 3);
    range.most = Math.max(range.most, value);
    range.least = Math.min(range.least, value);
  }
  return range;
}

describe('planeMatrices', () => {
  it('turn and mirror as the display matrix says', () => {
    const corner = (orientation: PictureLayout['orientation']) => {
      const turned = orientation.rotation % 180 !== 0;
      const [width, height] = turned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
      const [luma] = planeMatrices({ ...upright, width, height, orientation });
      return transformPoint(luma, [0, 0]).map(Math.round);
    };
    expect(corner({ rotation: 0, flip: false })).toEqual([0, 0]);
    expect(corner({ rotation: 90, flip: false })).toEqual([WIDTH - 1, 0]);
    expect(corner({ rotation: 180, flip: false })).toEqual([WIDTH - 1, HEIGHT - 1]);
    expect(corner({ rotation: 270, flip: false })).toEqual([0, HEIGHT - 1]);
    expect(corner({ rotation: 0, flip: true })).toEqual([WIDTH - 1, 0]);
    expect(corner({ rotation: 90, flip: true })).toEqual([0, 0]);
  });

  it('put chroma where its samples are', () => {
    const at = (chromaSite: PictureLayout['chromaSite']) =>
      transformPoint(planeMatrices({ ...upright, chromaSite })[1], [10, 10]);
    expect(at([0, 0.5])).toEqual([20, 20.5]);
    expect(at([0.5, 0.5])).toEqual([20.5, 20.5]);
    expect(at([0, 0])).toEqual([20, 20]);
    const [luma] = planeMatrices({ ...upright, width: WIDTH / 2 });
    expect(transformPoint(invertAffine(luma), [0.5, 0])[0]).toBeCloseTo(0, 12);
  });
});
