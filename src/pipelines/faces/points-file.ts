// Points files: a face's alignment points at some moments of a video, from a user, as CSV or JSON text; docs/points.md has the format.
import { LatentSyncError } from '../../util/errors.ts';
import { shownValue } from '../../util/printable.ts';
import { TIME_RULE, timeOf } from '../../util/times.ts';
import { wording } from '../../util/wording.ts';
import type { Point } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';

/** Where the face is at a moment. */
export interface PointsRow {
  /** Seconds from the start of the first frame of the video, or the number of a frame from 0, as {@link PointsFile.unit} says. */
  readonly at: number;
  /** In pixels of the upright picture; undefined: there is no face from here on, until the next row with points. */
  readonly points: AlignmentPoints | undefined;
  /** The line of the file, from 1. */
  readonly line: number;
}

/** What a points file says: at least one row with points, in order of time. */
export interface PointsFile {
  /** What errors call it. */
  readonly name: string;
  readonly unit: 'time' | 'frame';
  readonly rows: readonly PointsRow[];
}

/** The formats, by the end of a file's name. */
export type PointsFormat = '.csv' | '.json';

/** The columns of CSV beside that of the moment. */
const columns = ['left_eyebrow_x', 'left_eyebrow_y', 'right_eyebrow_x', 'right_eyebrow_y', 'nose_x', 'nose_y'] as const;
/** The points in JSON. */
const pointNames = ['leftEyebrow', 'rightEyebrow', 'nose'] as const;
const units = ['time', 'frame'] as const;

const COLUMNS_REMEDY = `The columns are time or frame, and ${columns.join(', ')}.`;
const ENTRY_REMEDY =
  'An entry is {"time": 1.5, "points": {"leftEyebrow": [x, y], "rightEyebrow": [x, y], "nose": [x, y]}}, with "points": null where no face is.';

/** Pixels: no picture is as large. */
const FARTHEST = 1e6;
/** The nose is below the line through the eyebrows by at least this part of their distance. */
const LEAST_NOSE_DEPTH = 0.02;
/** Pixels between the eyebrows: nothing is seen of a smaller face. */
const LEAST_DISTANCE = 4;

/** Returns the error of a place in a points file. */
export function pointsFault(name: string, line: number, problem: string, remedy: string): LatentSyncError {
  return new LatentSyncError('input-invalid', wording`${name}, line ${line}: ${problem}.`, { remedy });
}

/**
 * Returns what a points file says.
 *
 * @throws LatentSyncError `input-invalid`, which names the file, the line and the rule.
 */
export function parsePoints(text: string, { name, format }: { name: string; format: PointsFormat }): PointsFile {
  const parsed = format === '.json' ? parseJson(text, name) : parseCsv(text, name);
  const { rows } = parsed;
  for (const [index, { at, line }] of rows.entries()) {
    const before = rows.at(index - 1);
    if (index === 0 || before!.at < at) continue;
    const problem = `${parsed.unit} must be above that of the row before, ${before!.at} (got ${at})`;
    throw pointsFault(name, line, problem, 'Put the rows in order of time, one for a moment.');
  }
  if (!rows.some(({ points }) => points)) {
    const last = rows.at(-1)?.line ?? text.split('\n').length;
    throw pointsFault(name, last, 'there must be at least one row with points', 'Say where the face is.');
  }
  return { name, ...parsed };
}

/** Returns the text of a points file in which moments are times. */
export function formatPoints(
  rows: readonly Omit<PointsRow, 'line'>[],
  { format, comment }: { format: PointsFormat; comment: string },
): string {
  if (format === '.json') {
    const entries = rows.map(({ at, points }) => {
      const named = points && Object.fromEntries(pointNames.map((key, index) => [key, points[index]]));
      return `  ${JSON.stringify({ time: at, points: named ?? null })}`;
    });
    return `[\n${entries.join(',\n')}\n]\n`;
  }
  const lines = rows.map(({ at, points }) => [at, ...(points?.flat() ?? columns.map(() => ''))].join(','));
  const comments = comment.split('\n').map((line) => `# ${line}`);
  return [...comments, ['time', ...columns].join(','), ...lines, ''].join('\n');
}

/** Whether three points can be those of a face: a triangle large enough, with the nose below the eyebrows when the face is upright. */
export function isFace([[leftX, leftY], [rightX, rightY], [noseX, noseY]]: AlignmentPoints): boolean {
  const [x, y] = [rightX - leftX, rightY - leftY];
  if (Math.hypot(x, y) < LEAST_DISTANCE) return false;
  return x * (noseY - leftY) - y * (noseX - leftX) > LEAST_NOSE_DEPTH * (x * x + y * y);
}

/** Makes rows of the values of a file, which it checks. */
class Rows {
  readonly rows: PointsRow[] = [];
  readonly #name: string;
  readonly #unit: PointsFile['unit'];

  constructor(name: string, unit: PointsFile['unit']) {
    this.#name = name;
    this.#unit = unit;
  }

  add(moment: unknown, points: AlignmentPoints | undefined, line: number): void {
    const at = this.#unit === 'time' ? timeOf(moment) : Number.isSafeInteger(moment) ? (moment as number) : -1;
    if (at === undefined || at < 0) {
      const rule = this.#unit === 'time' ? TIME_RULE : 'the number of a frame, 0 or more';
      throw pointsFault(this.#name, line, `${this.#unit} must be ${rule} (got ${shownValue(moment)})`, 'Correct it.');
    }
    if (points && !isFace(points)) {
      const problem = `the eyebrows and the nose must be a triangle, with the eyebrows ${LEAST_DISTANCE} pixels or more apart and the nose below when the face is upright`;
      const remedy =
        'The left eyebrow is the one on the left when the face is upright: exchange the two if they are the other way round.';
      throw pointsFault(this.#name, line, problem, remedy);
    }
    this.rows.push({ at, points, line });
  }
}

function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= FARTHEST;
}

type Parsed = Pick<PointsFile, 'unit' | 'rows'>;

function parseCsv(text: string, name: string): Parsed {
  let header: { separator: string; names: readonly string[]; rows: Rows; unit: PointsFile['unit'] } | undefined;
  let line = 0;
  for (const content of linesOf(text)) {
    line++;
    if (content === '' || content.startsWith('#')) continue;
    if (!header) {
      const separator = [';', '\t'].find((other) => content.includes(other)) ?? ',';
      const names = cellsOf(content, separator);
      const unit = unitOf(names, name, line);
      header = { separator, names, unit, rows: new Rows(name, unit) };
      continue;
    }
    const { names, rows, unit } = header;
    const cells = cellsOf(content, header.separator);
    if (cells.length !== names.length) {
      const problem = `there must be ${names.length} values, one for each column (got ${cells.length})`;
      throw pointsFault(name, line, problem, 'Where no face is, leave the values empty, but keep their separators.');
    }
    const cell = (column: string): string => cells[names.indexOf(column)];
    const isEmpty = columns.every((column) => cell(column) === '');
    const [leftX, leftY, rightX, rightY, noseX, noseY] = isEmpty
      ? []
      : columns.map((column) => coordinateOf(cell(column), column, name, line));
    const points: AlignmentPoints | undefined = isEmpty
      ? undefined
      : [
          [leftX, leftY],
          [rightX, rightY],
          [noseX, noseY],
        ];
    const moment = cell(unit);
    rows.add(unit === 'frame' && /^\d+$/.test(moment) ? Number(moment) : moment, points, line);
  }
  if (!header) throw pointsFault(name, 1, 'there must be a line with the names of the columns', COLUMNS_REMEDY);
  return { unit: header.unit, rows: header.rows.rows };
}

function* linesOf(text: string): Generator<string, void, undefined> {
  for (let from = 0, end = 0; end >= 0; from = end + 1) {
    end = text.indexOf('\n', from);
    yield text.slice(from, end < 0 ? undefined : end).trim();
  }
}

function cellsOf(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** Returns whether the moments of a table are times or frames, once its columns are found right. */
function unitOf(names: readonly string[], name: string, line: number): PointsFile['unit'] {
  const known: readonly string[] = [...units, ...columns];
  for (const [index, column] of names.entries()) {
    if (!known.includes(column)) throw pointsFault(name, line, `${shownValue(column)} is not a column`, COLUMNS_REMEDY);
    if (names.indexOf(column) < index) throw pointsFault(name, line, `${column} is there twice`, COLUMNS_REMEDY);
  }
  const missing = columns.find((column) => !names.includes(column));
  if (missing) throw pointsFault(name, line, `the column ${missing} is missing`, COLUMNS_REMEDY);
  const found = units.filter((column) => names.includes(column));
  if (found.length === 1) return found[0];
  throw pointsFault(name, line, 'there must be a column time or frame, not both', COLUMNS_REMEDY);
}

function coordinateOf(cell: string, column: string, name: string, line: number): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : undefined;
  if (isCoordinate(value)) return value;
  const problem = `${column} must be a number of pixels (got ${shownValue(cell)})`;
  throw pointsFault(name, line, problem, 'Write it as 412 or 412.5; leave all six empty where no face is.');
}

function parseJson(text: string, name: string): Parsed {
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1];
    const line = lineAt(text, position === undefined ? text.length : Number(position));
    throw pointsFault(name, line, 'this is not JSON', 'Correct what is there, or just before it.');
  }
  if (!Array.isArray(entries)) throw pointsFault(name, 1, 'the file must hold a list of entries, in [ ]', ENTRY_REMEDY);
  let found: { unit: PointsFile['unit']; rows: Rows } | undefined;
  const lines = entryLines(text);
  for (const entry of entries as unknown[]) {
    const line = lines.next().value ?? 1;
    const fault = (problem: string): LatentSyncError => pointsFault(name, line, problem, ENTRY_REMEDY);
    if (!isRecord(entry)) throw fault(`an entry must be an object (got ${shownValue(entry)})`);
    const given = units.filter((key) => key in entry);
    const [unit] = given;
    if (given.length !== 1) throw fault('an entry must have time or frame, not both');
    found ??= { unit, rows: new Rows(name, unit) };
    if (found.unit !== unit) throw fault(`an entry must have ${found.unit}, as those before it do`);
    const unknown = Object.keys(entry).find((key) => key !== unit && key !== 'points');
    if (unknown !== undefined) throw fault(`${shownValue(unknown)} is not a part of an entry`);
    const { points = 'nothing' } = entry;
    found.rows.add(entry[unit], points === null ? undefined : namedPoints(points, fault), line);
  }
  return { unit: found?.unit ?? 'time', rows: found?.rows.rows ?? [] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function namedPoints(points: unknown, fault: (problem: string) => LatentSyncError): AlignmentPoints {
  if (!isRecord(points)) throw fault(`points must be an object, or null where no face is`);
  const unknown = Object.keys(points).find((key) => !pointNames.some((known) => known === key));
  if (unknown !== undefined) throw fault(`${shownValue(unknown)} is not one of the points`);
  const [left, right, nose] = pointNames.map((key): Point => {
    const point = points[key];
    if (Array.isArray(point) && point.length === 2 && point.every(isCoordinate)) return [point[0], point[1]];
    throw fault(`${key} must be two numbers of pixels, x and y (got ${shownValue(point)})`);
  });
  return [left, right, nose];
}

function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Yields the lines in which the entries of a list begin. The text must be JSON. */
function* entryLines(text: string): Generator<number, undefined, undefined> {
  let [line, depth] = [1, 0];
  let [isExpected, isInText] = [false, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at++;
      else isInText = character !== '"';
      continue;
    }
    if (character === '\n') line++;
    if (' \t\r\n'.includes(character)) continue;
    if (isExpected && character !== ']') yield line;
    isExpected = character === ',' ? depth === 1 : character === '[' && depth === 0;
    if (character === '"') isInText = true;
    else if ('[{'.includes(character)) depth++;
    else if (']}'.includes(character)) depth--;
  }
  return undefined;
}
