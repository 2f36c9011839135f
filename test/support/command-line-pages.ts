// docs/command-line.md and docs/exit-codes.md, written from the commands' own definitions.
import { loadCommand, type Command } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { exitStatuses } from '../../src/cli/exit-status.ts';
import { generalOptions } from '../../src/cli/general-options.ts';
import { environment, grouped, namedOptions, optionTerm, positionalName, usageOf } from '../../src/cli/help.ts';
import { allowedValues, defaultValue, type OptionDefinition, type OptionTable } from '../../src/util/option-table.ts';

const REMADE = 'Written from `src/cli` by `npx vitest run test/command-line-pages.test.ts -u`.';

/** Returns a Markdown table; rows may be ragged, the formatter aligns them. */
function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

function codeBlock(lines: readonly string[], language = 'sh'): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}

const types = {
  integer: 'integer',
  number: 'number',
  choice: 'one of',
  text: 'text',
  path: 'path',
  input: 'path',
  time: 'time',
  excerpt: 'length',
  speaker: 'text',
  flag: 'flag',
};

function valuesOf(definition: OptionDefinition): string {
  const single = types[definition.type];
  const type = definition.list ? `list of ${single}` : definition.repeats ? `${single}, or several` : single;
  return [type, allowedValues(definition)].filter((part) => part !== undefined).join(' ');
}

function optionRow(term: string, name: string, definition: OptionDefinition): string[] {
  const normally = definition.required ? 'required' : (defaultValue(definition) ?? '');
  return [`\`${term}\``, `\`${name}\``, valuesOf(definition), normally, definition.text];
}

function optionTables(options: OptionTable): string[] {
  return [...grouped(options)].flatMap(([group, entries]) => [
    `**${group}**`,
    markdownTable(
      ['option', 'in files', 'values', 'default', 'meaning'],
      entries.map(([name, definition]) => optionRow(optionTerm(name, definition), name, definition)),
    ),
  ]);
}

function commandSection(command: Command): string {
  const { name, summary, description, positionals, options, examples } = command;
  const inputs = positionals.map((key) => optionRow(positionalName(key), key, options[key]));
  return [
    `## ${name}`,
    summary,
    codeBlock([usageOf(command)]),
    description ?? '',
    inputs.length > 0 ? markdownTable(['argument', 'in files', 'values', 'default', 'meaning'], inputs) : '',
    ...optionTables(namedOptions(command)),
    'Examples:',
    codeBlock(examples),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Returns the page about all commands. */
export async function commandLinePage(): Promise<string> {
  const general = Object.entries(generalOptions).map(([name, definition]) => [
    `\`${optionTerm(name, definition)}\``,
    definition.text,
  ]);
  return [
    '# Command line',
    REMADE,
    'Options can be anywhere, as `--steps 4` or `--steps=4`. After `--`, nothing is an option, so file names may begin ' +
      'with a dash. Results go to stdout, progress and errors to stderr. [Exit codes](exit-codes.md) say what went wrong.',
    '## Every command',
    markdownTable(['option', 'meaning'], general),
    '### Configuration files',
    'With `--config FILE`, a command reads options from a YAML or JSON file, by the names in the columns "in files", which are ' +
      'those of the library. Arguments can be in the file too. What is given on the command line takes precedence; ' +
      '`--no-reference` and its like turn off a flag that the file turns on. Relative paths in the file are relative to the ' +
      "file's folder. A name that is not an option of the command, or a value of the wrong type, is an error.",
    codeBlock(
      [
        '# job.yaml: latentsync sync --config job.yaml',
        'video: talk.mp4',
        'audio: speech.wav',
        'output: result.mp4',
        'model: 1.6',
        'guidanceScale: 2',
      ],
      'yaml',
    ),
    '### JSON',
    'With `--json`, a command writes JSON lines on stdout and nothing else. The `event` of each line is `progress` (`stage`, `done`, ' +
      '`total`, `elapsedSeconds`, `etaSeconds`), `result`, or `error` (`code`, `exitStatus`, `message`, `remedy`). `models pull` also writes ' +
      '`retry` (`reason`, `seconds`, `failures`, `attempts`), `verify` writes `start` and `file`, `bench` writes `start` and ' +
      '`figure`, `train plan` writes `part`, and `sync --batch` writes `job` ([batches](batch.md)).',
    '### Environment',
    markdownTable(
      ['variable', 'meaning'],
      environment.map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    ...(await Promise.all(commands.map(loadCommand))).map(commandSection),
  ].join('\n\n');
}

/** Returns the page about exit statuses. */
export function exitCodesPage(): Promise<string> {
  return Promise.resolve(
    [
      '# Exit codes',
      REMADE,
      'Each kind of failure has a status of its own. The word is the `code` of the `error` event that `--json` gives.',
      markdownTable(
        ['status', 'word', 'meaning'],
        exitStatuses().map(({ status, word, meaning }) => [String(status), `\`${word}\``, meaning]),
      ),
    ].join('\n\n'),
  );
}
