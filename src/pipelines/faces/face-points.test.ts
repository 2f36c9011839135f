// FacePoints: rows of a points file → the points of each frame; and the table that is made of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VideoImage } from '../../media/video-reader.ts';
import { createImage8 } from '../../tensor/image.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { ChosenFaces } from './chosen-faces.ts';
import { boxAround, FacePoints } from './face-points.ts';
import { givenFaces } from './given-faces.ts';
import { formatPoints, isFace, parsePoints, type PointsRow } from './points-file.ts';
import { pointsTemplate } from './points-template.ts';
import { TrackTable, type TrackTableInput } from './track-table.ts';

const at = (x: number, y = 50): AlignmentPoints => [
  [x, y],
  [x + 40, y],
  [x + 20, y + 20],
];

/** Ten frames, the last of which are shown longer. */
const timestamps = Float64Array.of(0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.3, 0.4, 0.5, 0.6);
const video = { name: 'talk.mp4', timestamps, info: { width: 320, height: 240, durationSeconds: 0.7 } };

function given(rows: readonly [at: number, points: AlignmentPoints | undefined][], unit: 'time' | 'frame' = 'frame') {
  const numbered = rows.map(([moment, points], index): PointsRow => ({ at: moment, points, line: index + 2 }));
  return new FacePoints({ name: 'p.csv', unit, rows: numbered }, video);
}

const lefts = (points: FacePoints): (number | undefined)[] =>
  Array.from(timestamps, (_, frame) => points.at(frame)?.[0][0]);

describe('FacePoints', () => {
  it('stay before the first row, move evenly in time between rows, and stay after the last one', () => {
    const moved = lefts(given([[1, at(10)], [3, at(30)], [7, at(100)]])); // prettier-ignore
    const expected = [10, 10, 20, 30, 40, 50, 75, 100, 100, 100];
    expect(moved.map((x) => Math.round(x! * 1e6) / 1e6)).toEqual(expected);
  });

  it('are nowhere from a row without points on', () => {
    const moved = lefts(given([[0, undefined], [2, at(10)], [5, undefined], [8, at(90)]])); // prettier-ignore
    expect(moved).toEqual([undefined, undefined, 10, 10, 10, undefined, undefined, undefined, 90, 90]);
  });

  it('belong to the frame nearest to their time, of several the last', () => {
    const points = given([[0.019, at(10)], [0.021, at(20)], [0.05, at(30)], [0.69, at(40)]], 'time'); // prettier-ignore
    expect([points.at(0), points.at(1), points.at(9)]).toEqual([at(10), at(30), at(40)]);
  });

  it('must be in the video, near its picture, and a face in between', () => {
    expect(() => given([[0.71, at(10)]], 'time')).toThrow(
      'p.csv, line 2: time must be before the end of talk.mp4, 0.7 s',
    );
    expect(() => given([[10, at(10)]])).toThrow('p.csv, line 2: frame must be from 0 to 9');
    expect(() => given([[0, at(10)], [1, at(621)]])).toThrow('p.csv, line 3: the point (661, 50) must be in the picture'); // prettier-ignore
    const over = at(40).map(([x, y]) => [100 - x, 100 - y]) as unknown as AlignmentPoints;
    expect(() => given([[0, at(40)], [2, over]])).toThrow('must not turn over between line 2 and this one'); // prettier-ignore
    expect(given([[0, at(40)], [1, over]]).at(1)).toEqual(over); // prettier-ignore
  });

  it('are a face in every frame, or refused', () => {
    const coordinate = fc.integer({ min: -200, max: 400 });
    const triangle = fc
      .tuple(coordinate, coordinate, coordinate, coordinate, coordinate, coordinate)
      .map(([a, b, c, d, e, f]): AlignmentPoints => [
        [a, b],
        [c, d],
        [e, f],
      ]);
    const row = fc.tuple(fc.integer({ min: 0, max: 750 }), fc.option(triangle.filter(isFace), { nil: undefined }));
    const rows = fc.uniqueArray(row, { minLength: 1, maxLength: 6, selector: ([time]) => time });
    fc.assert(
      fc.property(rows, (found) => {
        const sorted = found.toSorted(([a], [b]) => a - b);
        let points: FacePoints;
        try {
          points = given(
            sorted.map(([time, at]) => [time / 1000, at]),
            'time',
          );
        } catch (error) {
          expect(error).toMatchObject({ code: 'input-invalid' });
          return;
        }
        for (const frame of timestamps.keys()) {
          const there = points.at(frame);
          if (there) expect(boxAround(there).width).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('have a box around the face', () => {
    const { x, y, width, height } = boxAround(at(100, 100));
    expect(x + width / 2).toBeCloseTo(120, 0);
    expect([width, height].map(Math.round)).toEqual([74, 98]);
    expect(y).toBeGreaterThan(75);
  });
});

/** Frames of which the sixth begins another shot. */
async function* frames(): AsyncGenerator<VideoImage> {
  for (const [index, timestampSeconds] of timestamps.entries()) {
    const data = createImage8(32, 32, 4, new Uint8ClampedArray(32 * 32 * 4).fill(index < 5 ? 40 : 200));
    yield await Promise.resolve({ index, sourceIndex: index, timestampSeconds, durationSeconds: 0.04, data });
  }
}

async function tableOf(points: FacePoints): Promise<TrackTable> {
  const entries: TrackTableInput[] = [];
  for await (const { frame, ...rest } of givenFaces(frames(), points, {})) entries.push({ ...frame, ...rest });
  return TrackTable.from(entries, 'one-person');
}

describe('a table of given points', () => {
  it('has one person, and a track for each shot and after each gap', async () => {
    const table = await tableOf(given([[0, at(10)], [2, undefined], [3, at(10)]])); // prettier-ignore
    expect(table.tracks.map(({ firstRow, lastRow, person, shot }) => [firstRow, lastRow, person, shot])).toEqual([
      [0, 1, 1, 0],
      [3, 4, 1, 0],
      [5, 9, 1, 1],
    ]);
    const [faces] = ChosenFaces.of(table, 'largest', 'talk.mp4');
    expect(Array.from(timestamps, (_, frame) => faces.face(frame) !== undefined).indexOf(false)).toBe(2);
  });

  it('gives a template that means the same', async () => {
    const table = await tableOf(given([[1, at(10)], [4, at(40)], [5, at(200)], [6, undefined], [8, at(20)]])); // prettier-ignore
    const { rows, comment } = pointsTemplate(ChosenFaces.of(table, 'largest', 'talk.mp4')[0], video);
    for (const format of ['.csv', '.json'] as const) {
      const file = parsePoints(formatPoints(rows, { format, comment }), { name: 'p', format });
      const again = await tableOf(new FacePoints(file, video));
      expect(again.tracks.map(({ firstRow, lastRow }) => [firstRow, lastRow])).toEqual(
        table.tracks.map(({ firstRow, lastRow }) => [firstRow, lastRow]),
      );
      for (const frame of timestamps.keys()) {
        const [before, after] = [table, again].map((found) =>
          found
            .faces(frame)
            .map(({ points }) => points.flat())
            .flat(),
        );
        expect(before.length).toBe(after.length);
        for (const [index, value] of before.entries()) expect(Math.abs(value - after[index])).toBeLessThan(0.9);
      }
    }
    expect(rows.length).toBe(7); // frames 0, 1, 4, 5, 6, 8 and 9: even movement needs no more
  });

  it('gives a face in the middle of the picture where there is no face', async () => {
    const faces = new ChosenFaces(await TrackTable.from([]), []);
    const { rows } = pointsTemplate(faces, video);
    const points = [
      [142, 102.4],
      [178, 102.4],
      [160, 120],
    ];
    expect(rows).toEqual([
      { at: 0, points },
      { at: 0.6, points },
    ]);
  });
});
