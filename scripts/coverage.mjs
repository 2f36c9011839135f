// Says how many lines the tests run, for each folder, and where that is less than 80 %; CONTRIBUTING.md must give the reason there.
//
// Vitest counts what runs in its own processes. Commands, runtimes and workers run in others: Node writes down what those do
// (NODE_V8_COVERAGE), and a statement that Vitest did not see run counts when one of them ran it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPositionFor, TraceMap } from '@jridgewell/trace-mapping';

const GOAL = 80;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns whether V8 saw the code at an offset run; the innermost range decides. */
function ran(functions, offset) {
  let innermost;
  for (const { ranges } of functions) {
    for (const range of ranges) {
      const holds = range.startOffset <= offset && offset < range.endOffset;
      const length = range.endOffset - range.startOffset;
      if (holds && (!innermost || length <= innermost.endOffset - innermost.startOffset)) innermost = range;
    }
  }
  return innermost !== undefined && innermost.count > 0;
}

/** Marks the statements of Vitest's report that a script of another process ran. */
function addScript(report, { url, functions }, cached) {
  if (!cached?.data) return;
  const map = new TraceMap(cached.data, url);
  const lineStarts = [0];
  for (const length of cached.lineLengths) lineStarts.push(lineStarts.at(-1) + length + 1);
  for (const source of map.resolvedSources) {
    const file = source?.startsWith('file:') ? report[fileURLToPath(source)] : report[source];
    if (!file) continue;
    for (const [id, { start }] of Object.entries(file.statementMap)) {
      if (file.s[id] > 0) continue;
      const { line, column } = generatedPositionFor(map, { source, line: start.line, column: start.column });
      if (line !== null && ran(functions, lineStarts[line - 1] + column)) file.s[id] = 1;
    }
  }
}

/** Returns the lines of a file on which a statement begins, and how many of them ran. */
function linesOf({ statementMap, s }) {
  const lines = new Map();
  for (const [id, { start }] of Object.entries(statementMap)) {
    lines.set(start.line, (lines.get(start.line) ?? false) || s[id] > 0);
  }
  return { total: lines.size, covered: [...lines.values()].filter(Boolean).length };
}

const percent = ({ covered, total }) => (total === 0 ? 100 : (100 * covered) / total);
const line = (name, lines) => `${percent(lines).toFixed(1).padStart(5)} %  ${String(lines.total).padStart(5)}  ${name}`;

/**
 * Prints the table.
 *
 * @param folder - holds Vitest's `coverage-final.json`, and in `processes` what Node wrote.
 * @returns whether every file below the goal is named in CONTRIBUTING.md.
 */
export function printCoverage(folder) {
  const report = JSON.parse(readFileSync(join(folder, 'coverage-final.json'), 'utf8'));
  const processes = join(folder, 'processes');
  for (const name of readdirSync(processes)) {
    const { result, 'source-map-cache': sourceMaps = {} } = JSON.parse(readFileSync(join(processes, name), 'utf8'));
    for (const script of result) addScript(report, script, sourceMaps[script.url]);
  }

  const files = Object.entries(report).map(([path, file]) => ({
    path: relative(root, path).split(sep).join('/'),
    ...linesOf(file),
  }));
  const folders = new Map();
  for (const { path, covered, total } of files) {
    const parts = path.split('/');
    for (const name of [parts.length > 2 ? parts.slice(0, 2).join('/') : parts[0], 'all']) {
      const sum = folders.get(name) ?? { covered: 0, total: 0 };
      folders.set(name, { covered: sum.covered + covered, total: sum.total + total });
    }
  }
  console.log('\nlines run by tests:');
  for (const [name, lines] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(line(name, lines));

  const low = files.filter((file) => percent(file) < GOAL).sort((a, b) => percent(a) - percent(b));
  if (low.length === 0) return true;
  const [, reasons = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('### Coverage');
  console.log(`\nbelow ${GOAL} %:`);
  const named = low.map((file) => {
    const known = reasons.includes(`\`${file.path}\``);
    console.log(`${line(file.path, file)}${known ? '' : '  (CONTRIBUTING.md gives no reason)'}`);
    return known;
  });
  return named.every(Boolean);
}
