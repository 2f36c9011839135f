// Long work that pauses lets others have their turn.
import { expect, test } from 'vitest';
import { Pauses } from './pauses.ts';

/** Works in steps of a millisecond; returns how often something else got its turn. */
async function turnsDuring(steps: number, pause: () => Promise<void>): Promise<number> {
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  for (let step = 0; step < steps; step++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    await pause();
  }
  clearInterval(other);
  return turns;
}

test('work that pauses lets others have their turn', async () => {
  const pauses = new Pauses();
  expect(await turnsDuring(100, () => pauses.pause())).toBeGreaterThanOrEqual(5);
  expect(await turnsDuring(100, () => Promise.resolve())).toBe(0);
});
