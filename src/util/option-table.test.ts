import { describe, expect, it } from 'vitest';
import { allowedValues, checkOptions, defaultValue, defineOptions, flagName } from './option-table.ts';

const table = defineOptions({
  file: { type: 'path', group: 'Files', value: 'FILE', required: true, text: 'A file.' },
  source: { type: 'input', group: 'Files', value: 'FILE', text: 'What is read.' },
  stepCount: { type: 'integer', group: 'Work', min: 1, max: 999, defaultText: "the model's", text: 'Steps.' },
  scale: { type: 'number', group: 'Work', flag: 'zoom', min: 0, max: 10, default: 1.5, text: 'Scale.' },
  seed: { type: 'integer', group: 'Work', min: 0, max: Number.MAX_SAFE_INTEGER, text: 'Seed.' },
  kinds: { type: 'choice', group: 'Work', list: true, choices: ['red', 'green'], text: 'Kinds.' },
  keep: { type: 'flag', group: 'Work', default: true, text: 'Keep.' },
});

describe('checkOptions', () => {
  it('takes what the table allows, and what it does not know', () => {
    const options = {
      file: 'a',
      source: new Blob(),
      stepCount: 999,
      scale: 0,
      kinds: ['green'],
      keep: false,
      other: 1,
    };
    expect(() => {
      checkOptions(table, options);
      checkOptions(table, { file: 'a', scale: undefined });
    }).not.toThrow();
  });

  it.each<[string, object]>([
    ['options.file must be given', {}],
    ['options.file must not be empty', { file: '' }],
    ['options.file must be a string (got 3)', { file: 3 }],
    ['options.source must not be empty', { file: 'a', source: '' }],
    ['options.stepCount must be an integer from 1 to 999 (got 1000)', { file: 'a', stepCount: 1000 }],
    ['options.stepCount must be an integer from 1 to 999 (got 1.5)', { file: 'a', stepCount: 1.5 }],
    ['options.scale must be a number from 0 to 10 (got NaN)', { file: 'a', scale: NaN }],
    ['options.kinds must be one of red, green (got "blue")', { file: 'a', kinds: ['red', 'blue'] }],
    ['options.kinds must be an array of at least one value (got "red")', { file: 'a', kinds: 'red' }],
    ['options.kinds must be an array of at least one value (got [])', { file: 'a', kinds: [] }],
    ['options.keep must be true or false (got "yes")', { file: 'a', keep: 'yes' }],
  ])('says %s', (message, options) => {
    expect(() => {
      checkOptions(table, options);
    }).toThrow(message);
  });
});

it('tells names, values and defaults in words', () => {
  const words = Object.entries(table).map(([name, definition]) => [
    flagName(name, definition),
    allowedValues(definition),
    defaultValue(definition),
  ]);
  expect(words).toEqual([
    ['file', undefined, undefined],
    ['source', undefined, undefined],
    ['step-count', '1 to 999', "the model's"],
    ['zoom', '0 to 10', '1.5'],
    ['seed', '0 or more', undefined],
    ['kinds', 'red, green', undefined],
    ['keep', undefined, 'on'],
  ]);
});
