import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCommand, type Command } from './command.ts';
import { commands } from './commands.ts';
import { readConfigFile } from './config-file.ts';
import { parseCommandLine } from './parse-arguments.ts';

let folder = '';
let sync: Command;
let report: Command;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-config-'));
  sync = await command('sync');
  report = await command('train report');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function command(wanted: string): Promise<Command> {
  return loadCommand(commands.find(({ name }) => name === wanted)!);
}

async function file(text: string): Promise<string> {
  const path = join(folder, 'job.yaml');
  await writeFile(path, text);
  return path;
}

async function read(text: string, of: Command): Promise<object> {
  return Object.fromEntries(await readConfigFile(await file(text), of));
}

/** Returns the options that a command line with a configuration file ends up with. */
async function given(text: string, ...words: string[]): Promise<object> {
  const request = await parseCommandLine(['sync', '--config', await file(text), ...words], commands);
  if (request.kind !== 'run') throw new Error(`expected a command, got ${request.kind}`);
  return request.invocation.options;
}

describe('readConfigFile', () => {
  it('reads options by their names in programs, from YAML and JSON', async () => {
    const expected = { guidanceScale: 2, seed: 7, length: 'video', reference: true, cache: false };
    expect(
      await read('# a job\nguidanceScale: 2\nseed: 7\nlength: video\nreference: true\ncache: false\n', sync),
    ).toEqual(expected);
    expect(await read(JSON.stringify(expected), sync)).toEqual(expected);
    expect(await read('steps: [20, 50]\n', report)).toEqual({ steps: [20, 50] });
    expect(await read('common: &rate 30\nfps: *rate\n'.replace('common', 'quality'), sync)).toEqual({
      quality: 30,
      fps: 30,
    });
    expect(await read('', sync)).toEqual({});
  });

  it('takes the name of a model that looks like a number', async () => {
    expect(await read('model: 1.6', sync)).toEqual({ model: '1.6' });
    expect(await read('{"model": "tiny"}', sync)).toEqual({ model: 'tiny' });
  });

  it('takes paths relative to the folder of the file', async () => {
    expect(await read('video: talk.mp4\naudio: /a/b.wav\noutput: ../out.mp4\nmodel: ./1.6', sync)).toEqual({
      video: join(folder, 'talk.mp4'),
      audio: '/a/b.wav',
      output: join(folder, '../out.mp4'),
      model: join(folder, '1.6'),
    });
    expect(await read('video: https://example.org/talk.mp4', sync)).toEqual({
      video: new URL('https://example.org/talk.mp4'),
    });
    expect(await read('speech: [a.wav, b/c.wav]', report)).toEqual({
      speech: [join(folder, 'a.wav'), join(folder, 'b/c.wav')],
    });
  });

  it.each([
    ['guidenceScale: 2', '"guidenceScale", which is not an option of "sync".\nDid you mean guidanceScale?'],
    ['guidance: 2', '"guidance", which is not an option of "sync".\nDid you mean guidanceScale?'],
    ['__proto__: 2', '"__proto__", which is not an option of "sync".'],
    ['json: true', '"json", which is not an option of "sync".'],
    ['steps: many', '"steps" in FILE must be an integer from 1 to 999 (got "many").'],
    ['steps: "20"', '"steps" in FILE must be an integer from 1 to 999 (got "20").'],
    ['steps: 1000', '"steps" in FILE must be an integer from 1 to 999 (got 1000).'],
    ['steps: 1.5', '"steps" in FILE must be an integer from 1 to 999 (got 1.5).'],
    ['seed: -1', '"seed" in FILE must be an integer of 0 or more (got -1).'],
    ['fps: .nan', '"fps" in FILE must be a number from 1 to 120 (got .nan).'],
    ['fps: .inf', '"fps" in FILE must be a number from 1 to 120 (got .inf).'],
    ['steps: "\u009b2J', 'steps: "\\u009b2J'],
    ['reference: yes', '"reference" in FILE must be true or false (got "yes").'],
    ['length: vidoe', '"length" in FILE must be one of audio, video, shortest (got "vidoe").\nDid you mean video?'],
    ['output:', '"output" in FILE must be the path of a file or folder (got null).'],
    ['output: ""', '"output" in FILE must be the path of a file or folder (got "").'],
    ['video: [a.mp4]', '"video" in FILE must be the path of a file (got ["a.mp4"]).'],
    ['- steps: 20', 'must hold options with their values'],
    ['steps: 1\nsteps: 2', 'is not valid YAML'],
    ['steps: {', 'is not valid YAML'],
  ])('refuses %j', async (text, message) => {
    await expect(read(text, sync)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(message.replace('FILE', join(folder, 'job.yaml'))) as string,
    });
  });

  it('refuses lists with something else in them, and single values for lists', async () => {
    for (const text of ['steps: 20', 'steps: []', 'steps: [20, many]']) {
      await expect(read(text, report)).rejects.toThrow('must be a list, each of its values an integer from 1 to 999');
    }
  });

  it('says when the file is not there', async () => {
    await expect(readConfigFile(join(folder, 'none.yaml'), sync)).rejects.toMatchObject({ code: 'file-not-found' });
  });
});

describe('--config', () => {
  it('gives arguments and options, and yields to the command line', async () => {
    const text = 'video: a.mp4\naudio: b.wav\noutput: c.mp4\nsteps: 4\nreference: true\n';
    expect(await given(text, '--steps', '5', '--no-reference', 'other.mp4')).toEqual({
      video: 'other.mp4',
      audio: join(folder, 'b.wav'),
      output: join(folder, 'c.mp4'),
      steps: 5,
      reference: false,
    });
  });

  it('does not make up for what is missing', async () => {
    await expect(given('video: a.mp4\noutput: c.mp4\n')).rejects.toThrow('AUDIO is missing');
  });

  it('is known to errors about its options', async () => {
    const request = await parseCommandLine(
      ['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--config', await file('steps: 4\nseed: 1'), '--seed', '2'],
      commands,
    );
    expect(request).toMatchObject({ invocation: { config: { names: new Set(['steps']) } } });
  });
});
