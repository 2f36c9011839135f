import { describe, expect, it } from 'vitest';
import { CheckpointMismatchError, LatentSyncError } from './errors.ts';
import { action, option, wording } from './wording.ts';

describe('LatentSyncError', () => {
  const cause = new Error('no space');
  const error = new LatentSyncError('insufficient-memory', wording`Model ${'1.6'} needs 10 GB of memory.`, {
    remedy: wording`Set ${option('dtype', 'int8')}, or take ${option('model', '1.5')} or ${option('model', 'tiny')}: ${action('pullModel', { model: 'tiny' })}.`,
    cause,
  });

  it('says the problem and the remedy on lines of their own, in words for programs', () => {
    expect(error.message).toBe(
      'Model 1.6 needs 10 GB of memory.\n' +
        "Set options.dtype: 'int8', or take options.model: '1.5' or options.model: 'tiny': pullModel('tiny').",
    );
    expect(error.cause).toBe(cause);
  });

  it('lists the options and functions of its remedy', () => {
    expect(error.remedy?.options).toEqual([
      { name: 'dtype', values: ['int8'] },
      { name: 'model', values: ['1.5', 'tiny'] },
    ]);
    expect(error.remedy?.actions).toEqual([{ action: 'pullModel', arguments: { model: 'tiny' } }]);
  });

  it('is written as JSON with all of it', () => {
    const json: unknown = JSON.parse(JSON.stringify(error));
    expect(json).toEqual({
      code: 'insufficient-memory',
      message: error.message,
      problem: error.problem,
      remedy: error.remedy,
    });
    expect(JSON.parse(JSON.stringify(new LatentSyncError('aborted', 'Canceled.')))).toEqual({
      code: 'aborted',
      message: 'Canceled.',
      problem: ['Canceled.'],
    });
  });

  it('has no cause when none was given', () => {
    expect(Object.hasOwn(new LatentSyncError('locked', 'Busy.', { remedy: 'Wait.' }), 'cause')).toBe(false);
  });
});

describe('CheckpointMismatchError', () => {
  const mismatch = {
    source: 'a\n.pt',
    missing: Array.from({ length: 22 }, (_, i) => `missing.${i}`),
    unexpected: ['extra'],
    misshaped: [{ key: 'weight', expected: [2, 3], actual: [3, 2] }],
  };
  const error = new CheckpointMismatchError(mismatch);

  it('lists every kind of difference, and at most twenty of each', () => {
    expect(error.message).toMatch(/^a\\n\.pt does not fit the configured network:\n {2}22 missing:\n {4}missing\.0\n/);
    expect(error.message).toContain('missing.19\n    … and 2 more\n  1 unexpected:\n    extra\n');
    expect(error.message).toContain('weight: expected [2, 3], found [3, 2]\nCheck that the configuration');
  });

  it('is written as JSON with all differences', () => {
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ ...mismatch, code: 'checkpoint-mismatch' });
  });
});
