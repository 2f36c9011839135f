// docs/command-line.md and docs/exit-codes.md, written from the commands' own definitions.
import type { ArgumentDefinition, Command, OptionDefinition } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { exitStatuses } from '../../src/cli/exit-status.ts';
import { globalOptions } from '../../src/cli/global-options.ts';
import { environment, optionTerm, optionText, usageOf } from '../../src/cli/help.ts';

const REMADE = 'Written from `src/cli` by `npx vitest run test/command-line-pages.test.ts -u`.';

/** Returns a Markdown table; rows may be ragged, the formatter aligns them. */
function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

function codeBlock(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

function optionRows(options: Readonly<Record<string, OptionDefinition>>): string[][] {
  return Object.entries(options).map(([name, option]) => [`\`${optionTerm(name, option)}\``, optionText(option)]);
}

function commandSection(command: Command): string {
  const inputs = Object.values<ArgumentDefinition>(command.arguments).map(({ name, help }) => [`\`${name}\``, help]);
  return [
    `## ${command.name}`,
    command.summary,
    codeBlock([usageOf(command)]),
    command.description ?? '',
    markdownTable(['argument or option', 'meaning'], [...inputs, ...optionRows(command.options)]),
    'Examples:',
    codeBlock(command.examples),
  ].join('\n\n');
}

/** Returns the page about all commands. */
export function commandLinePage(): string {
  return [
    '# Command line',
    REMADE,
    'Options stand anywhere, as `--steps 4` or `--steps=4`; after `--` nothing is an option, so that file names may begin ' +
      'with a dash. Results go to stdout, progress and errors to stderr. [Exit codes](exit-codes.md) tell what went wrong.',
    '## Every command',
    markdownTable(['option', 'meaning'], optionRows(globalOptions)),
    'With `--json`, stdout carries one JSON object a line and nothing else. Its `event` is `progress` (`stage`, `done`, `total`, ' +
      '`elapsedSeconds`, `etaSeconds`), `result`, or `error` (`code`, `exitStatus`, `message`); `models pull` also has `retry` (`reason`, `seconds`, `failures`, `attempts`), `verify` has `start` and `file`, `bench` has `start` and `figure`.',
    'These environment variables are heeded:',
    markdownTable(
      ['variable', 'meaning'],
      environment.map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    ...commands.map(commandSection),
  ].join('\n\n');
}

/** Returns the page about exit statuses. */
export function exitCodesPage(): string {
  return [
    '# Exit codes',
    REMADE,
    'Each way to fail has a status of its own. The word is the `code` of the `error` event that `--json` gives.',
    markdownTable(
      ['status', 'word', 'meaning'],
      exitStatuses().map(({ status, word, meaning }) => [String(status), `\`${word}\``, meaning]),
    ),
  ].join('\n\n');
}
