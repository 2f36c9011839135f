import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

/** Counts up, and notes what it has done. */
class Counter {
  made = 0;
  ended = false;
  stopped = false;

  async *upTo(count: number, signal: AbortSignal): AsyncGenerator<number> {
    signal.addEventListener('abort', () => (this.stopped = true));
    try {
      while (this.made < count) {
        await sleep(0);
        if (signal.aborted) return;
        yield this.made++;
      }
      if (count === 3) throw new Error('no more');
    } finally {
      this.ended = true;
    }
  }
}

describe('readAhead', () => {
  it('yields everything in order, and makes no more than so many items beforehand', async () => {
    const counter = new Counter();
    const items: number[] = [];
    for await (const item of readAhead((signal) => counter.upTo(8, signal), { most: 3 })) {
      items.push(item);
      while (item === 0 && counter.made < 3) await sleep(1);
      await sleep(5);
      expect(counter.made - items.length).toBeLessThan(3); // the third is asked for with the next item
    }
    expect(items).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('throws the error of the source after the items before it', async () => {
    const counter = new Counter();
    const items: number[] = [];
    const read = async (): Promise<void> => {
      for await (const item of readAhead((signal) => counter.upTo(3, signal), { most: 5 })) {
        await sleep(5);
        items.push(item);
      }
    };
    await expect(read()).rejects.toThrow('no more');
    expect(items).toEqual([0, 1, 2]);
  });

  it('stops the source when nobody takes items any more, and waits for its end', async () => {
    const counter = new Counter();
    for await (const item of readAhead((signal) => counter.upTo(1000, signal), { most: 4 })) {
      if (item === 1) break;
    }
    expect(counter).toMatchObject({ stopped: true, ended: true });
    expect(counter.made).toBeLessThan(10);
  });

  it('stops the source when its signal fires', async () => {
    const counter = new Counter();
    const cancellation = new AbortController();
    const items: number[] = [];
    const { signal } = cancellation;
    for await (const item of readAhead((stop) => counter.upTo(1000, stop), { most: 4, signal })) {
      items.push(item);
      if (item === 1) cancellation.abort();
    }
    expect(counter.ended).toBe(true);
    expect(items.length).toBeLessThan(10);
  });
});
