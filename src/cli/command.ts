// What a command consists of: its options, the texts of its help, and what it does.
import type { OptionTable, OptionValues } from '../util/option-table.ts';
import type { Reporter } from './reporter.ts';

/** What a command works with. */
export interface CommandContext {
  readonly report: Reporter;
  /** Fires when the user wants the command to end. */
  readonly signal: AbortSignal;
}

/** Everything about a command but its name, which is known before the command is loaded. */
export interface CommandDefinition<T extends OptionTable = OptionTable> {
  /** More lines for its help. */
  readonly description?: string;
  /** Every option, by the name that it has in programs and in configuration files. */
  readonly options: T;
  /** Names of the options that are given by their position, in order. */
  readonly positionals: readonly (keyof T & string)[];
  /** An option that stands for all the required ones. */
  readonly alternative?: keyof T & string;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Does the work; what it throws is reported and decides the exit status. */
  run(options: OptionValues<T>, context: CommandContext): Promise<void>;
}

/** A command of the command line. */
export interface Command extends CommandDefinition {
  /** One word, or two for a command of a group: `models list`. */
  readonly name: string;
  /** One line for the list of all commands. */
  readonly summary: string;
}

/** A command that is not loaded yet. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandDefinition>;
}

/** A command with the values of its options. */
export interface Invocation {
  readonly command: Command;
  readonly options: OptionValues<OptionTable>;
  /** The configuration file, and the options that come from it. */
  readonly config?: { readonly file: string; readonly names: ReadonlySet<string> };
}

/** Returns a command whose `run` takes the values that its options ask for. */
export function defineCommand<const T extends OptionTable>(definition: CommandDefinition<T>): CommandDefinition {
  return {
    ...definition,
    // The values were read by the same table.
    run: (options, context) => definition.run(options as OptionValues<T>, context),
  };
}

/** Loads a command. */
export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  return { name, summary, ...(await load()) };
}
