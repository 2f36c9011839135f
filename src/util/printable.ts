// How a name or text that a user gave, or that came out of a file, is printed in messages.

/** Longer than the longest path that common file systems allow for one name, several times over. */
const LONGEST = 1000;

// Control, format (direction marks, zero-width characters), separator and lone surrogate characters. The two joiners stay: emoji
// and several scripts need them, and they move nothing around.
const invisible = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escaped(character: string): string {
  const known = JSON.stringify(character).slice(1, -1);
  if (known !== character) return known;
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Returns text fit for one line of a message: control characters, line breaks and characters that change the direction of
 * writing become escapes such as `\n` and `\u202e`, and the middle of a very long text is left out. Doing it twice changes nothing.
 *
 * @param options.longest - how many characters the result may have at most. Default 1000.
 */
export function printable(text: string, options: { longest?: number } = {}): string {
  const { longest = LONGEST } = options;
  const shown = text.replace(invisible, escaped);
  if (shown.length <= longest) return shown;
  const head = Math.ceil((longest - 1) * 0.6);
  const tail = longest - 1 - head;
  // Cutting may have split a surrogate pair.
  return `${shown.slice(0, head)}…${shown.slice(shown.length - tail)}`.replace(/\p{Cs}/gu, '');
}

/** Returns text of several lines with everything printable except the line breaks. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, { longest: Infinity }))
    .join('\n');
}

/** Returns printable text in double quotes, for keys and values out of files. */
export function quoted(text: string): string {
  return `"${printable(text, { longest: 120 }).replace(/"/g, '\\"')}"`;
}

/** Returns how a value is shown after "got": text in quotes, none and empty text as `nothing`, lists and objects as JSON. */
export function shownValue(value: unknown): string {
  if (value === '' || value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value); // JSON has no NaN
  try {
    const json = JSON.stringify(value) as string | undefined;
    return json === undefined ? typeof value : printable(json, { longest: 120 });
  } catch {
    return typeof value; // JSON cannot show an object that contains itself
  }
}
