// Options that several commands have, with one text for all.
import { devices } from '../../runtime/runtime.ts';

/** `--model` */
export const modelOption = {
  kind: 'text',
  value: 'NAME|DIR',
  help: 'tiny, 1.5, 1.6, or a folder that holds the official files. Default: tiny.',
} as const;

/** `--device` */
export const deviceOption = {
  kind: 'text',
  value: 'DEVICE',
  choices: devices,
  help: 'Where the networks run; "latentsync doctor" tells which of them this machine has. Default: cpu.',
} as const;

/** `--threads` */
export const threadsOption = {
  kind: 'number',
  value: 'N',
  help: 'Threads of the networks on the CPU. Default: as many as there are physical cores.',
} as const;

/** `--reference` */
export const referenceOption = {
  kind: 'flag',
  help: 'Do what the official code does, its defects included.',
} as const;

/** `--json` */
export const jsonOption = {
  kind: 'flag',
  help: 'Write one JSON object a line on stdout (progress, results, error) and nothing else there.',
} as const;
