// mouthLook and faceSharpness: what opens and closes, and light, count little; what is before the mouth, and blur, count much.
import { expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { faceSharpness } from './face-sharpness.ts';
import { mouthLook, mouthLookChange, MouthLooks } from './mouth-look.ts';

const SIZE = 200;

/** A mesh of which every landmark is somewhere on a face 100 pixels wide, those of the mouth below its middle. */
function landmarks(): Float32Array {
  const mesh = new Float32Array(468 * 3);
  const mouth = [
    39, 81, 40, 80, 0, 13, 37, 82, 267, 312, 269, 311, 270, 310, 181, 178, 91, 88, 17, 14, 84, 87, 314, 317,
  ];
  const around = [
    405, 402, 321, 318, 164, 167, 393, 186, 92, 57, 43, 410, 322, 287, 273, 18, 83, 313, 200, 199, 201, 421,
  ];
  for (let index = 0; index < 468; index++)
    mesh.set([60 + ((index * 37) % 80), 60 + ((index * 11) % 30), 0], 3 * index);
  for (const index of [...mouth, ...around, 204, 211, 202, 424, 431, 422])
    mesh.set([80 + ((index * 7) % 40), 120 + ((index * 3) % 20), 0], 3 * index);
  mesh.set([50, 100, 0], 3 * 234);
  mesh.set([150, 100, 0], 3 * 454);
  mesh.set([100, 40, 0], 3 * 10);
  mesh.set([100, 160, 0], 3 * 152);
  mesh.set([67, 80, 0], 3 * 33);
  mesh.set([133, 80, 0], 3 * 263);
  mesh.set([100, 100, 0], 3 * 4);
  return mesh;
}

function picture(color: (x: number, y: number) => readonly [number, number, number]): Image8 {
  const image = createImage8(SIZE, SIZE, 3);
  for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) image.data.set(color(x, y), 3 * (y * SIZE + x));
  return image;
}

const isMouth = (y: number): boolean => y > 110 && y < 150;
const face = (x: number, y: number): [number, number, number] =>
  isMouth(y) ? [150, 80, 75] : [190 + (x % 5), 140 + (y % 5), 115];
const usual = new MouthLooks();
for (let k = 0; k < 9; k++) usual.add(mouthLook(picture(face), landmarks()));

it('the same mouth in another light looks the same', () => {
  const dim = picture((x, y) => face(x, y).map((value) => 0.6 * value) as [number, number, number]);
  expect(mouthLookChange(mouthLook(dim, landmarks()), usual.median)).toBeLessThan(1);
});

it('a dark thing, or a hand, before the mouth looks different', () => {
  const thing = picture((x, y) => (isMouth(y) ? [30, 30, 34] : face(x, y)));
  expect(mouthLookChange(mouthLook(thing, landmarks()), usual.median)).toBeGreaterThan(4);
  const hand = picture((x, y) => (isMouth(y) ? [185, 138, 112] : face(x, y)));
  expect(mouthLookChange(mouthLook(hand, landmarks()), usual.median)).toBeGreaterThan(3);
});

it('the usual look is that of most frames', () => {
  const looks = new MouthLooks();
  const thing = mouthLook(
    picture(() => [30, 30, 34]),
    landmarks(),
  );
  for (let k = 0; k < 4; k++) looks.add(thing);
  for (let k = 0; k < 5; k++) looks.add(mouthLook(picture(face), landmarks()));
  expect(looks.median).toEqual(usual.median);
});

it('a blurred face is less sharp, whatever its contrast', () => {
  const lines = (contrast: number, softness: number): Image8 =>
    picture((x, y) => {
      const value =
        128 + contrast * Math.tanh(Math.sin(x / 9) / softness) + contrast * Math.tanh(Math.sin(y / 7) / softness);
      return [value, value, value];
    });
  const sharp = faceSharpness(lines(50, 0.05), landmarks());
  expect(faceSharpness(lines(20, 0.05), landmarks())).toBeCloseTo(sharp, 1);
  expect(faceSharpness(lines(50, 2), landmarks())).toBeLessThan(0.75 * sharp);
});
