// The benchmark's command, run for real on what takes seconds.
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { eventsOf, runCommand } from '../support/run-command.ts';

describe('latentsync bench', () => {
  it('prints figures with what is promised of them, and fails only when one is missed', async () => {
    const { status, stdout, stderr } = await runCommand(['bench', '--only', 'startup'], { cwd: tmpdir() });
    expect(stdout).toMatch(/^startup\.node +[\d.]+ +ms$/m);
    expect(stdout).toMatch(/^startup\.help-ratio +[\d.]+ +ratio +≤ 2 +(ok|MISSED)$/m);
    expect(stdout).toMatch(/^startup\.version-ratio +[\d.]+ +ratio +≤ 2 +(ok|MISSED)$/m);
    const missed = stdout.includes('MISSED');
    expect(status).toBe(missed ? 3 : 0);
    expect(stderr.includes('Missed: startup.')).toBe(missed);
  });

  it('reports each figure as an event', async () => {
    const result = await runCommand(['bench', '--only', 'startup', '--json'], { cwd: tmpdir() });
    const figures = eventsOf(result).filter(({ event }) => event === 'figure');
    expect(figures.map(({ name }) => name)).toEqual(['startup.node', 'startup.help-ratio', 'startup.version-ratio']);
  });
});
