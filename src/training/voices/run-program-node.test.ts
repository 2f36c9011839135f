// Programs that run, fail, hang, are missing or are no longer wanted.
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program-node.ts';

describe('runProgram', () => {
  const node = (script: string, options?: Parameters<typeof runProgram>[2]): Promise<Buffer> =>
    runProgram(process.execPath, ['-e', script], options);

  it('returns what the program writes, with arguments as they are', async () => {
    const output = await runProgram(process.execPath, ['-p', 'process.argv[1]', '$(date) "x" ; ls']);
    expect(output.toString()).toBe('$(date) "x" ; ls\n');
  });

  it('says what a failing program says', async () => {
    await expect(node('console.error("no such voice"); process.exit(3)')).rejects.toMatchObject({
      code: 'program-failed',
      message: expect.stringContaining('failed: no such voice') as string,
    });
  });

  it('ends a program that hangs', async () => {
    await expect(node('setInterval(() => {}, 1000)', { seconds: 0.5 })).rejects.toMatchObject({
      code: 'program-failed',
      message: expect.stringContaining('was ended after 0.5 seconds') as string,
    });
  });

  it('says that a program is missing', async () => {
    await expect(runProgram('latentsync-no-such-program', [])).rejects.toMatchObject({ code: 'program-missing' });
  });

  it('ends with the signal', async () => {
    const cancellation = new AbortController();
    const running = node('setInterval(() => {}, 1000)', { signal: cancellation.signal });
    cancellation.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
  });
});
