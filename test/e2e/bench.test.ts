// The benchmark's command, run for real on what takes seconds.
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { eventsOf, runCommand } from '../support/run-command.ts';

describe('latentsync bench', () => {
  it('prints figures with what is promised of them, and fails only when one is missed', async () => {
    const { status, stdout, stderr } = await runCommand(['bench', '--only', 'vision'], { cwd: tmpdir() });
    expect(stdout).toMatch(/^vision\.alignment +[\d.]+ +ms +≤ 15 +(ok|MISSED)$/m);
    expect(stdout).toMatch(/^vision\.compositing +[\d.]+ +ms +≤ 25 +(ok|MISSED)$/m);
    const missed = stdout.includes('MISSED');
    expect(status).toBe(missed ? 3 : 0);
    expect(stderr.includes('Missed: vision.')).toBe(missed);
  });

  it('reports each figure as an event', async () => {
    const result = await runCommand(['bench', '--only', 'startup', '--json'], { cwd: tmpdir() });
    const figures = eventsOf(result).filter(({ event }) => event === 'figure');
    expect(figures.map(({ name }) => name)).toEqual(['startup.node', 'startup.help-ratio', 'startup.version-ratio']);
  });
});
