import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileSize } from './files-node.ts';

test('there is a length for regular files only, whatever their names are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  await writeFile(join(folder, 'file'), 'four');
  expect(await fileSize(join(folder, 'file'))).toBe(4);
  for (const name of ['.', 'none', 'none/below', 'file/below', 'n'.repeat(300)]) {
    expect(await fileSize(join(folder, name))).toBeUndefined();
  }
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
