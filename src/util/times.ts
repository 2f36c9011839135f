// Times as people write them: seconds, or [hh:]mm:ss[.mmm].

/** How a time may be written, continuing "be". */
export const TIME_RULE = 'a time, 0 or more: seconds, or [hh:]mm:ss[.mmm]';

/** How a piece may be written, continuing "be". */
export const EXCERPT_RULE = 'seconds above 0, or SECONDS@TIME';

/** Returns the seconds of `90`, `1:30` or `0:01:30.250`; undefined for anything that is no such time. */
export function parseTime(text: string): number | undefined {
  const parts = text.split(':');
  const units = parts.map((part, index) => (index === parts.length - 1 ? /^(\d+\.?\d*|\.\d+)$/ : /^\d+$/).test(part));
  if (parts.length > 3 || units.includes(false)) return undefined;
  const [seconds, minutes = 0, hours = 0] = parts.map(Number).reverse();
  if ((parts.length > 1 && seconds >= 60) || (parts.length > 2 && minutes >= 60)) return undefined;
  return hours * 3600 + minutes * 60 + seconds;
}

/** Returns the seconds of a time that is given as a number or as text; undefined for anything that is no time. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return parseTime(value);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A piece of something that lasts: how long it is, and where it begins if that is said. Seconds. */
export interface Excerpt {
  seconds: number;
  atSeconds?: number;
}

/** Returns the piece that a number of seconds or a text such as `5@1:30` names; undefined for anything that names none. */
export function excerptOf(value: unknown): Excerpt | undefined {
  if (typeof value !== 'string') return value === 0 ? undefined : asExcerpt(timeOf(value));
  const at = value.indexOf('@');
  if (at < 0) return asExcerpt(parseTime(value));
  const atSeconds = parseTime(value.slice(at + 1));
  return atSeconds === undefined ? undefined : asExcerpt(parseTime(value.slice(0, at)), atSeconds);
}

function asExcerpt(seconds: number | undefined, atSeconds?: number): Excerpt | undefined {
  return seconds === undefined || seconds === 0 ? undefined : { seconds, atSeconds };
}

/** A stretch of time. Undefined: from the beginning, or to the end. Seconds. */
export interface TimeRange {
  readonly startSeconds?: number;
  readonly endSeconds?: number;
}

/** Returns the stretch of time that a text ends with, as in `anna@0:10-0:20`, `anna@10-`, `anna@-20` or `anna@10`, and the text before it. */
export function rangeOf(text: string): TimeRange & { readonly text: string } {
  const match = /^(.+)@([\d:.]*)(-?)([\d:.]*)$/s.exec(text);
  if (!match) return { text };
  const [, before, from, dash, to] = match;
  const [startSeconds, endSeconds] = [from, to].map(parseTime);
  const isRange = (startSeconds !== undefined || from === '') && (endSeconds !== undefined || to === '');
  if (!isRange || from + to === '' || (dash === '' && to !== '')) return { text };
  return { text: before, ...(from !== '' && { startSeconds }), ...(to !== '' && { endSeconds }) };
}

/** Returns a time as `1:02:03` or `2:03`, below an hour with tenths if wanted: `2:03.4`. */
export function clockTime(seconds: number, withTenths: boolean): string {
  const total = withTenths ? Math.round(seconds * 10) / 10 : Math.round(seconds);
  const two = (value: number, digits = 0): string => value.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0');
  const rest = two(total % 60, withTenths ? 1 : 0);
  const minutes = Math.floor(total / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}
