import { describe, expect, it } from 'vitest';
import { checkInteger, checkNumber, checkOneOf, OptionError } from './assert.ts';
import { option, wording } from './wording.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('checks of options', () => {
  it('throw an error with the option, the rule and the value', () => {
    const error = thrownBy(() => checkInteger('options.steps', 0, 1, 999));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({
      name: 'OptionError',
      message: 'options.steps must be an integer from 1 to 999 (got 0).',
      option: 'steps',
      rule: ['be an integer from 1 to 999'],
      value: 0,
    });
    expect(thrownBy(() => checkNumber('options.data.fps', NaN, 1, 120))).toMatchObject({ option: 'data.fps' });
    expect(thrownBy(() => checkOneOf('options.dtype', 'a\n', ['float32', 'int8']))).toMatchObject({
      message: 'options.dtype must be one of float32, int8 (got "a\\n").',
    });
  });

  it('return what is right', () => {
    expect(checkInteger('options.steps', 20, 1, 999)).toBe(20);
    expect(checkNumber('options.fps', 29.97, 1, 120)).toBe(29.97);
    expect(checkOneOf('options.dtype', 'int8', ['float32', 'int8'])).toBe('int8');
  });

  it('throw a plain RangeError about any other argument', () => {
    const error = thrownBy(() => checkInteger('seed', 1.5, 0, 10));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).not.toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ message: 'seed must be an integer from 0 to 10 (got 1.5).' });
  });
});

describe('OptionError', () => {
  it('is written as JSON', () => {
    const error = new OptionError('fps', wording`be left out with ${option('reference')}`, 30);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      message: 'options.fps must be left out with options.reference (got 30).',
      option: 'fps',
      rule: ['be left out with ', { option: 'reference' }],
      value: 30,
    });
  });

  it('says nothing about a value that was not given', () => {
    expect(new OptionError('speech', 'be given').message).toBe('options.speech must be given.');
  });
});
