// Every bad input, given to the real command: one clear error, its own exit status, and nothing in the folder changed.
import { execFileSync } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeCorners, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip, writeNoisyFaceClip } from '../support/clips.ts';
import { folderState } from '../support/folder-state.ts';
import { eventsOf, runCommand, type CommandResult } from '../support/run-command.ts';
import { makeUNetHuge, writeSmallModel } from '../support/small-model.ts';

const SAMPLE_RATE = 16000;

/** For jobs that run networks; on a busy machine their threads wait for each other, so they get one. */
const quickly = ['--length', 'video', '--steps', '1', '--threads', '1', '--quiet', 'draw', '--no-cache'];

let root = '';
let folder = '';
let before: Record<string, string> = {};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-bad-input-'));
  folder = join(root, 'work');
  await mkdir(folder);
  const file = (name: string): string => join(folder, name);
  await writeFaceClip(file('face.mp4'), 12);
  await writeCorners(file('no-face.mp4'), { width: 320, height: 240, frames: 8 });
  await writeWav(file('speech.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 1)]);
  await writeWav(file('silent.wav'), SAMPLE_RATE, [new Float32Array(SAMPLE_RATE)]);
  await writeWav(file('short.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 0.09)]);
  await writeWav(file('no-samples.wav'), SAMPLE_RATE, [new Float32Array(0)]);
  await writeCorners(file('large.mp4'), { width: 1280, height: 720, frames: 4 });
  await writeNoisyFaceClip(file('noise.mp4'), 12);
  await writeFile(file('empty.mp4'), '');
  await writeFile(file('notes.txt'), 'These are notes.\n'.repeat(100));
  await writeFile(file('a \'b\';\n"c".mp4'), 'no video');
  await cp(file('face.mp4'), file('cut-early.mp4'));
  await truncate(file('cut-early.mp4'), 200);
  await cp(file('face.mp4'), file('cut-late.mp4'));
  await truncate(file('cut-late.mp4'), (await readFile(file('face.mp4'))).length - 600);
  await symlink('face.mp4', file('symbolic-link.mp4'));
  await link(file('face.mp4'), file('hard-link.mp4'));

  await writeSmallModel(file('model'));
  const variant = async (name: string, change: (model: string) => Promise<unknown>): Promise<void> => {
    await cp(file('model'), file(name), { recursive: true });
    await change(file(name));
  };
  await variant('model-lacking', (model) => rm(join(model, 'whisper'), { recursive: true }));
  await variant('model-cut', (model) => truncate(join(model, 'latentsync_unet.pt'), 100_000));
  await variant('model-text', (model) => writeFile(join(model, 'latentsync_unet.pt'), 'no checkpoint'));
  await variant('model-other', (model) => cp(join(model, 'whisper/tiny.pt'), join(model, 'latentsync_unet.pt')));
  await variant('model-config', (model) => writeFile(join(model, 'config.yaml'), 'model: [unclosed'));
  await variant('model-huge', makeUNetHuge);
  before = await folderState(folder);
});

afterAll(async () => {
  expect(await folderState(folder), 'no command changed anything').toEqual(before);
  await rm(root, { recursive: true, force: true });
});

function run(words: readonly string[]): Promise<CommandResult> {
  return runCommand(words, { cwd: folder, environment: { LATENTSYNC_HOME: join(root, 'home') } });
}

/** Slow machines get lines of progress before the error. */
function withoutProgress(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !/^[A-Z][a-z -]+: \d+ of \d+ [a-z]+(,|$)/.test(line));
}

/** One error of at least two lines, the first naming the thing; nothing else, and no stack trace. */
function expectRefusal(result: CommandResult, status: number, named: readonly string[]): void {
  expect(result, result.stderr).toMatchObject({ status, stdout: '' });
  const lines = withoutProgress(result.stderr);
  expect(lines[0]).toMatch(/^Error: /);
  expect(lines.filter((line) => line.startsWith('Error: '))).toHaveLength(1);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  for (const text of named) expect(result.stderr).toContain(text);
}

const videoCases: [title: string, video: string, status: number, named: string[]][] = [
  ['no such file', 'missing.mp4', 10, ['missing.mp4 does not exist', 'Check the path']],
  ['a folder', 'model', 12, ['model is a folder', 'Choose a media file']],
  ['an empty file', 'empty.mp4', 12, ['empty.mp4 is empty', 'again']],
  ['a text', 'notes.txt', 12, ['notes.txt is not a media file', 'Supported formats: MP4']],
  ['a name with quotes, a semicolon and a line break', 'a \'b\';\n"c".mp4', 12, ['a \'b\';\\n"c".mp4 is not']],
  ['a file that ends within its header', 'cut-early.mp4', 12, ['cut-early.mp4', 'again']],
  ['sound only', 'speech.wav', 13, ['speech.wav has no video track', 'Choose a video file']],
];

const audioCases: [title: string, audio: string, status: number, named: string[]][] = [
  ['no such file', 'missing.wav', 10, ['missing.wav does not exist', 'Check the path']],
  ['a text', 'notes.txt', 12, ['notes.txt is not a media file']],
  ['pictures only', 'no-face.mp4', 14, ['no-face.mp4 has no audio track', 'Choose a file with speech']],
  ['no samples', 'no-samples.wav', 15, ['no-samples.wav', 'Choose a file with speech']],
  ['silence', 'silent.wav', 16, ['silent.wav is silent', 'speech']],
  ['less than 0.1 s', 'short.wav', 17, ['0.1', 'short.wav']],
];

const outputCases: [title: string, output: string, status: number, named: string[]][] = [
  ['a folder that does not exist', 'nowhere/out.mp4', 20, ['the folder nowhere does not exist', 'Create the folder']],
  ['a folder', 'model', 20, ['model is a folder', 'such as model/result.mp4']],
  ['a path below a file', 'notes.txt/out.mp4', 20, ['notes.txt is not a folder']],
  [
    'a file of another format',
    'out.avi',
    20,
    ['out.avi cannot be written', 'end in .mp4, .m4v, .mov, .mkv or .webm', 'Name it out.mp4'],
  ],
  ['the video', 'face.mp4', 21, ['face.mp4 is one of the inputs', 'another output']],
  ['the video by another path', 'model/../face.mp4', 21, ['one of the inputs']],
  ['a symbolic link to the video', 'symbolic-link.mp4', 21, ['symbolic-link.mp4 is one of the inputs']],
  ['a hard link to the video', 'hard-link.mp4', 21, ['hard-link.mp4 is one of the inputs']],
  ['the audio', 'speech.wav', 21, ['speech.wav is one of the inputs']],
];

const modelCases: [title: string, model: string, status: number, named: string[]][] = [
  ['a name that is not known', 'tinny', 30, ['no model or folder "tinny"', 'Did you mean --model tiny?']],
  ['a model that is not downloaded', '1.6', 31, ['Model 1.6 is not downloaded', 'latentsync models pull 1.6']],
  ['a folder that lacks files', 'model-lacking', 10, ['lacks 1 of its 4 files', 'tiny.pt', 'models pull']],
  ['a checkpoint that ends early', 'model-cut', 33, ['latentsync_unet.pt', 'Download']],
  ['a text in place of a checkpoint', 'model-text', 33, ['latentsync_unet.pt']],
  [
    'the checkpoint of another network',
    'model-other',
    34,
    ['does not fit the configured network', 'missing', 'unexpected'],
  ],
  ['a configuration that is not YAML', 'model-config', 35, ['config.yaml is not valid YAML', 'configuration']],
  ['more memory than there is', 'model-huge', 40, ['needs', 'TB of memory', 'is available', 'smaller model']],
];

describe.concurrent('latentsync sync refuses', () => {
  it.each(videoCases)('as video: %s', async (_, video, status, named) => {
    expectRefusal(await run(['sync', video, 'speech.wav', '-o', 'out.mp4', '--model', 'model']), status, named);
  });

  it.each(audioCases)('as audio: %s', async (_, audio, status, named) => {
    expectRefusal(await run(['sync', 'face.mp4', audio, '-o', 'out.mp4', '--model', 'model']), status, named);
  });

  it.each(outputCases)('as output: %s', async (_, output, status, named) => {
    expectRefusal(await run(['sync', 'face.mp4', 'speech.wav', '-o', output, '--model', 'model']), status, named);
  });

  it.each(modelCases)('as model: %s', async (_, model, status, named) => {
    expectRefusal(await run(['sync', 'face.mp4', 'speech.wav', '-o', 'out.mp4', '--model', model]), status, named);
  });

  it.each([
    ['--video-stream', '--video-stream must be 0 (avc, 256×256), the only video stream of face.mp4 (got 5).'],
    [
      '--audio-stream',
      '--audio-stream must be 0 (pcm-s16, 16000 Hz, mono), the only audio stream of speech.wav (got 5).',
    ],
  ])('the number of a stream that is not there: %s', async (flag, text) => {
    const result = await run(['sync', 'face.mp4', 'speech.wav', '-o', 'out.mp4', '--model', 'model', flag, '5']);
    expectRefusal(result, 2, [text]);
  });

  it("a folder without InsightFace's networks, before any network is loaded", async () => {
    const words = ['sync', 'face.mp4', 'speech.wav', '-o', 'out.mp4', '--model', 'model', '--insightface'];
    const missing = await run([...words, 'nodir']);
    expectRefusal(missing, 10, ['nodir, the folder for', 'is not a folder', 'Put det_10g.onnx and 2d106det.onnx']);
    expectRefusal(await run([...words, 'model']), 10, ['does not contain det_10g.onnx and 2d106det.onnx']);
    const progress = await run([...words, 'nodir', '--json']);
    expect(eventsOf(progress)).toMatchObject([{ event: 'error', code: 'file-not-found' }]);
  });

  it('a video that shows no face', async () => {
    const words = ['sync', 'no-face.mp4', 'speech.wav', '-o', 'out.mp4', '--model', 'model', ...quickly];
    expectRefusal(await run(words), 18, ['No face was found in no-face.mp4', 'from the front', 'set --points']);
  });

  it('a device that this machine cannot have', async () => {
    const device = process.platform === 'darwin' ? 'dml' : 'coreml';
    const words = ['sync', 'face.mp4', 'speech.wav', '-o', 'device.mp4', '--model', 'model', '--device', device];
    expectRefusal(await run(words), 42, [`The device "${device}" cannot run`, 'Use --device cpu']);
  });
});

/** Runs a command with a small disk in place of a folder, and names what the command left there. */
function withDisk(folderPath: string, options: string): string[] {
  const script = 'mount -t tmpfs -o "$0" none "$1" && cd "$1" && shift && "$@"; code=$?; ls -A >&2; exit $code';
  return ['unshare', '-Urm', 'sh', '-c', script, options, folderPath];
}

const canMount = ((): boolean => {
  const [program, ...words] = [...withDisk(tmpdir(), 'size=64k'), 'true'];
  try {
    execFileSync(program, words, { stdio: 'pipe' });
    return true;
  } catch {
    return false; // not Linux, or not allowed here
  }
})();

describe.skipIf(!canMount)('latentsync sync refuses to write', () => {
  async function syncTo(disk: string, options: string, words: readonly string[]): Promise<CommandResult> {
    await mkdir(join(root, disk));
    return runCommand(
      ['sync', ...words, join(folder, 'speech.wav'), '-o', 'out.mp4', '--model', join(folder, 'model')],
      {
        cwd: root,
        environment: { LATENTSYNC_HOME: join(root, 'home') },
        within: withDisk(join(root, disk), options),
      },
    );
  }

  it('to a disk with too little room, before it starts', async () => {
    const result = await syncTo('small-disk', 'size=128k', [join(folder, 'large.mp4'), ...quickly]);
    expectRefusal(result, 41, [
      'The job needs',
      'of disk space in',
      'for the output',
      'is available',
      'set --work-dir to a folder on another disk',
    ]);
  });

  it('to a disk that fills up on the way, and keeps there what is finished', async () => {
    const words = [join(folder, 'noise.mp4'), '--quality', '6', ...quickly];
    const result = await syncTo('filling-disk', 'size=1100k', words);
    expectRefusal(result, 41, ['out.mp4 cannot be written: the disk is full', 'Free up some space']);
    expect(withoutProgress(result.stderr)).toEqual([expect.any(String), expect.any(String), '.out.mp4.latentsync']);
  });

  it('to a read-only disk', async () => {
    const result = await syncTo('read-only-disk', 'ro', [join(folder, 'face.mp4')]);
    expectRefusal(result, 20, ['out.mp4 cannot be written', 'not writable', 'Choose another folder']);
  });
});
