import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCommand } from './command.ts';
import { commands } from './commands.ts';
import { UsageError } from './errors.ts';
import { parseCommandLine } from './parse-arguments.ts';

/** Returns the command and its values. */
async function parse(...words: string[]) {
  const request = await parseCommandLine(words, commands);
  if (request.kind !== 'run') throw new Error(`expected a command, got ${request.kind}`);
  const { command, options } = request.invocation;
  return { name: command.name, options };
}

async function usageError(...words: string[]): Promise<string> {
  try {
    await parseCommandLine(words, commands);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('parseCommandLine', () => {
  it('reads arguments and options in any order', async () => {
    const expected = {
      name: 'sync',
      options: { video: 'a.mp4', audio: 'b.wav', output: 'c.mp4', steps: 30, scheduler: 'euler' },
    };
    expect(
      await parse('sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--steps', '30', '--scheduler=euler', '--json'),
    ).toEqual(expected);
    expect(await parse('sync', '--json', '-oc.mp4', '--steps=30', 'a.mp4', '--scheduler', 'euler', 'b.wav')).toEqual(
      expected,
    );
  });

  it('takes any number of arguments where a command does', async () => {
    expect((await parse('eval', 'a.mp4', '--json', 'b.mp4', 'c.mp4')).options).toEqual({
      video: ['a.mp4', 'b.mp4', 'c.mp4'],
    });
    expect((await parse('eval', 'a.mp4')).options).toEqual({ video: ['a.mp4'] });
    expect(await usageError('eval')).toContain('VIDEO is missing');
    expect(await usageError('eval', 'a.mp4', '')).toContain('VIDEO');
  });

  it('takes what follows -- as it is', async () => {
    expect((await parse('sync', '--output=-c.mp4', '--', '-a.mp4', '--json')).options).toEqual({
      video: '-a.mp4',
      audio: '--json',
      output: '-c.mp4',
    });
    expect((await parse('models', 'info', '--', '--')).options).toEqual({ file: '--' });
  });

  it('takes URLs of the web and of files as inputs', async () => {
    const inputs = async (video: string, audio: string) =>
      (await parse('sync', video, audio, '-o', 'c.mp4')).options as { video: unknown; audio: unknown };
    const file = pathToFileURL('b c.wav');
    expect(await inputs('https://example.org/a.mp4', file.href.replace('file', 'FILE'))).toMatchObject({
      video: new URL('https://example.org/a.mp4'),
      audio: file,
    });
    // A path with a colon, and a URL of a file that no path can name.
    expect(await inputs('file:a.mp4', 'file:///a%2Fb.wav')).toMatchObject({
      video: 'file:a.mp4',
      audio: 'file:///a%2Fb.wav',
    });
  });

  it('lets the last of equal options count', async () => {
    expect((await parse('models', 'info', 'a.pt', '--json', '--json')).options).toEqual({ file: 'a.pt' });
    expect((await parse('sync', 'a', 'b', '-o', 'c', '-o', 'd', '--seed', '1', '--seed', '2')).options).toMatchObject({
      output: 'd',
      seed: 2,
    });
  });

  it('reads numbers, and nothing that is not wholly one', async () => {
    expect((await parse('sync', 'a', 'b', '-o', 'c', '--guidance', '1.5', '--seed', '-3')).options).toMatchObject({
      guidanceScale: 1.5,
      seed: -3,
    });
    expect((await parse('sync', 'a', 'b', '-o', 'c', '--fps', '.5e2')).options).toMatchObject({ fps: 50 });
    for (const text of ['abc', '', ' ', '0x10', '12 ', '1,5', 'Infinity', 'NaN', '1_000']) {
      expect(await usageError('sync', 'a', 'b', '-o', 'c', '--steps', text)).toBe(
        `--steps must be a number (got ${JSON.stringify(text)}).`,
      );
    }
  });

  it('finds help and the version wherever they are asked for', async () => {
    for (const words of [['--help'], ['-h'], ['help']]) {
      expect(await parseCommandLine(words, commands)).toEqual({ kind: 'help', topic: undefined, all: false });
    }
    for (const words of [
      ['sync', '--help'],
      ['--help', 'sync'],
      ['help', 'sync'],
      ['sync', '--nonsense', '-h'],
    ]) {
      expect(await parseCommandLine(words, commands)).toMatchObject({
        kind: 'help',
        topic: { name: 'sync' },
        all: false,
      });
    }
    expect(await parseCommandLine(['models', '--help'], commands)).toMatchObject({ kind: 'help', topic: 'models' });
    expect(await parseCommandLine(['sync', '--version'], commands)).toEqual({ kind: 'version' });
    expect((await parse('sync', '-o', 'c', '--', '--help', '--version')).options).toMatchObject({
      video: '--help',
      audio: '--version',
    });
  });

  it('finds out whether help on everything is asked for', async () => {
    for (const words of [
      ['--help', 'all'],
      ['-h', 'all'],
      ['help', 'all'],
    ]) {
      expect(await parseCommandLine(words, commands)).toEqual({ kind: 'help', topic: undefined, all: true });
    }
    for (const words of [
      ['sync', '--help', 'all'],
      ['sync', 'a.mp4', '-h', 'all'],
      ['help', 'sync', 'all'],
    ]) {
      expect(await parseCommandLine(words, commands)).toMatchObject({
        kind: 'help',
        topic: { name: 'sync' },
        all: true,
      });
    }
  });

  it('turns flags on and off', async () => {
    const options = async (...words: string[]) => (await parse('sync', 'a', 'b', '-o', 'c', ...words)).options;
    expect(await options('--reference', '--no-cache')).toMatchObject({ reference: true, cache: false });
    expect(await options('--reference', '--no-reference')).toMatchObject({ reference: false });
    expect(await usageError('sync', '--no-json')).toContain('--no-json is not an option');
  });

  it('reads lists, separated by commas', async () => {
    expect((await parse('train', 'report', '--data', 'd', '--steps', '20, 50')).options).toMatchObject({
      steps: [20, 50],
    });
    expect((await parse('bench', '--only', 'vision,sync')).options).toEqual({ only: ['vision', 'sync'] });
    expect(await usageError('bench', '--only', 'vision,snyc')).toContain('(got "snyc").\nDid you mean sync?');
    expect(await usageError('train', 'report', '--data', 'd', '--steps', '20,')).toContain('--steps must be a number');
  });

  it.each([
    [[], 'Name a command.'],
    [['snyc'], 'There is no command "snyc".\nDid you mean sync?'],
    [['models'], '"models" needs a subcommand.'],
    [['models', 'pul'], 'There is no command "models pul".\nDid you mean models pull?'],
    [['--stpes', 'sync'], '--stpes is not an option of latentsync.'],
    [['sync', '', 'b.wav', '-o', 'c.mp4'], 'VIDEO must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o', ''], '--output must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--model='], '--model must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o=c.mp4'], 'Write -o c.mp4, or --output==c.mp4 if'],
    [['sync', 'a.mp4'], 'AUDIO is missing: Audio of the speech'],
    [['sync', 'a.mp4', 'b.wav'], '--output FILE is missing: File to write: MP4 (named .mp4'],
    [['sync', 'a', 'b', 'c d', '-o', 'x'], '"c d" is one argument too many for "sync".\nPut quotes'],
    [['sync', '--stpes', '3'], '--stpes is not an option of "sync".\nDid you mean --steps?'],
    [['sync', '-x'], '-x is not an option of "sync".\n"latentsync sync --help all"'],
    [['sync', '--steps'], '--steps N needs a value.'],
    [
      ['sync', '-o', '--json'],
      '--output FILE needs a value (got --json).\nIf that is the value, write --output=--json.',
    ],
    [['sync', '--json=yes'], '--json takes no value (got "yes").'],
    [
      ['sync', '--length', 'longest'],
      '--length must be one of audio, video, shortest (got "longest").\nDid you mean shortest?',
    ],
    [['models', '\u001b[2J'], 'There is no command "models \\u001b[2J".'],
    [['sync', '--\u001b[2J'], '--\\u001b[2J is not an option of "sync".'],
    [['sync', '-o=\u001b'], 'Write -o \\u001b, or --output==\\u001b if'],
    [['sync', '-o', '--\u001b'], 'needs a value (got --\\u001b).\nIf that is the value, write --output=--\\u001b.'],
    [['sync', '--__proto__', 'x'], '--__proto__ is not an option of "sync".'],
  ])('refuses %j', async (words, message) => {
    expect(await usageError(...words)).toContain(message);
  });
});

describe('the commands', () => {
  it('have names, options and examples that the parser takes', async () => {
    for (const { examples, name } of await Promise.all(commands.map(loadCommand))) {
      // A configuration file would have to be there.
      for (const example of examples.filter((line) => !line.includes('--config'))) {
        const words = example.split(' ');
        expect((await parse(...words.slice(words.indexOf('latentsync') + 1))).name).toBe(name);
      }
    }
  });
});
