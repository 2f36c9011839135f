import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlobSource, BytesSource, type ByteSource } from './byte-source.ts';
import { FileSource } from './file-source-node.ts';

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-source-'));
  file = join(folder, "a 'file'; -é.bin");
  await writeFile(file, content);
});
afterAll(() => rm(folder, { recursive: true }));

const kinds: [string, () => Promise<ByteSource>][] = [
  ['BytesSource', () => Promise.resolve(new BytesSource('bytes', content))],
  ['BlobSource', () => Promise.resolve(new BlobSource(new File([content], 'bytes')))],
  ['FileSource', () => FileSource.open(file)],
];

it.skipIf(process.platform === 'win32')('a pipe is refused without waiting for its writer', async () => {
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]);
  await expect(FileSource.open(join(folder, 'pipe'))).rejects.toThrow('is not a regular file');
});

describe.each(kinds)('%s', (_, open) => {
  it('reads ranges into memory of their own', async () => {
    const source = await open();
    expect(source.size).toBe(1000);
    const range = await source.read(10, 20);
    expect(range).toEqual(content.slice(10, 30));
    expect(range.buffer).not.toBe(content.buffer);
    expect(await source.read(1000, 0)).toHaveLength(0);
    await source.close();
    await source.close();
  });

  it('refuses ranges outside the file', async () => {
    const source = await open();
    for (const [offset, length] of [
      [0, 1001],
      [1001, 0],
      [-1, 5],
      [0.5, 1],
      [2 ** 60, 1],
    ]) {
      await expect(source.read(offset, length)).rejects.toThrow(RangeError);
    }
    await source.close();
  });
});

describe('FileSource', () => {
  it('names what cannot be opened', async () => {
    await expect(FileSource.open(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(FileSource.open(join(file, 'below'))).rejects.toMatchObject({ code: 'file-not-found' });
    await mkdir(join(folder, 'sub'));
    await expect(FileSource.open(join(folder, 'sub'))).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('is a folder') as string,
    });
    await expect(FileSource.open('/dev/null')).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('knows where the file is behind links, as download caches have them', async () => {
    const link = join(folder, 'link');
    await symlink(file, link);
    const source = await FileSource.open(link);
    expect(source).toMatchObject({ name: link, path: await realpath(file) });
    await source.close();
  });

  it('notices a file that becomes shorter, and reads nothing once closed', async () => {
    const path = join(folder, 'shrinking');
    await writeFile(path, content);
    const source = await FileSource.open(path);
    await truncate(path, 500);
    await expect(source.read(400, 200)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    await source.close();
    await expect(source.read(0, 1)).rejects.toThrow('closed');
  });
});
