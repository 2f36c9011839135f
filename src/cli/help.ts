// Help texts, made from the commands' own definitions.
import type { ArgumentDefinition, Command, OptionDefinition } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { globalOptions } from './global-options.ts';
import { definitionList, wrap } from './text-layout.ts';

/** Returns how a command is called: `latentsync sync VIDEO AUDIO --output FILE [options]`. */
export function usageOf(command: Command): string {
  const inputs = Object.values<ArgumentDefinition>(command.arguments).map(({ name, optional }) =>
    optional ? `[${name}]` : name,
  );
  const required = Object.entries<OptionDefinition>(command.options).flatMap(([name, option]) =>
    option.kind === 'text' && option.required
      ? [`${option.short === undefined ? `--${name}` : `-${option.short}`} ${option.value}`]
      : [],
  );
  return ['latentsync', command.name, ...inputs, ...required, '[options]'].join(' ');
}

/** Returns how an option is written: `-o, --output FILE`. */
export function optionTerm(name: string, option: OptionDefinition): string {
  const value = option.kind === 'flag' ? '' : ` ${option.value}`;
  return `${option.short === undefined ? '' : `-${option.short}, `}--${name}${value}`;
}

/** Returns what an option means, with the values it can have. */
export function optionText(option: OptionDefinition): string {
  if (option.kind !== 'text' || !option.choices) return option.help;
  return `${option.help} One of: ${option.choices.join(', ')}.`;
}

function optionEntries(options: Readonly<Record<string, OptionDefinition>>): [string, string][] {
  return Object.entries(options).map(([name, option]) => {
    const term = optionTerm(name, option);
    return [option.short === undefined ? `    ${term}` : term, optionText(option)];
  });
}

/** Returns the help of one command, in lines of at most `width` characters. */
export function commandHelp(command: Command, width: number): string {
  const inputs = Object.values<ArgumentDefinition>(command.arguments).map(({ name, help }) => [name, help] as const);
  const description = command.description === undefined ? '' : `\n${wrap(command.description, width).join('\n')}\n`;
  return [
    `${usageOf(command)}\n\n${wrap(command.summary, width).join('\n')}\n${description}`,
    inputs.length > 0 ? `Arguments:\n${definitionList(inputs, width)}\n` : undefined,
    `Options:\n${definitionList(optionEntries({ ...command.options, ...globalOptions }), width)}\n`,
    `Examples:\n${command.examples.map((example) => `  ${example}`).join('\n')}\n`,
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

/** Returns the help of all commands, or of those of a group such as `models`. */
export function generalHelp(commands: readonly Command[], width: number, group?: string): string {
  const listed = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  const entries = listed.map(({ name, summary }) => [name, summary] as const);
  const lines = [
    `latentsync ${group === undefined ? '' : `${group} `}COMMAND`,
    '',
    ...wrap('Redraws the lips of a person in a video so that they follow an audio file.', width),
    '',
    'Commands:',
    definitionList(entries, width),
    '',
  ];
  if (group === undefined) {
    lines.push(
      'Options of every command:',
      definitionList(optionEntries(globalOptions), width),
      '',
      'Examples:',
      '  latentsync demo',
      '  latentsync models pull 1.6',
      '  latentsync sync talk.mp4 speech.wav -o result.mp4 --model 1.6',
      '',
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
  const more = `"latentsync ${group === undefined ? '' : `${group} `}COMMAND --help" tells more about a command.`;
  lines.push(...wrap(more, width), '');
  return lines.join('\n');
}

/** The environment variables that are heeded. */
export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['LATENTSYNC_HOME', 'Folder of downloaded models and cached features. "latentsync doctor" shows which one is used.'],
  ['HF_ENDPOINT', 'Mirror to download models from. Default: https://huggingface.co.'],
  ['HF_TOKEN', 'Access token for downloads; not needed for the official models.'],
  ['NO_COLOR', 'When set to anything, the progress bar has no color.'],
];
