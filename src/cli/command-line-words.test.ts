import { describe, expect, it } from 'vitest';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { action, option, wording, type ActionReference } from '../util/wording.ts';
import { asUsageError, commandLineMessage } from './command-line-words.ts';
import { loadCommand, type Invocation } from './command.ts';
import { commands } from './commands.ts';
import { UsageError } from './errors.ts';
import { parseCommandLine } from './parse-arguments.ts';

const sync: Invocation = { command: await loadCommand(commands.find(({ name }) => name === 'sync')!), options: {} };

function message(...parts: (string | ReturnType<typeof option> | ActionReference)[]): string {
  return commandLineMessage(new LatentSyncError('locked', 'Busy.', { remedy: parts }), sync).replace('Busy.\n', '');
}

describe('an error of the library', () => {
  it('names flags and arguments of the command', () => {
    expect(message('Use ', option('dtype', 'int8'), '.')).toBe('Use --dtype int8.');
    expect(message(option('guidanceScale', 1.5))).toBe('--guidance 1.5');
    expect(message(option('reference', true))).toBe('--reference');
    expect(message(option('video'))).toBe('VIDEO');
  });

  it('calls what the command does not have by its name', () => {
    expect(message(option('clips', 3))).toBe('clips 3');
    expect(commandLineMessage(new LatentSyncError('locked', [option('model')]), undefined)).toBe('model');
  });

  it.each<ActionReference>([
    action('pullModel', { model: '1.6' }),
    action('pullModel'),
    action('describeCheckpoint'),
    action('describeCheckpoint', { checkpoint: 'my file.pt' }),
    action('generateClips', { output: "it's clips", clips: 20, heldOut: true }),
    action('generateClips'),
  ])('names a command that exists: %j', async (reference) => {
    const [, line] = /^"latentsync (.*)"$/.exec(message(reference))!;
    const words = [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) => word.replace(/\\'|'/g, ''));
    expect(await parseCommandLine(words, commands)).toMatchObject({ kind: 'run' });
  });

  it('quotes what a shell would take apart', () => {
    expect(message(option('output', "it's here.mp4"))).toBe("--output 'it'\\''s here.mp4'");
  });
});

describe('an option out of range', () => {
  it('is a usage error about the flag', () => {
    const error = asUsageError(new OptionError('fps', wording`be left out with ${option('reference')}`, 30), sync);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: '--fps must be left out with --reference (got 30).' });
  });

  it('names the configuration file, when the value comes from there', () => {
    const invocation = { ...sync, config: { file: 'job.yaml', names: new Set(['fps']) } };
    const error = asUsageError(
      new OptionError('fps', wording`be left out with ${option('reference')}`, 30),
      invocation,
    );
    expect(error).toMatchObject({ message: '"fps" in job.yaml must be left out with --reference (got 30).' });
  });

  it('stays an error of the library when the command has no such flag', () => {
    const error = new OptionError('columns', 'be even', 3);
    expect(asUsageError(error, sync)).toBe(error);
  });
});
