// The lines of a batch as they are written, in CSV or JSON: each with its number and its options by name.

/** A line as it is written. */
export interface BatchLine {
  /** Counted from 1, the heading of a CSV file included; where a row takes several lines, the last of them. */
  readonly line: number;
  /** Its options by name, or in words what is wrong with it. */
  readonly content: ReadonlyMap<string, unknown> | string;
}

/** Returns the rows below the heading of a CSV file, whose cells are text; an empty cell is an option that is not given. */
export async function csvLines(text: string): Promise<BatchLine[]> {
  // Other commands do without the parser.
  const { CsvError, parse } = await import('csv-parse/sync');
  const rows: { line: number; cells: string[] }[] = [];
  const faults: BatchLine[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record(cells, { lines }) {
        rows.push({ line: lines, cells });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Where the rows after it begin cannot be told.
    faults.push({ line: Number(error.lines), content: 'has quotation marks that do not match' });
  }
  const [heading, ...others] = rows;
  const lines = others.map(({ line, cells }) => ({ line, content: rowContent(heading.cells, cells) }));
  return [...lines, ...faults];
}

function rowContent(names: readonly string[], cells: readonly string[]): BatchLine['content'] {
  if (names.length !== cells.length) return `has ${cells.length} values, but the heading has ${names.length} names`;
  const content = new Map<string, string>();
  for (const [column, cell] of cells.entries()) {
    if (cell === '') continue;
    if (content.has(names[column])) return `has two values for ${names[column]}`;
    content.set(names[column], cell);
  }
  return content;
}

/** Spreadsheets separate by semicolons in much of the world, or by tabs. Names of options have none of these. */
function delimiterOf(text: string): string {
  const [heading] = text.split('\n', 1);
  return [';', '\t'].find((delimiter) => heading.includes(delimiter)) ?? ',';
}

/** Yields lines of JSON as they arrive; empty ones are left out, and `null` is an option that is not given. */
export async function* jsonLines(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<BatchLine> {
  let line = 0;
  for await (const text of textLines(chunks)) {
    line++;
    if (text.trim() !== '') yield { line, content: jsonContent(text) };
  }
}

function jsonContent(text: string): BatchLine['content'] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not a JSON object';
  return new Map(Object.entries(value).filter(([, item]) => item !== null));
}

/** Lines of a text that arrives in pieces, without their ends. */
async function* textLines(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
