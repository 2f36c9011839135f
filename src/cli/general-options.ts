// Options that every command has.
import { defineOptions } from '../util/option-table.ts';

/** Understood after any command's name; `help`, `version` and `debug` also before it. */
export const generalOptions = defineOptions({
  config: {
    type: 'path',
    group: 'General',
    value: 'FILE',
    text: 'Read options from a YAML or JSON file. What is given on the command line takes precedence.',
  },
  json: {
    type: 'flag',
    group: 'General',
    text: 'Write JSON lines on stdout: progress, warnings, results, and errors.',
  },
  debug: { type: 'flag', group: 'General', text: 'Show where in the code an error occurred.' },
  help: {
    type: 'flag',
    group: 'General',
    short: 'h',
    text: 'Show the most important options; --help all shows all of them.',
  },
  version: { type: 'flag', group: 'General', text: 'Show the version.' },
});
