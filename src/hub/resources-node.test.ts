import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatBytes } from './format-bytes.ts';
import {
  availableDisk,
  availableFromVmStat,
  availableLinuxMemory,
  availableMemory,
  checkDisk,
  checkDisks,
  checkMemory,
} from './resources-node.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'resources-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function writeFiles(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const meminfo = 'MemTotal:       8000000 kB\nMemFree:         500000 kB\nMemAvailable:   6000000 kB\n';

test('Linux counts what the file cache gives back', async () => {
  await writeFiles({ 'proc/meminfo': meminfo });
  expect(await availableLinuxMemory(root)).toBe(6_000_000 * 1024);
});

test('a limit of version 2 control groups counts, also one of a group further up', async () => {
  await writeFiles({
    'proc/meminfo': meminfo,
    'proc/self/cgroup': '0::/user.slice/job\n',
    'sys/fs/cgroup/user.slice/job/memory.max': 'max\n',
    'sys/fs/cgroup/user.slice/job/memory.current': '100\n',
    'sys/fs/cgroup/user.slice/memory.max': '2000000000\n',
    'sys/fs/cgroup/user.slice/memory.current': '1500000000\n',
    'sys/fs/cgroup/user.slice/memory.stat': 'anon 900000000\nfile 600000000\ninactive_file 400000000\n',
  });
  expect(await availableLinuxMemory(root)).toBe(900_000_000);
});

test('a limit of version 1 control groups counts, seen from inside a container', async () => {
  await writeFiles({
    'proc/meminfo': meminfo,
    'proc/self/cgroup': '9:name=systemd:/x\n4:memory,hugetlb:/docker/0123\n0::/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '3000000000\n',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': '1000000000\n',
    'sys/fs/cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 250000000\n',
  });
  expect(await availableLinuxMemory(root)).toBe(2_250_000_000);
});

test('a machine without /proc/meminfo is not guessed at', async () => {
  expect(await availableLinuxMemory(root)).toBeUndefined();
});

test('macOS counts inactive, speculative and purgeable pages', () => {
  const text =
    'Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:                               10000.\n' +
    'Pages active:                            400000.\nPages inactive:                          300000.\n' +
    'Pages speculative:                         2000.\nPages purgeable:                           3000.\n';
  expect(availableFromVmStat(text)).toBe(315_000 * 16384);
  expect(availableFromVmStat('vm_stat: not found')).toBeUndefined();
});

test('this machine has memory, and less than an exabyte', async () => {
  const bytes = await availableMemory();
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(totalmem());
  await checkMemory(1000, 'A small job');
  const refused = checkMemory(1e18, 'Model 1.6 in float32', { remedy: 'Use --model tiny.' });
  await expect(refused).rejects.toMatchObject({ code: 'insufficient-memory' });
  await expect(refused).rejects.toThrow(
    `Model 1.6 in float32 needs 1000000 TB of memory; ${formatBytes(bytes).slice(0, 1)}`,
  );
  await expect(refused).rejects.toThrow('Use --model tiny.');
});

test('the disk of a folder that does not exist yet is that of its nearest parent', async () => {
  const path = join(root, 'not/there/yet');
  expect(await availableDisk(path)).toBeGreaterThan(0);
  await checkDisk(1, path, 'A byte');
  const refused = checkDisk(1e18, path, 'Model 1.6');
  await expect(refused).rejects.toMatchObject({ code: 'insufficient-disk' });
  await expect(refused).rejects.toThrow(/Model 1\.6 needs 1000000 TB of disk space in .*yet; [\d.]+ \w+ is available/);
});

test('what several things need of one disk is added up', async () => {
  const free = await availableDisk(root);
  const need = (what: string, share: number) => ({ folder: root, bytes: share * free, what });
  const other = 'Choose another.';
  await checkDisks([need('the output', 0.3), need('the rest', 0.3)], 'The job', { remedy: other });
  const refused = checkDisks([need('the output', 0.7), need('the rest', 0.7)], 'The job', { remedy: other });
  await expect(refused).rejects.toMatchObject({ code: 'insufficient-disk' });
  await expect(refused).rejects.toThrow(
    /The job needs .* of disk space in .* \(.* for the output, .* for the rest\); .* is available\.\nChoose another\./,
  );
});

test.each([
  [0, '0 bytes'],
  [547, '547 bytes'],
  [1000, '1 kB'],
  [75_572_083, '75.6 MB'],
  [999_999_999, '1 GB'],
  [5_072_348_184, '5.07 GB'],
])('%i is written as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
