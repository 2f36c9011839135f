// The library's texts name options and functions, never flags and commands: those are the command line's words for them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';

const sources = fileURLToPath(new URL('../src', import.meta.url));
/** Programs of the command line and of the server may speak its language. */
const shells = /^(?:cli|server)\//;

const firstWords = [...new Set(commands.map(({ name }) => name.split(' ')[0]))].join('|');
const flagOrCommand = new RegExp(`(?<![\\w-]|var\\()--[a-z](?![\\w-]*:)|\\blatentsync (?:${firstWords})\\b`);

/** Whether a text is an argument for another program: a flag alone in a list of Node's arguments, or in a file that starts processes. */
function isArgument({ parent }: ts.Node, text: string, startsProcesses: boolean): boolean {
  if (!ts.isArrayLiteralExpression(parent) || !/^--[a-z][a-z-]*(?:=\d+)?$/.test(text)) return false;
  return startsProcesses || (ts.isPropertyAssignment(parent.parent) && parent.parent.name.getText() === 'execArgv');
}

/** Returns the texts of a file that name a flag or a command, with their lines. */
function faultsOf(text: string): string[] {
  if (!flagOrCommand.test(text)) return []; // most files need not be parsed
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const startsProcesses = text.includes("from 'node:child_process'");
  const faults: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText && flagOrCommand.test(node.text) && !isArgument(node, node.text, startsProcesses)) {
      faults.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

describe('texts of the library', () => {
  it('name no flag and no command', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /(?<!\.test)\.ts$/.test(path) && !shells.test(path));
    expect(files.length).toBeGreaterThan(100);
    const faults = files.flatMap((path) =>
      faultsOf(readFileSync(join(sources, path), 'utf8')).map((fault) => `src/${path}:${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    "throw new Error('Use --dtype int8.');",
    'throw new Error(`Give another --output than ${path}.`);',
    'throw new Error(`${path}: see --full.`);',
    'throw new Error(`Run "latentsync models pull ${name}".`);',
    "const remedy = ['--output'];",
    "import { fork } from 'node:child_process'; throw new Error('--output');",
  ])('are found out: %s', (text) => {
    expect(faultsOf(text)).toHaveLength(1);
  });

  it.each([
    "import { fork } from 'node:child_process'; fork(path, { execArgv: ['--import', loader] });",
    "const small = { execArgv: ['--max-size=1'] };",
    '// Comments may name --output.',
    "const name = 'latentsync-cache'; const range = '1--x'; const label = 'a -- b';",
    "throw new Error('latentsync is a package.');",
  ])('may be: %s', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });
});
