import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asOutputError, checkOutput, type OutputFormat } from './output-file-node.ts';

const format: OutputFormat = { name: 'an MP4 file', extensions: ['.mp4', '.m4v'], stem: 'result' };

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-output-'));
  await mkdir(file('folder'));
  await writeFile(file('input.mp4'), 'input');
  await writeFile(file('other.mp4'), 'other');
  await symlink(file('input.mp4'), file('symlink.mp4'));
  await link(file('input.mp4'), file('hardlink.mp4'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('checkOutput', () => {
  test.each(['new.mp4', 'NEW.M4V', 'other.mp4', 'folder/new.mp4', "it's; new\n.mp4"])('accepts %j', async (name) => {
    await expect(checkOutput(file(name), [file('input.mp4'), file('missing.wav')], format)).resolves.toBeUndefined();
  });

  test.each(['input.mp4', './input.mp4', 'folder/../input.mp4', 'symlink.mp4', 'hardlink.mp4'])(
    'recognizes the input as %j',
    async (name) => {
      await expect(
        checkOutput(`${folder}/${name}`, [file('other.mp4'), file('input.mp4')], format),
      ).rejects.toMatchObject({
        code: 'output-is-input',
        message: expect.stringMatching(/is one of the inputs .*input\.mp4.*\nChoose another output file\./) as string,
      });
    },
  );

  test.each([
    ['folder', /folder is a folder\.\nChoose a file inside it, such as .*folder\/result\.mp4\./],
    ['folder/', /is not a file name/],
    ['', /is not a file name/],
    ['none/new.mp4', /the folder .*none does not exist\.\nCreate the folder first\./],
    ['other.mp4/new.mp4', /other\.mp4 is not a folder/],
    [
      'new.avi',
      /new\.avi cannot be written: .* an MP4 file, whose name must end in \.mp4 or \.m4v\.\nName it .*\/new\.mp4\./,
    ],
    ['a.b/../new', /the folder .*b\/\.\. does not exist/],
    ['folder/new', /Name it .*folder\/new\.mp4\./],
    ['folder/.mp4', /Name it .*folder\/\.mp4\.mp4\./],
  ])('refuses %j', async (name, message) => {
    await expect(checkOutput(name && `${folder}/${name}`, [], format)).rejects.toMatchObject({
      code: 'output-not-writable',
      message: expect.stringMatching(message) as string,
    });
  });

  test('refuses a device', async () => {
    await expect(checkOutput('/dev/null', [], format)).rejects.toMatchObject({
      code: 'output-not-writable',
      message: expect.stringContaining('/dev/null is not a regular file.') as string,
    });
  });

  test.skipIf(process.getuid?.() === 0)('refuses what permissions forbid', async () => {
    await writeFile(file('protected.mp4'), '');
    await chmod(file('protected.mp4'), 0o444);
    await expect(checkOutput(file('protected.mp4'), [], format)).rejects.toThrow('is write-protected');
    await mkdir(file('closed'));
    await chmod(file('closed'), 0o555);
    await expect(checkOutput(file('closed/new.mp4'), [], format)).rejects.toThrow('is not writable');
  });
});

test('a link to a file that does not exist yet is followed', async () => {
  await symlink('folder/to-come.mp4', file('promise.mp4'));
  await checkOutput(file('promise.mp4'), [], format);
  await symlink('none/to-come.mp4', file('nowhere.mp4'));
  await expect(checkOutput(file('nowhere.mp4'), [], format)).rejects.toThrow(/the folder .*none does not exist\./);
});

test('names that lead nowhere are refused', async () => {
  await symlink('loop.mp4', file('loop.mp4'));
  for (const name of ['loop.mp4', `${'n'.repeat(300)}.mp4`]) {
    await expect(checkOutput(file(name), [], format)).rejects.toMatchObject({ code: 'output-not-writable' });
  }
});

test('a full disk has its own error', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(asOutputError(full, 'out.mp4')).toMatchObject({ code: 'insufficient-disk', cause: full });
  const readOnly = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  expect(asOutputError(readOnly, 'out.mp4')).toMatchObject({ code: 'output-not-writable', cause: readOnly });
});
