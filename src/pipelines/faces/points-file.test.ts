// Points files: what is read back of what is written, and how faults are told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatentSyncError } from '../../util/errors.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { formatPoints, isFace, parsePoints, type PointsFormat } from './points-file.ts';

const HEADER = 'time,left_eyebrow_x,left_eyebrow_y,right_eyebrow_x,right_eyebrow_y,nose_x,nose_y';
const FACE = '100,50,140,50,120,70';
const POINTS: AlignmentPoints = [
  [100, 50],
  [140, 50],
  [120, 70],
];
const entry = (rest: object): string => JSON.stringify([{ time: 0, points: null }, rest]).replace('},{', '},\n{');
const named = { leftEyebrow: [100, 50], rightEyebrow: [140, 50], nose: [120, 70] };

const parse = (text: string, format: PointsFormat = '.csv'): ReturnType<typeof parsePoints> =>
  parsePoints(text, { name: `p${format}`, format });

describe('parsePoints', () => {
  it('reads tables: comments, columns in any order, other separators, quotes, times with colons', () => {
    const table = `# mine\r\n\r\nnose_x;nose_y;"time";${HEADER.split(',').slice(1, 5).join(';')}\r\n120;70;"0:01.5";100;50;140;50\r\n;;2;;;;\r\n`;
    expect(parse(table)).toEqual({
      name: 'p.csv',
      unit: 'time',
      rows: [
        { at: 1.5, points: POINTS, line: 4 },
        { at: 2, points: undefined, line: 5 },
      ],
    });
    expect(parse(`${HEADER.replace('time', 'frame')}\n7,${FACE}`)).toMatchObject({ unit: 'frame', rows: [{ at: 7 }] });
  });

  it('reads lists, and knows the lines of their entries', () => {
    const text = `[{"frame": 3, "points": ${JSON.stringify(named)}},\n\n {"frame": 9,\n "points": null}\n]`;
    expect(parse(text, '.json')).toEqual({
      name: 'p.json',
      unit: 'frame',
      rows: [
        { at: 3, points: POINTS, line: 1 },
        { at: 9, points: undefined, line: 3 },
      ],
    });
  });

  it.each<[string, PointsFormat, string]>([
    ['', '.csv', 'line 1: there must be a line with the names of the columns'],
    [HEADER, '.csv', 'line 1: there must be at least one row with points'],
    [`${HEADER}\n0,,,,,,`, '.csv', 'line 2: there must be at least one row with points'],
    [`${HEADER},mouth_x`, '.csv', 'line 1: "mouth_x" is not a column'],
    [`${HEADER},nose_x`, '.csv', 'line 1: nose_x is there twice'],
    [`${HEADER},frame`, '.csv', 'line 1: there must be a column time or frame, not both'],
    [HEADER.replace(',nose_y', ''), '.csv', 'line 1: the column nose_y is missing'],
    [`${HEADER}\n0,${FACE}\n1,2`, '.csv', 'line 3: there must be 7 values, one for each column (got 2)'],
    [`${HEADER}\n0,1,2,3,4,5,`, '.csv', 'line 2: nose_y must be a number of pixels (got nothing)'],
    [`${HEADER}\n0,1e9,2,3,4,5,6`, '.csv', 'line 2: left_eyebrow_x must be a number of pixels (got "1e9")'],
    [`${HEADER}\n0,0x10,2,3,4,5,6`, '.csv', 'line 2: left_eyebrow_x must be a number of pixels (got "0x10")'],
    [`${HEADER}\n-1,${FACE}`, '.csv', 'line 2: time must be a time, 0 or more'],
    [`${HEADER.replace('time', 'frame')}\n1.5,${FACE}`, '.csv', 'line 2: frame must be the number of a frame'],
    [`${HEADER}\n1,${FACE}\n1,${FACE}`, '.csv', 'line 3: time must be above that of the row before, 1 (got 1)'],
    [`${HEADER}\n0,140,50,100,50,120,70`, '.csv', 'line 2: the eyebrows and the nose must be a triangle'],
    [`${HEADER}\n0,1,1,1,1,1,1`, '.csv', 'line 2: the eyebrows and the nose must be a triangle'],
    [`${HEADER}\n0,100,50,103,50,101,53`, '.csv', 'with the eyebrows 4 pixels or more apart'],
    ['[\n{"time": 0,\n}]', '.json', 'line 3: this is not JSON'],
    ['[{"time": 0}', '.json', 'this is not JSON'],
    ['{}', '.json', 'line 1: the file must hold a list of entries'],
    ['[]', '.json', 'line 1: there must be at least one row with points'],
    ['[\n\n"a,[\\"{", 5]', '.json', 'line 3: an entry must be an object (got "a,'],
    [entry({ time: 1, frame: 2, points: null }), '.json', 'line 2: an entry must have time or frame, not both'],
    [entry({ frame: 1, points: null }), '.json', 'line 2: an entry must have time, as those before it do'],
    [entry({ time: 1, points: null, face: 1 }), '.json', 'line 2: "face" is not a part of an entry'],
    [entry({ time: 1 }), '.json', 'line 2: points must be an object, or null where no face is'],
    [entry({ time: 1, points: { ...named, chin: [1, 2] } }), '.json', 'line 2: "chin" is not one of the points'],
    [entry({ time: 1, points: { ...named, nose: [1] } }), '.json', 'line 2: nose must be two numbers of pixels'],
    [entry({ time: 1, points: { ...named, nose: ['1', 2] } }), '.json', 'line 2: nose must be two numbers of pixels'],
    [entry({ time: null, points: named }), '.json', 'line 2: time must be a time, 0 or more'],
  ])('refuses %j', (text, format, message) => {
    expect(() => parse(text, format)).toThrow(message);
    expect(() => parse(text, format)).toThrow(expect.objectContaining({ code: 'input-invalid' }) as Error);
  });

  it('reads what is written', () => {
    const coordinate = fc.integer({ min: -20000, max: 20000 }).map((value) => value / 10);
    const point = fc.tuple(coordinate, coordinate);
    const face = fc.tuple(point, point, point).filter(isFace);
    const moments = fc.uniqueArray(
      fc.integer({ min: 0, max: 1e7 }).map((value) => value / 1000),
      { minLength: 1, maxLength: 8 },
    );
    const written = moments.chain((times) => {
      const size = { minLength: times.length, maxLength: times.length };
      return fc.tuple(fc.constant(times), fc.array(fc.option(face, { nil: undefined }), size), face);
    });
    fc.assert(
      fc.property(written, fc.constantFrom<PointsFormat>('.csv', '.json'), ([times, faces, first], format) => {
        const rows = times.toSorted((a, b) => a - b).map((at, i) => ({ at, points: i === 0 ? first : faces[i] }));
        const text = formatPoints(rows, { format, comment: 'Two\nlines' });
        expect(parse(text, format).rows.map(({ at, points }) => ({ at, points }))).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses anything else with an error that has a code', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        HEADER,
        FACE,
        '\n',
        ',',
        ';',
        '"',
        '[',
        ']',
        '{',
        '}',
        '#',
        '0',
        ':',
        '-',
        '.',
        'e5',
        'null',
        '\\',
      ),
      fc.constantFrom('{"time":1,"points":', JSON.stringify(named), '"nose":[1,2]'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(text, fc.constantFrom<PointsFormat>('.csv', '.json'), (garbage, format) => {
        try {
          expect(parse(garbage, format).rows.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(LatentSyncError);
          expect(error).toMatchObject({
            code: 'input-invalid',
            message: expect.stringMatching(/^p\.\w+, line \d+: /) as string,
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
