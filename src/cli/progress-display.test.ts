import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../util/progress.ts';
import { progressDisplay } from './progress-display.ts';

const report = (done: number, stage = 'sync'): Progress => ({
  stage,
  done,
  total: 100,
  elapsedSeconds: done / 10,
  etaSeconds: (100 - done) / 10,
});

/** A stream that keeps what is written. */
function stream(isTTY: boolean, columns = 60) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a terminal', () => {
  it('redraws one line, not too often, and clears it', () => {
    const terminal = stream(true);
    const display = progressDisplay(terminal, {});
    display.update(report(1));
    display.update(report(2));
    display.update(report(3));
    expect(terminal.written).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(terminal.written).toHaveLength(2);
    expect(terminal.written[1]).toContain('3 of 100');
    display.update(report(4));
    display.clear();
    vi.advanceTimersByTime(1000);
    expect(terminal.written).toHaveLength(3);
    expect(terminal.written.every((text) => text.startsWith('\r\u001b[K') && !text.includes('\n'))).toBe(true);
    expect(terminal.written.at(-1)).toBe('\r\u001b[K');
    display.clear();
    expect(terminal.written).toHaveLength(3);
  });

  it('follows the width of the terminal', () => {
    const terminal = stream(true, 120);
    const display = progressDisplay(terminal, { NO_COLOR: '1' });
    display.update(report(1));
    terminal.columns = 30;
    vi.advanceTimersByTime(100);
    display.update(report(2));
    const lengths = terminal.written.map((text) => text.length - '\r\u001b[K'.length);
    expect(lengths[0]).toBeGreaterThan(60);
    expect(lengths[1]).toBeLessThan(30);
  });

  it('has colors unless NO_COLOR is set', () => {
    const [colored, plain] = [stream(true), stream(true)];
    progressDisplay(colored, {}).update(report(50));
    progressDisplay(plain, { NO_COLOR: '1' }).update(report(50));
    expect(colored.written.join()).toContain('\u001b[36m');
    expect(plain.written.join()).not.toContain('\u001b[36m');
  });
});

describe.each([
  ['in a file', false, {}],
  ['on a terminal that cannot redraw', true, { TERM: 'dumb' }],
])('%s', (_, isTTY, environment) => {
  it('writes a line soon and then every five seconds, and one at the end of a stage it has written about', () => {
    const log = stream(isTTY);
    const display = progressDisplay(log, environment);
    display.update(report(0, 'load'));
    display.update(report(100, 'load'));
    expect(log.written).toEqual([]);
    display.update(report(1));
    vi.advanceTimersByTime(1000);
    expect(log.written).toEqual(['Lip-syncing: 1 of 100 frames, 1 %, 10 frames/s, 10 s left\n']);
    display.update(report(5));
    vi.advanceTimersByTime(4000);
    expect(log.written).toHaveLength(1);
    display.update(report(10));
    vi.advanceTimersByTime(2000);
    display.update(report(20));
    display.update(report(100));
    display.clear();
    vi.advanceTimersByTime(10_000);
    expect(log.written.slice(1)).toEqual([
      'Lip-syncing: 10 of 100 frames, 10 %, 10 frames/s, 9 s left\n',
      'Lip-syncing: 100 of 100 frames, 100 %, 10 frames/s\n',
    ]);
  });
});
