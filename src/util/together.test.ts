import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { together } from './together.ts';

it('both kinds of work go on at the same time', async () => {
  let reached: (() => void) | undefined;
  const isReached = new Promise<void>((resolve) => (reached = resolve));
  const first = async (): Promise<number> => {
    await isReached;
    return 1;
  };
  const second = (): Promise<string> => {
    reached?.();
    return Promise.resolve('two');
  };
  expect(await together(undefined, first, second)).toEqual([1, 'two']);
});

it('when one fails, the other is stopped and waited for', async () => {
  let ended = false;
  const endless = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) await sleep(1);
    ended = true;
    signal.throwIfAborted();
  };
  const failing = (): Promise<void> => Promise.reject(new Error('it is broken'));
  await expect(together(undefined, endless, failing)).rejects.toThrow('it is broken');
  expect(ended).toBe(true);
  const cancellation = AbortSignal.abort(new Error('canceled'));
  await expect(together(cancellation, endless, endless)).rejects.toThrow('canceled');
});
