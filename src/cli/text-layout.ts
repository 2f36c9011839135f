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

/** Returns terms with their explanations beside them, wrapped; where terms are long the explanations go below. */
export function definitionList(entries: readonly (readonly [term: string, text: string])[], width: number): string {
  const longest = Math.max(0, ...entries.map(([term]) => term.length));
  const indent = Math.min(longest, 26) + 4;
  return entries
    .map(([term, text]) => {
      const lines = wrap(text, Math.max(20, width - indent));
      const head = `  ${term}`;
      const padding = ' '.repeat(indent);
      const fits = head.length + 2 <= indent;
      const first = fits ? head.padEnd(indent) + (lines.shift() ?? '') : head;
      return [first, ...lines.map((line) => padding + line)].join('\n');
    })
    .join('\n');
}

/**
 * Returns rows as columns, two spaces apart; columns named in `right` are aligned to the right.
 *
 * @param rows - the first one is the heading.
 */
export function table(rows: readonly (readonly string[])[], options: { right?: readonly number[] } = {}): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row.at(column) ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          options.right?.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
