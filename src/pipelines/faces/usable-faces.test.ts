// unusableReasons: faces that are turned far away or cut off are not redrawn, without flickering at the limit.
import { expect, it } from 'vitest';
import type { TrackTableFace } from './track-table.ts';
import { unusableReasons } from './usable-faces.ts';

function face(turn?: number, isMouthCutOff?: boolean): TrackTableFace {
  return {
    track: 0,
    person: 1,
    box: { x: 0, y: 0, width: 100, height: 120 },
    points: [
      [30, 40],
      [70, 40],
      [50, 70],
    ],
    bridged: turn === undefined,
    ...(turn !== undefined && { turn, isMouthCutOff: isMouthCutOff ?? false }),
  };
}

const short = (turns: readonly (number | undefined)[]): string =>
  unusableReasons(turns.map((turn) => face(turn)))
    .map((reason) => (reason === 'turned' ? 'x' : '.'))
    .join('');

it('a face that turns away is left out beyond about 60°, until it is clearly back', () => {
  expect(short([0, 30, 50, 53, 55, 60, 57, 53, 50, 48, 30, 0])).toBe('....xxxxx...');
  expect(short([53, 50, 53, 50])).toBe('....');
});

it('where the face was not found, what was before goes on', () => {
  expect(short([60, undefined, undefined, 40, 40])).toBe('xxx..');
  expect(short([undefined, 10])).toBe('..');
});

it('moments in between stay out, too', () => {
  expect(short([60, 10, 10, 10, 10, 10, 60])).toBe('xxxxxxx');
  expect(short([60, 10, 10, 10, 10, 10, 10, 60])).toBe('x......x');
});

it('a mouth that is cut off by the edge of the picture is not redrawn', () => {
  expect(unusableReasons([face(0), face(5, true), face(60, true), face(0)])).toEqual([
    undefined,
    'cut-off',
    'turned',
    undefined,
  ]);
});

it('a mouth behind something, or blurred, is not redrawn until it is clearly seen again', () => {
  const of = (seen: Pick<TrackTableFace, 'mouthChange' | 'sharpness'>[]): string =>
    unusableReasons(seen.map((numbers) => ({ ...face(0), ...numbers })))
      .map((reason) => reason?.at(0) ?? '.')
      .join('');
  expect(of([1, 2, 2.5, 3, 2.4, 2, 1].map((mouthChange) => ({ mouthChange, sharpness: 0.6 })))).toBe('...hh..');
  expect(of([0.6, 0.38, 0.3, 0.38, 0.5].map((sharpness) => ({ sharpness, mouthChange: 1 })))).toBe('..bb.');
});
