// The options that everything with networks has: where they run, and on how many threads.
import { defineOptions } from '../util/option-table.ts';
import { devices } from './runtime.ts';

/** `device` and `threads`. */
export const runtimeOptions = defineOptions({
  device: {
    type: 'choice',
    group: 'Machine',
    choices: devices,
    default: 'cpu',
    text: 'Where the networks run. We fully test only cpu.',
  },
  threads: {
    type: 'integer',
    group: 'Machine',
    min: 1,
    // With many more threads than cores, a run spends its time switching between them.
    max: 256,
    defaultText: 'all physical cores',
    text: 'Threads for the networks on the CPU.',
  },
});
