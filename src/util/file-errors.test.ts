import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LatentSyncError } from './errors.ts';
import { fileError, saysAbsent, saysUnnameable, systemErrorCode } from './file-errors.ts';
import { option, wording } from './wording.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-file-errors-'));
  await writeFile(join(folder, 'file'), '');
  await symlink('loop', join(folder, 'loop'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What Node throws for a path in the folder. */
async function thrownBy(work: (path: string) => Promise<unknown>, name: string): Promise<unknown> {
  try {
    await work(join(folder, name));
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

const failing = (code: string): Error => Object.assign(new Error(`${code}: something, open`), { code });

describe('what the file system says', () => {
  it.each<[string, (path: string) => Promise<unknown>, string, string]>([
    ['gone', (path) => readFile(path), 'file-not-found', 'gone does not exist.\nCheck the path.'],
    ['file/below', (path) => readFile(path), 'file-not-found', 'file/below does not exist.'],
    ['n'.repeat(300), (path) => readFile(path), 'file-not-found', 'n does not exist.'],
    ['nul\0', (path) => readFile(path), 'file-not-found', 'nul\\u0000 does not exist.'],
    ['', (path) => readFile(path), 'input-invalid', ' cannot be read: it is a folder.\nChoose a file.'],
    [
      'loop',
      (path) => readFile(path),
      'file-not-readable',
      'loop cannot be read: its symbolic links lead in a circle.',
    ],
  ])('of reading %j', async (name, work, code, message) => {
    const cause = await thrownBy(work, name);
    const error = fileError(cause, join(folder, name));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(error).toHaveProperty('cause', cause);
  });

  it.each<[string, 'create' | 'write', (path: string) => Promise<unknown>, string]>([
    ['gone/new', 'write', (path) => writeFile(path, ''), 'its folder does not exist.\nCreate the folder first.'],
    ['file/new', 'write', (path) => writeFile(path, ''), 'part of its path is a file, not a folder.'],
    ['file', 'create', (path) => mkdir(path), 'something with that name already exists.'],
    ['file', 'write', (path) => open(path, 'wx'), 'something with that name already exists.'],
    ['', 'write', (path) => writeFile(path, ''), 'it is a folder.'],
    ['n'.repeat(300), 'write', (path) => writeFile(path, ''), 'the name is too long.'],
  ])('of writing %j', async (name, doing, work, reason) => {
    const error = fileError(await thrownBy(work, name), join(folder, name), { doing });
    expect(error).toMatchObject({ code: 'output-not-writable', message: expect.stringContaining(reason) as string });
  });

  it.each([
    ['EACCES', 'file-not-readable', 'output-not-writable'],
    ['EPERM', 'file-not-readable', 'output-not-writable'],
    ['EROFS', 'file-not-readable', 'output-not-writable'],
    ['EIO', 'file-not-readable', 'output-not-writable'],
    ['ENOSPC', 'file-not-readable', 'insufficient-disk'],
    ['EDQUOT', 'file-not-readable', 'insufficient-disk'],
    ['EMFILE', 'too-many-open-files', 'too-many-open-files'],
    ['ENFILE', 'too-many-open-files', 'too-many-open-files'],
    ['ESTALE', 'file-not-readable', 'output-not-writable'],
  ])('%s when reading is %s, and when writing %s', (systemCode, reading, writing) => {
    expect(fileError(failing(systemCode), 'x')).toMatchObject({ code: reading });
    expect(fileError(failing(systemCode), 'x', { doing: 'write' })).toMatchObject({ code: writing });
  });
});

describe('fileError', () => {
  it('says what the thing is, and the remedy of the caller', () => {
    const error = fileError(failing('EROFS'), 'runs/a', {
      doing: 'create',
      what: 'The folder of the run',
      remedy: wording`Choose another ${option('output')}.`,
    });
    expect(error).toMatchObject({
      message: 'The folder of the run runs/a cannot be created: the disk is read-only.\nChoose another options.output.',
      remedy: { options: [{ name: 'output', values: [] }] },
    });
  });

  it('has its own remedy for a full disk and for too many files', () => {
    for (const code of ['ENOSPC', 'EMFILE']) {
      expect(fileError(failing(code), 'x', { doing: 'write', remedy: 'Choose another.' })).not.toMatchObject({
        remedy: { text: ['Choose another.'] },
      });
    }
  });

  it('leaves other errors unchanged', () => {
    const errors = [new TypeError('x'), new LatentSyncError('locked', 'Busy.'), failing('ERR_OUT_OF_RANGE'), 'text'];
    for (const error of errors) expect(fileError(error, 'x')).toBe(error);
  });
});

it('absence is told from names that nothing can have', () => {
  expect(systemErrorCode(failing('ENOENT'))).toBe('ENOENT');
  expect([saysAbsent(failing('ENOENT')), saysUnnameable(failing('ENOENT'))]).toEqual([true, false]);
  expect([saysAbsent(failing('ENAMETOOLONG')), saysUnnameable(failing('ENAMETOOLONG'))]).toEqual([true, true]);
  expect([saysAbsent(failing('EACCES')), saysAbsent(new Error('gone'))]).toEqual([false, false]);
});
