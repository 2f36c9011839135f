import { describe, expect, it } from 'vitest';
import { commands } from './commands.ts';
import { UsageError } from './errors.ts';
import { parseCommandLine } from './parse-arguments.ts';

/** Returns the command and its values. */
function parse(...words: string[]) {
  const request = parseCommandLine(words, commands);
  if (request.kind !== 'run') throw new Error(`expected a command, got ${request.kind}`);
  const given = Object.entries(request.invocation.options).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  return { name: request.command.name, inputs: request.invocation.inputs, options: Object.fromEntries(given) };
}

function usageError(...words: string[]): string {
  try {
    parseCommandLine(words, commands);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('parseCommandLine', () => {
  it('reads arguments and options in any order', () => {
    const expected = {
      name: 'sync',
      inputs: { video: 'a.mp4', audio: 'b.wav' },
      options: { output: 'c.mp4', steps: 30, scheduler: 'euler', json: true },
    };
    expect(parse('sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--steps', '30', '--scheduler=euler', '--json')).toEqual(
      expected,
    );
    expect(parse('sync', '--json', '-oc.mp4', '--steps=30', 'a.mp4', '--scheduler', 'euler', 'b.wav')).toEqual(
      expected,
    );
  });

  it('takes what follows -- as it is', () => {
    expect(parse('sync', '--output=-c.mp4', '--', '-a.mp4', '--json').inputs).toEqual({
      video: '-a.mp4',
      audio: '--json',
    });
    expect(parse('models', 'info', '--', '--').inputs).toEqual({ file: '--' });
  });

  it('lets the last of equal options count', () => {
    expect(parse('models', 'info', 'a.pt', '--json', '--json').options).toEqual({ json: true });
    expect(parse('sync', 'a', 'b', '-o', 'c', '-o', 'd', '--seed', '1', '--seed', '2').options).toEqual({
      output: 'd',
      seed: 2,
    });
  });

  it('reads numbers, and nothing that is not wholly one', () => {
    expect(parse('sync', 'a', 'b', '-o', 'c', '--guidance', '1.5', '--seed', '-3').options).toMatchObject({
      guidance: 1.5,
      seed: -3,
    });
    expect(parse('sync', 'a', 'b', '-o', 'c', '--fps', '.5e2').options).toMatchObject({ fps: 50 });
    for (const text of ['abc', '', ' ', '0x10', '12 ', '1,5', 'Infinity', 'NaN', '1_000']) {
      expect(usageError('sync', 'a', 'b', '-o', 'c', '--steps', text)).toBe(
        `--steps must be a number (got ${JSON.stringify(text)}).`,
      );
    }
  });

  it('finds help and the version wherever they are asked for', () => {
    for (const words of [['--help'], ['-h'], ['help']]) {
      expect(parseCommandLine(words, commands)).toEqual({ kind: 'help', topic: undefined });
    }
    for (const words of [
      ['sync', '--help'],
      ['--help', 'sync'],
      ['help', 'sync'],
      ['sync', '--nonsense', '-h'],
    ]) {
      expect(parseCommandLine(words, commands)).toMatchObject({ kind: 'help', topic: { name: 'sync' } });
    }
    expect(parseCommandLine(['models', '--help'], commands)).toEqual({ kind: 'help', topic: 'models' });
    expect(parseCommandLine(['sync', '--version'], commands)).toEqual({ kind: 'version' });
    expect(parse('sync', '-o', 'c', '--', '--help', '--version').inputs).toEqual({
      video: '--help',
      audio: '--version',
    });
  });

  it.each([
    [[], 'Name a command.'],
    [['snyc'], 'There is no command "snyc".\nDid you mean sync?'],
    [['models'], '"models" needs another word.'],
    [['models', 'pul'], 'There is no command "models pul".\nDid you mean models pull?'],
    [['--stpes', 'sync'], '--stpes is no option of latentsync.'],
    [['sync', '', 'b.wav', '-o', 'c.mp4'], 'VIDEO must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o', ''], '--output must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--model='], '--model must not be empty.'],
    [['sync', 'a.mp4', 'b.wav', '-o=c.mp4'], 'Write -o c.mp4, or --output==c.mp4 if'],
    [['sync', 'a.mp4'], 'AUDIO is missing: File with the speech'],
    [['sync', 'a.mp4', 'b.wav'], '--output FILE is missing: MP4 file to write, named .mp4'],
    [['sync', 'a', 'b', 'c d', '-o', 'x'], '"c d" is one argument too many for "sync".\nPut quotes'],
    [['sync', '--stpes', '3'], '--stpes is no option of "sync".\nDid you mean --steps?'],
    [['sync', '-x'], '-x is no option of "sync".\n"latentsync sync --help"'],
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
    [['sync', '--__proto__', 'x'], '--__proto__ is no option of "sync".'],
  ])('refuses %j', (words, message) => {
    expect(usageError(...words)).toContain(message);
  });
});

describe('the commands', () => {
  it('have names, options and examples that the parser takes', () => {
    for (const { examples, name } of commands) {
      for (const example of examples) {
        const words = example.split(' ');
        expect(parse(...words.slice(words.indexOf('latentsync') + 1)).name).toBe(name);
      }
    }
  });
});
