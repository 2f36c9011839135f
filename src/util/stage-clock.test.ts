// StageClock: times add up by part, whatever becomes of the work.
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StageClock } from './stage-clock.ts';

describe('StageClock', () => {
  it('adds up the times of a part, also of work that fails, and knows nothing of others', async () => {
    const clock = new StageClock();
    expect(await clock.time('load', () => setTimeout(20, 'loaded'))).toBe('loaded');
    const once = clock.seconds('load');
    expect(once).toBeGreaterThan(0.01);
    await expect(clock.time('load', () => setTimeout(20).then(() => Promise.reject(new Error('no'))))).rejects.toThrow(
      'no',
    );
    expect(clock.seconds('load')).toBeGreaterThan(once + 0.01);
    expect(clock.timeSync('paste', () => 3)).toBe(3);
    expect(clock.seconds('write')).toBe(0);
  });

  it('counts the waits for a source, not the work in between, and closes it', async () => {
    const clock = new StageClock();
    let closed = 0;
    const source = async function* (): AsyncGenerator<number> {
      try {
        for (let value = 0; ; value++) yield await setTimeout(10, value);
      } finally {
        closed++;
      }
    };
    const seen: number[] = [];
    const startedAt = performance.now();
    for await (const value of clock.waits('read', source())) {
      seen.push(value);
      await setTimeout(50);
      if (value === 2) break;
    }
    const between = (performance.now() - startedAt) / 1000 - clock.seconds('read');
    expect([seen, closed]).toEqual([[0, 1, 2], 1]);
    expect(clock.seconds('read')).toBeGreaterThan(0.02);
    expect(between).toBeGreaterThan(0.12);
  });
});
