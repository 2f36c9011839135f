import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileIdentity, fileSize } from './files-node.ts';

test('there is a length for regular files only, whatever their names are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  await writeFile(join(folder, 'file'), 'four');
  expect(await fileSize(join(folder, 'file'))).toBe(4);
  for (const name of ['.', 'none', 'none/below', 'file/below', 'n'.repeat(300)]) {
    expect(await fileSize(join(folder, name))).toBeUndefined();
  }
  await rm(folder, { recursive: true });
});

test('a file is known by its content, even if another of the same length and time takes its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  const path = join(folder, 'file');
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, name), text);
    await utimes(join(folder, name), 1000, 1000);
  };
  await write('file', 'four');
  const identity = await fileIdentity(path);
  await write('copy', 'four');
  expect(await fileIdentity(join(folder, 'copy'))).toBe(identity);
  await write('file', 'five');
  expect(await fileIdentity(path)).not.toBe(identity);
  await rm(folder, { recursive: true });
});

test.skipIf(process.platform === 'win32')('a name that cannot be looked at is refused with the remedy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  await symlink('loop', join(folder, 'loop'));
  await expect(fileSize(join(folder, 'loop'))).rejects.toMatchObject({
    code: 'file-not-readable',
    message: expect.stringMatching(
      /loop cannot be read: its symbolic links lead in a circle\.\nFix the link\./,
    ) as string,
  });
  await rm(folder, { recursive: true });
});
