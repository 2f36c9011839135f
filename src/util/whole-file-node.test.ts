import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WholeFile, writeWholeFile } from './whole-file-node.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-whole-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeWholeFile', () => {
  it('replaces a file whole', async () => {
    const path = join(folder, 'out.bin');
    await writeFile(path, 'a much longer file than the new one');
    await writeWholeFile(path, async (file) => {
      await file.write(Uint8Array.of(1, 2));
      await file.write(Uint8Array.of(3));
    });
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    expect(await readdir(folder)).toEqual(['out.bin']);
  });

  it('leaves the old file and nothing else when the writer fails', async () => {
    const path = join(folder, 'out.bin');
    await writeFile(path, 'old');
    const failing = writeWholeFile(path, async (file) => {
      await file.write(Uint8Array.of(1));
      throw new RangeError('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out.bin']);
  });

  it('says when there is no place to write', async () => {
    const nothing = (): Promise<void> => Promise.resolve();
    await expect(writeWholeFile(join(folder, 'none', 'out'), nothing)).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    await mkdir(join(folder, 'taken'));
    await expect(writeWholeFile(join(folder, 'taken'), nothing)).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('WholeFile', () => {
  it('writes at any position, and after everything by default', async () => {
    const path = join(folder, 'out.bin');
    await using file = await WholeFile.create(path);
    await file.write(Buffer.from('abcd'));
    await file.write(Buffer.from('B'), 1);
    await file.write(Buffer.from('e'));
    await file.write(Buffer.from('g'), 6);
    await file.write(Buffer.from('h'));
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
    await file.commit();
    expect(await readFile(path, 'latin1')).toBe('aBcde\0gh');
    expect(await readdir(folder)).toEqual(['out.bin']);
  });

  it('is deleted unless it was completed', async () => {
    {
      await using file = await WholeFile.create(join(folder, 'out.bin'));
      await file.write(Buffer.from('half'));
      expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.out-[0-9a-f]{12}\.part$/)]);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['real.bin', 'to-come.bin'])('replaces what a link leads to: %s', async (target) => {
    await writeFile(join(folder, 'real.bin'), 'older');
    await symlink(target, join(folder, 'alias.bin'));
    await writeWholeFile(join(folder, 'alias.bin'), 'newer');
    expect(await readlink(join(folder, 'alias.bin'))).toBe(target);
    expect(await readFile(join(folder, target), 'latin1')).toBe('newer');
  });

  it('takes the longest possible names', async () => {
    const path = join(folder, `${'ü'.repeat(124)}.mp4`);
    await writeWholeFile(path, 'x');
    expect(await readFile(path, 'latin1')).toBe('x');
  });

  it('gives the remedy of the caller', async () => {
    await expect(WholeFile.create(join(folder, 'none', 'out'), { remedy: 'Choose another.' })).rejects.toMatchObject({
      code: 'output-not-writable',
      message: expect.stringMatching(
        /none\/out cannot be written: its folder does not exist\.\nChoose another\./,
      ) as string,
    });
  });
});
