// What a command consists of: its arguments and options, the texts of its help, and what it does.
import type { Reporter } from './reporter.ts';

/** A file or name that a command takes by its position. */
export interface ArgumentDefinition {
  /** As help and errors call it, in capitals. */
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
}

/** An option that is given or not. */
export interface FlagDefinition {
  readonly kind: 'flag';
  readonly help: string;
  /** One letter that stands for the option. */
  readonly short?: string;
}

/** An option with a text for its value. */
export interface TextDefinition {
  readonly kind: 'text';
  /** What help calls the value, in capitals. */
  readonly value: string;
  readonly help: string;
  /** One letter that stands for the option. */
  readonly short?: string;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  readonly required?: boolean;
}

/** An option with a number for its value; the work itself checks the range. */
export interface NumberDefinition {
  readonly kind: 'number';
  /** What help calls the value, in capitals. */
  readonly value: string;
  readonly help: string;
  /** One letter that stands for the option. */
  readonly short?: string;
}

/** An option of a command; its name is the key it is filed under. */
export type OptionDefinition = FlagDefinition | TextDefinition | NumberDefinition;

type Arguments = Readonly<Record<string, ArgumentDefinition>>;
type Options = Readonly<Record<string, OptionDefinition>>;

type ArgumentValue<D> = D extends { readonly optional: true } ? string | undefined : string;

type OptionValue<D> = D extends { readonly kind: 'flag' }
  ? boolean
  : D extends { readonly kind: 'number' }
    ? number | undefined
    : D extends { readonly choices: readonly (infer Choice)[] }
      ? Choice | undefined
      : D extends { readonly required: true }
        ? string
        : string | undefined;

/** What the user gave, by the keys of the definitions. */
export interface Invocation<A, O> {
  readonly inputs: { readonly [K in keyof A]: ArgumentValue<A[K]> };
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> };
}

/** What a command works with. */
export interface CommandContext {
  readonly report: Reporter;
  /** Fires when the user wants the command to end. */
  readonly signal: AbortSignal;
}

/** A command of the command line. */
export interface Command<A extends Arguments = Arguments, O extends Options = Options> {
  /** One word, or two for a command of a group: `models list`. */
  readonly name: string;
  /** One line for the list of all commands. */
  readonly summary: string;
  /** More lines for its own help. */
  readonly description?: string;
  /** In the order of their positions. */
  readonly arguments: A;
  readonly options: O;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Which option or argument to blame when a library function finds fault with one of its own, by its property's name. */
  readonly propertyNames?: Readonly<Record<string, string>>;
  /** Does the work; what it throws is reported and decides the exit status. */
  run(invocation: Invocation<A, O>, context: CommandContext): Promise<void>;
}

/** Returns the command as it is; infers the types of its values. */
export function defineCommand<const A extends Arguments, const O extends Options>(
  command: Command<A, O>,
): Command<A, O> {
  return command;
}
