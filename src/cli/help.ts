// Help texts, made from the commands' own definitions.
import {
  allowedValues,
  defaultValue,
  flagName,
  type OptionDefinition,
  type OptionTable,
} from '../util/option-table.ts';
import type { Command, CommandEntry } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { generalOptions } from './general-options.ts';
import { definitionList, wrap } from './text-layout.ts';

/** With this many options or fewer, the short help shows them all. */
const FEW = 8;

/** Returns how an option that is given by its position is called: `VIDEO`. */
export function positionalName(name: string): string {
  return name.toUpperCase();
}

function valueTerm(definition: OptionDefinition): string {
  switch (definition.type) {
    case 'flag':
      return '';
    case 'choice':
      return definition.list ? 'NAMES' : 'NAME';
    case 'integer':
    case 'number':
      return definition.list ? 'N,N,…' : (definition.value ?? 'N');
    default:
      return definition.value;
  }
}

/** Returns how an option is written, with its value: `--output FILE`, `--[no-]cache`. */
export function optionTerm(name: string, definition: OptionDefinition): string {
  const value = valueTerm(definition);
  const negation = definition.type === 'flag' && definition.default ? '[no-]' : '';
  const short = definition.short === undefined ? '' : `-${definition.short}, `;
  return `${short}--${negation}${flagName(name, definition)}${value && ` ${value}`}`;
}

/** Returns what an option means, with the values that it can have. */
function optionText(definition: OptionDefinition): string {
  const values = allowedValues(definition);
  const normally = definition.required ? undefined : defaultValue(definition);
  const facts = [
    values,
    normally === undefined ? undefined : `default: ${normally}`,
    definition.repeats ? 'may be given several times' : undefined,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? definition.text : `${definition.text} [${facts.join('; ')}]`;
}

/** The options of a command that have names on the command line: all that are not given by position. */
export function namedOptions({ options, positionals }: Command): OptionTable {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !positionals.includes(name)));
}

/** Returns options by their groups, in the order in which the groups first appear. */
export function grouped(options: OptionTable): Map<string, [name: string, definition: OptionDefinition][]> {
  const groups = new Map<string, [name: string, definition: OptionDefinition][]>();
  for (const entry of Object.entries(options)) {
    const { group } = entry[1];
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return groups;
}

/** Returns how a command is called: `latentsync sync VIDEO AUDIO --output FILE [options]`; two lines where there are two ways. */
export function usageOf(command: Command): string {
  const { name, options, positionals, alternative } = command;
  const inputs = positionals.map((key) => {
    const term = `${positionalName(key)}${options[key].repeats ? '...' : ''}`;
    return options[key].required && options[key].unless === undefined ? term : `[${term}]`;
  });
  const required = Object.entries(namedOptions(command)).flatMap(([key, definition]) =>
    definition.required
      ? [
          `${definition.short === undefined ? `--${flagName(key, definition)}` : `-${definition.short}`} ${valueTerm(definition)}`,
        ]
      : [],
  );
  const ways = [
    [...inputs, ...required],
    ...(alternative === undefined ? [] : [[optionTerm(alternative, options[alternative])]]),
  ];
  return ways.map((words) => ['latentsync', name, ...words, '[options]'].join(' ')).join('\n');
}

function optionLists(options: OptionTable, width: number): string[] {
  return [...grouped(options)].map(([group, entries]) => {
    const lines = entries.map(([name, definition]): [string, string] => {
      const term = optionTerm(name, definition);
      return [definition.short === undefined ? `    ${term}` : term, optionText(definition)];
    });
    return `${group}:\n${definitionList(lines, width)}\n`;
  });
}

/** Returns the help of one command, in lines of at most `width` characters; of its options, the most important ones or all. */
export function commandHelp(command: Command, width: number, { all = false }: { all?: boolean } = {}): string {
  const { summary, description, positionals, options, examples } = command;
  const inputs = positionals.map((name) => [positionalName(name), optionText(options[name])] as const);
  const named = namedOptions(command);
  const count = Object.keys(named).length;
  const isShortened = !all && count > FEW;
  const shown = isShortened
    ? Object.fromEntries(Object.entries(named).filter(([, { essential, required }]) => essential || required))
    : named;
  return [
    `${usageOf(command)}\n\n${wrap(summary, width).join('\n')}\n`,
    description === undefined ? undefined : `${wrap(description, width).join('\n')}\n`,
    inputs.length > 0 ? `Arguments:\n${definitionList(inputs, width)}\n` : undefined,
    ...optionLists({ ...shown, ...generalOptions }, width),
    `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`,
    isShortened
      ? `${wrap(`These are ${Object.keys(shown).length} of ${count} options. "latentsync ${command.name} --help all" shows all of them.`, width).join('\n')}\n`
      : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

/** Returns the help of all commands, or of those of a group such as `models`; with `all`, also what is needed rarely. */
export function generalHelp(
  commands: readonly CommandEntry[],
  width: number,
  { group, all = false }: { group?: string; all?: boolean } = {},
): string {
  const listed = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  const entries = listed.map(({ name, summary }) => [name, summary] as const);
  const own = group === undefined ? '' : `${group} `;
  const lines = [
    `latentsync ${own}COMMAND`,
    '',
    ...wrap('Redraws the lips of a person in a video so that they follow an audio file.', width),
    '',
    'Commands:',
    definitionList(entries, width),
    '',
  ];
  if (group === undefined) {
    lines.push(
      'Examples:',
      '  latentsync demo',
      '  latentsync models pull 1.6',
      '  latentsync sync talk.mp4 speech.wav -o result.mp4 --model 1.6',
      '',
    );
  }
  if (all) {
    lines.push(
      ...optionLists(generalOptions, width),
      'Environment:',
      definitionList(environment, width),
      '',
      'Exit statuses:',
      definitionList(
        exitStatuses().map(({ status, meaning }) => [String(status), meaning] as const),
        width,
      ),
      '',
    );
  }
  const more = `"latentsync ${own}COMMAND --help" explains a command.`;
  const rest =
    group === undefined && !all ? ' "latentsync --help all" adds environment variables and exit statuses.' : '';
  lines.push(...wrap(more + rest, width), '');
  return lines.join('\n');
}

/** The environment variables that are used. */
export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['LATENTSYNC_HOME', 'Folder for downloaded models and cached features. "latentsync doctor" shows the one in use.'],
  ['HF_ENDPOINT', 'Mirror to download models from. Default: https://huggingface.co.'],
  ['HF_TOKEN', 'Access token for downloads. The official models do not need one.'],
  ['NO_COLOR', 'When set to anything, the progress bar has no color.'],
];
