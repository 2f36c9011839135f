// The options of verifyDirectory, apart from the function, which loads much more.
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { defineOptions } from '../util/option-table.ts';

/** The options of `VerifyOptions`. */
export const verifyOptions = defineOptions({
  full: {
    type: 'flag',
    group: 'Checks',
    text: 'Also run the networks at their official sizes, which takes several minutes, 6 GB of memory, and 5 GB of disk.',
  },
  ...runtimeOptions,
});
