// Laying out text in columns of a terminal: wrapping, definition lists, tables.

/** Returns the text in lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

const WIDEST_TERM = 26;
const NARROWEST_TEXT = 30;

/** Returns terms with their explanations beside them, wrapped; below them where terms are long or lines short. */
export function definitionList(entries: readonly (readonly [term: string, text: string])[], width: number): string {
  const longest = Math.max(0, ...entries.map(([term]) => term.length));
  const beside = Math.min(longest, WIDEST_TERM) + 4;
  const indent = width - beside >= NARROWEST_TEXT ? beside : 8;
  const padding = ' '.repeat(indent);
  return entries
    .map(([term, text]) => {
      const lines = wrap(text, width - indent);
      const fits = indent === beside && term.length <= WIDEST_TERM;
      const first = fits ? `  ${term}`.padEnd(indent) + (lines.shift() ?? '') : `  ${term}`;
      return [first, ...lines.map((line) => padding + line)].join('\n');
    })
    .join('\n');
}

/** How wide a column of a table is, in characters, and on which side its cells stand. */
export interface Column {
  readonly width: number;
  /** Default left. */
  readonly align?: 'left' | 'right';
}

/** Returns cells as one line of a table, two spaces apart; for rows that are shown one by one as they come. */
export function tableRow(cells: readonly string[], columns: readonly Column[]): string {
  return cells
    .map((cell, index) => {
      const { width, align } = columns[index];
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    })
    .join('  ')
    .trimEnd();
}

/**
 * Returns rows as columns that are as wide as their cells; columns named in `right` are aligned to the right.
 *
 * @param rows - the first one is the heading.
 */
export function table(rows: readonly (readonly string[])[], options: { right?: readonly number[] } = {}): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: count }, (_, index): Column => ({
    width: Math.max(...rows.map((row) => (row.at(index) ?? '').length)),
    align: options.right?.includes(index) ? 'right' : 'left',
  }));
  return rows.map((row) => tableRow(row, columns)).join('\n');
}
