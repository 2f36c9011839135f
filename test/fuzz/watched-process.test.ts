// Programs that are watched: how they end, and what they leave running.
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runWatched } from './watched-process.ts';

const run = (program: string, limitSeconds = 30) =>
  runWatched(['--input-type=module', '--eval', program], { cwd: tmpdir(), limitSeconds });

/** Returns whether a process has ended, even if nobody has asked for its exit status yet (Linux). */
function isGone(pid: string): boolean {
  return !existsSync(`/proc/${pid}/stat`) || readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
}

describe('a watched program', () => {
  it('leaves its status and what it wrote', async () => {
    const ended = await run('console.log("out"); console.error("err"); process.exit(7);');
    expect(ended).toMatchObject({
      status: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
      orphans: 0,
    });
  });

  it.skipIf(process.platform === 'win32')('may end by a signal', async () => {
    expect(await run('process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);')).toMatchObject({
      status: null,
      signal: 'SIGSEGV',
      timedOut: false,
    });
  });

  it('is ended when it takes too long, even if it is deaf', async () => {
    const ended = await run('for (;;);', 1);
    expect(ended).toMatchObject({ status: null, timedOut: true });
  });

  it.skipIf(process.platform !== 'linux')('is told from the processes that it leaves, which are ended', async () => {
    const program = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      console.log(child.pid);
      child.unref();`;
    const ended = await run(program);
    expect(ended).toMatchObject({ status: 0, orphans: 1 });
    await expect.poll(() => isGone(ended.stdout.trim())).toBe(true);
  });
});
