// Options that every command has.
import type { FlagDefinition } from './command.ts';

/** Understood before and after any command's name. */
export const globalOptions = {
  help: { kind: 'flag', short: 'h', help: 'Show help.' },
  version: { kind: 'flag', help: 'Show the version.' },
  debug: { kind: 'flag', help: 'Show where in the code an error arose.' },
} as const satisfies Record<string, FlagDefinition>;
