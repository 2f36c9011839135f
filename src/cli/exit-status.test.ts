import { describe, expect, it } from 'vitest';
import { LatentSyncError } from '../util/errors.ts';
import { CheckFailedError, UsageError } from './errors.ts';
import { exitStatuses, failureOf, Interruption } from './exit-status.ts';

describe('exit statuses', () => {
  it('differ, and are such as a process can have', () => {
    const statuses = exitStatuses().map(({ status }) => status);
    expect(new Set(statuses).size).toBe(statuses.length);
    expect(statuses.every((status) => Number.isInteger(status) && status >= 0 && status < 256)).toBe(true);
  });

  it.each([
    [new UsageError('wrong'), 'usage', 2],
    [new CheckFailedError('wrong'), 'check-failed', 3],
    [new LatentSyncError('no-face', 'none'), 'no-face', 18],
    [new LatentSyncError('aborted', 'Canceled.', { cause: new Interruption('SIGTERM') }), 'aborted', 143],
    [new LatentSyncError('aborted', 'Canceled.'), 'aborted', 130],
    [new TypeError('x is not a function'), 'unexpected', 1],
    ['thrown text', 'unexpected', 1],
  ])('are found for %s', (error, code, status) => {
    expect(failureOf(error)).toEqual({ code, status });
  });
});
