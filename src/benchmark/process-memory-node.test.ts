import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processTreeBytes } from './process-memory-node.ts';

const MEGABYTES = 150;

describe.runIf(process.platform === 'linux')('processTreeBytes', () => {
  it('counts what a process of a process holds, until it ends', async () => {
    const before = processTreeBytes(process.pid)!;
    expect(before).toBeGreaterThan(10e6);
    const grandchild = `const held = Buffer.alloc(${MEGABYTES}e6, 1); process.stdout.write('ready'); setInterval(() => held, 1e6)`;
    const child = spawn('sh', ['-c', `"$0" -e "${grandchild}" & wait`, process.execPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await once(child.stdout, 'data');
    expect(processTreeBytes(process.pid)! - before).toBeGreaterThan(0.8 * MEGABYTES * 1e6);
    process.kill(-child.pid!, 'SIGKILL');
    await once(child, 'close');
    expect(processTreeBytes(process.pid)! - before).toBeLessThan(0.5 * MEGABYTES * 1e6);
  });

  it('is 0 for a process that is not there', () => {
    expect(processTreeBytes(2 ** 30)).toBe(0);
  });
});
