// The main job by the real command: odd sizes, odd names, its events, its limits, and its end by Ctrl-C.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAudio, openVideo } from '../../src/media/input-file-node.ts';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip, writeOddFaceClip, writeTurnedFaceClip } from '../support/clips.ts';
import { keyFramesOf } from '../support/in-process-media.ts';
import { folderState } from '../support/folder-state.ts';
import { childrenOf, eventsOf, isRunning, resultOf, runCommand, startCommand } from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

const SAMPLE_RATE = 16000;
/** The speech is a tone. */
const sounding = ['--quiet', 'draw'];
/** Time in which a job has read its first window of frames, and begins to denoise it. */
const WINDOW_MILLISECONDS = 1000;

let root = '';
let model = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-sync-'));
  model = join(root, 'model');
  await writeSmallModel(model);
  await writeWav(join(root, 'speech.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 0.4)]);
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Makes a folder for one test. */
async function newFolder(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  return folder;
}

const environment = (): Record<string, string> => ({ LATENTSYNC_HOME: join(root, 'home') });

describe('latentsync sync', () => {
  it('writes a video of odd size as long as its audio, and tells of it in JSON lines', async () => {
    const folder = await newFolder('odd');
    const { width, height } = await writeOddFaceClip(join(folder, 'odd.webm'), 6);
    const words = [
      'sync',
      'odd.webm',
      '../speech.wav',
      '-o',
      'out.mp4',
      '--model',
      model,
      '--threads',
      '1',
      ...sounding,
      '--json',
    ];
    const encoding = ['--codec', 'hevc', '--keyframes', '0.2', '--preset-encode', 'medium'];
    const options = [...encoding, '--report', 'report.json'];
    const result = await runCommand([...words, ...options], { cwd: folder, environment: environment() });
    expect(result).toMatchObject({ status: 0, stderr: '' });

    const events = eventsOf(result);
    const stages = events.filter(({ event }) => event === 'progress').map(({ stage }) => stage);
    expect([...new Set(stages)]).toEqual(['load', 'faces', 'audio', 'sync']);
    expect(events.at(-1)).toMatchObject({ event: 'result', output: 'out.mp4', frames: 10, framesWithFace: 10 });

    await using video = await openVideo(join(folder, 'out.mp4'));
    expect(video.info).toMatchObject({
      width: width + 1,
      height: height + 1,
      frameCount: 10,
      frameRate: 25,
      codec: 'hevc',
    });
    expect((await keyFramesOf(join(folder, 'out.mp4'))).keyFrames).toEqual([0, 5]);
    await using audio = await openAudio(join(folder, 'out.mp4'));
    expect(audio.info.codec).toBe('aac');
    expect(await readdir(folder)).toEqual(['odd.webm', 'out.mp4', 'report.json']);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Record<string, unknown>;
    expect(report).toMatchObject({ output: 'out.mp4', totals: { frames: 10, changedFrames: 10 } });
    expect(report.warnings).toEqual([expect.objectContaining({ kind: 'pictures-changed' })]);
    expect((report.frames as { source: number }[]).map(({ source }) => source)).toEqual([0, 1, 2, 3, 4, 5, 5, 4, 3, 2]);
  });

  it('draws the same pixels with a model that was exported', async () => {
    const folder = await newFolder('exported');
    await writeFaceClip(join(folder, 'clip.mp4'), 2);
    const exported = await runCommand(['models', 'export', 'tiny', '-o', 'official'], { cwd: folder });
    expect(exported.status, exported.stderr).toBe(0);
    expect(exported.stdout).toContain('official: latentsync_unet.pt, whisper/tiny.pt, sd-vae-ft-mse/');
    const framesBy = async (name: string): Promise<string[]> => {
      const output = `${name}.mp4`;
      const words = ['sync', 'clip.mp4', '../speech.wav', '-o', output, '--length', 'video', '--model', name];
      const options = ['--steps', '1', '--threads', '1', '--quality', '0', '--no-cache', ...sounding];
      const { status, stderr } = await runCommand([...words, ...options], { cwd: folder, environment: environment() });
      expect(status, stderr).toBe(0);
      await using video = await openVideo(join(folder, output));
      const frames: string[] = [];
      for await (const { data } of video.frames()) frames.push(createHash('sha256').update(data).digest('hex'));
      return frames;
    };
    const frames = await framesBy('tiny');
    expect(frames).toHaveLength(2);
    expect(await framesBy('official')).toEqual(frames);
  });

  it('takes a single frame that is stored lying down, and writes it as it was stored', async () => {
    const folder = await newFolder('turned');
    await writeTurnedFaceClip(join(folder, 'turned.mp4'));
    const words = ['sync', 'turned.mp4', '../speech.wav', '-o', 'out.m4v', '--length', 'video', '--model', model];
    const options = ['--threads', '1', '--steps', '1', '--no-cache', '--json', ...sounding];
    const result = await runCommand([...words, ...options], { cwd: folder, environment: environment() });
    expect(eventsOf(result).at(-1)).toMatchObject({ event: 'result', frames: 1, framesWithFace: 1 });
    await using video = await openVideo(join(folder, 'out.m4v'));
    expect(video.info).toMatchObject({
      width: 256,
      height: 254,
      codedWidth: 254,
      codedHeight: 256,
      rotation: 90,
      frameCount: 1,
    });
  });

  it('takes names with leading dashes, spaces, quotes, line breaks, semicolons and other scripts', async () => {
    const folder = await newFolder('names');
    const video = `-v 'a';\n"b" $(touch x) ünïcødé 視.mp4`;
    const audio = `--json "s"; rm -rf *\n.wav`;
    const output = `- o'u"t;\n✓.mp4`;
    const oddModel = `-m 'o';\n"d" ★`;
    await cp(model, join(folder, oddModel), { recursive: true });
    await writeFaceClip(join(folder, video), 4);
    await writeWav(join(folder, audio), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 0.4)]);
    const options = [
      `--model=${oddModel}`,
      '--threads',
      '1',
      '--length',
      'video',
      '--steps',
      '1',
      '--quality',
      '30',
      '--no-cache',
      ...sounding,
    ];
    const words = ['sync', `--output=${output}`, ...options, '--', video, audio];
    const result = await runCommand(words, { cwd: folder, environment: environment() });
    expect(result.stdout).toContain('4 frames, 0.16 s of video');
    expect(result.status, result.stderr).toBe(0);
    expect((await readdir(folder)).sort()).toEqual([output, audio, video, oddModel].sort());
  });
});

describe.skipIf(process.platform === 'win32')('latentsync sync, told to end', () => {
  /** Starts a job of many steps and waits until its networks work on frames. */
  async function startLongJob(folder: string) {
    await writeFaceClip(join(folder, 'face.mp4'), 10);
    const before = await folderState(folder);
    const words = [
      'sync',
      'face.mp4',
      '../speech.wav',
      '-o',
      'out.mp4',
      '--model',
      model,
      '--steps',
      '999',
      '--threads',
      '1',
      ...sounding,
      '--json',
    ];
    const child = startCommand(words, { cwd: folder, environment: environment() });
    const ended = resultOf(child);
    for (let text = ''; !text.includes('"stage":"sync"');) text += String((await once(child.stdout, 'data'))[0]);
    await setTimeout(WINDOW_MILLISECONDS);
    const workers = process.platform === 'linux' ? childrenOf(child.pid!) : [];
    return { child, ended, workers, before };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s leaves no output, no temporary file and no process', async (signal, status) => {
    const folder = await newFolder(signal);
    const { child, ended, workers, before } = await startLongJob(folder);
    if (process.platform === 'linux') expect(workers.length).toBeGreaterThan(0);
    expect(await readdir(folder)).toHaveLength(2); // the clip, and the output in the making under another name
    const toldAt = performance.now();
    child.kill(signal);
    child.kill(signal); // as npm does, on top of the terminal
    const result = await ended;
    expect(performance.now() - toldAt).toBeLessThan(5000);
    expect(result.status).toBe(status);
    expect(eventsOf(result).at(-1)).toMatchObject({ event: 'error', code: 'aborted', exitStatus: status });
    expect(workers.filter(isRunning)).toEqual([]);
    expect(await folderState(folder)).toEqual(before);
  });
});
