// DissolveDetector: one picture that turns into another is found; what moves, and light that changes, are not.
import { expect, it } from 'vitest';
import { DissolveDetector } from './dissolve-detector.ts';

const CELLS = 32;
const FRAMES = 24;

function thumbnail(value: (x: number, y: number) => number): Float32Array {
  return Float32Array.from({ length: CELLS * CELLS }, (_, i) => value(i % CELLS, Math.floor(i / CELLS)));
}

/** Returns the frames of which the detector says that they are in a dissolve. */
function dissolving(frame: (index: number) => Float32Array, isCut: (index: number) => boolean = () => false): number[] {
  const detector = new DissolveDetector();
  const found: number[] = [];
  for (let index = 0; index < FRAMES; index++) {
    if (detector.isDissolve(frame(index), isCut(index))) found.push(index - detector.delay);
  }
  return found;
}

const one = (x: number, y: number): number => 120 + 60 * Math.sin(x / 3) * Math.cos(y / 4);
const other = (x: number, y: number): number => 110 + 60 * Math.cos(x / 5 + y / 3);
const mixed = (share: number): Float32Array => thumbnail((x, y) => one(x, y) * (1 - share) + other(x, y) * share);

it('finds the frames of a dissolve, from about its first quarter to its last', () => {
  const found = dissolving((index) => mixed(Math.min(1, Math.max(0, (index - 6) / 12))));
  expect(found).toEqual(expect.arrayContaining([9, 10, 11, 12, 13, 14, 15]));
  expect(found.every((index) => index > 6 && index < 18)).toBe(true);
});

it('takes neither what moves, nor light, nor a cut for one', () => {
  expect(dissolving((index) => thumbnail((x, y) => one(x + 2 * index, y)))).toEqual([]);
  expect(dissolving((index) => thumbnail((x, y) => one(x, y) * (1 - index / 40)))).toEqual([]);
  const cut = (index: number): boolean => index === 12;
  expect(dissolving((index) => mixed(index < 12 ? 0 : 1), cut)).toEqual([]);
});
