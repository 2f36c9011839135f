// The other commands, run for real: features, models, verify, doctor, help; wrong usage; and where output goes.
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../../src/checkpoint/checkpoint-file-node.ts';
import { toFloat32 } from '../../src/tensor/tensor.ts';
import { goldenUrl } from '../read-golden.ts';
import { writeFaceClip } from '../support/clips.ts';
import { answerStatus, HubServer } from '../support/hub-server.ts';
import { eventsOf, resultOf, runCommand, startCommand, type CommandResult } from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-commands-'));
  await cp(goldenUrl('audio/speech.wav'), join(folder, 'speech.wav'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(words: readonly string[], environment: Record<string, string> = {}): Promise<CommandResult> {
  return runCommand(words, { cwd: folder, environment: { LATENTSYNC_HOME: join(folder, 'home'), ...environment } });
}

describe.concurrent('latentsync', () => {
  it('shows help on stdout, with every command, and with exit statuses when all is asked for', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const text of ['sync', 'demo', 'models pull', 'doctor']) expect(stdout).toContain(text);
    expect(stdout).not.toContain('LATENTSYNC_HOME');
    const all = await run(['--help', 'all']);
    for (const text of ['no face was found', 'LATENTSYNC_HOME', '--config FILE']) expect(all.stdout).toContain(text);
  });

  it('shows the essential options of a command, and all of them when asked for', async () => {
    const short = await run(['sync', '--help']);
    expect(short.stdout).toContain('--guidance N');
    expect(short.stdout).not.toContain('--insightface');
    expect(short.stdout).toContain('"latentsync sync --help all"');
    const all = await run(['sync', '--help', 'all']);
    for (const text of ['Quality and speed:', '--deepcache N', '--[no-]cache']) expect(all.stdout).toContain(text);
  });

  it('inspects a media file, in words and as JSON', async () => {
    const text = await run(['inspect', 'speech.wav']);
    expect(text, text.stderr).toMatchObject({ status: 0, stderr: '' });
    for (const part of [
      'Stream 0: audio, PCM',
      '16000 Hz, ',
      'As the video: cannot be used.\n  speech.wav has no video',
    ]) {
      expect(text.stdout).toContain(part);
    }
    const json = await run(['inspect', 'speech.wav', '--json']);
    expect(eventsOf(json).at(-1)).toMatchObject({ format: 'wav', asAudio: { stream: 0, copied: false } });
    const wrong = await run(['inspect', 'speech.wav', '--audio-stream', '3']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(
      '--audio-stream must be 0 (pcm-s16, 16000 Hz, mono), the only audio stream of speech.wav',
    );
  });

  it('lists the faces of a video, and draws them on a sheet named after it', async () => {
    await writeFaceClip(join(folder, 'talk.mp4'), 3);
    const text = await run(['faces', 'talk.mp4', '--threads', '1']);
    expect(text, text.stderr).toMatchObject({ status: 0 });
    expect(text.stdout).toContain('talk.mp4: 3 frames, 256×256, 0.12 s, 1 shot\n');
    expect(text.stdout).toContain('\n\nOne person.\n  person 1: 3 of 3 frames can be redrawn\n\nperson ');
    expect(text.stdout).toContain('Every frame shows a face.\n\ntalk.faces.png: everybody, with numbers.\n');
    expect(await readdir(folder)).toContain('talk.faces.png');
    const json = await run(['faces', 'talk.mp4', '--no-sheet', '--json']);
    expect(eventsOf(json)).toMatchObject([{ event: 'result', frames: 3, people: [{ person: 1, frames: 3 }] }]);
  });

  it('reads a job from a file next to its media', async () => {
    const job = join(folder, 'job.json');
    await writeFile(job, JSON.stringify({ audio: 'speech.wav', output: 'from-job.safetensors', fps: 25 }));
    const result = await runCommand(['features', '--config', job], { cwd: tmpdir() });
    expect(result.status, result.stderr).toBe(0);
    expect(await readdir(folder)).toContain('from-job.safetensors');
    await writeFile(job, JSON.stringify({ audio: 'speech.wav', output: 'x.safetensors', fpss: 25 }));
    const wrong = await runCommand(['features', '--config', job], { cwd: folder });
    expect(wrong.status).toBe(35);
    expect(wrong.stderr).toContain('"fpss", which is not an option of "features".\nDid you mean fps?');
  });

  it('shows its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('refuses an option that it does not know, and names the nearest', async () => {
    const result = await run(['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--guidnce', '2']);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain('--guidnce is not an option of "sync".\nDid you mean --guidance?');
  });

  it('names the option, not the property, when a value is out of range', async () => {
    const result = await run(['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--deepcache', '0']);
    expect(result).toMatchObject({
      status: 2,
      stderr: 'Error: --deepcache must be an integer from 1 to 1000 (got 0).\n',
    });
    const both = await run(['sync', 'a.mp4', 'b.wav', '-o', 'c.mp4', '--fps', '30', '--reference']);
    expect(both.stderr).toContain('--fps must be left out with --reference');
  });

  it('shows where an error arose with --debug only', async () => {
    const plain = await run(['models', 'info', 'missing.pt']);
    expect(plain).toMatchObject({ status: 10, stderr: 'Error: missing.pt does not exist.\nCheck the path.\n' });
    const debug = await run(['models', 'info', 'missing.pt', '--debug']);
    expect(debug.stderr).toMatch(/^\s+at .*file-source-node/m);
  });

  it('tells of an error as a JSON line, too', async () => {
    const result = await run(['models', 'pull', '1.7', '--json']);
    expect(result.status).toBe(30);
    expect(result.stdout).toContain('Did you mean 1.5?');
    expect(eventsOf(result)).toMatchObject([{ event: 'error', code: 'model-unknown', exitStatus: 30 }]);
    const usage = await run(['models', 'info', '--json']);
    expect(eventsOf(usage)).toMatchObject([{ event: 'error', code: 'usage', exitStatus: 2 }]);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const child = startCommand(['verify', '--json'], { cwd: folder });
    const ended = resultOf(child);
    child.stdout.once('data', () => child.stdout.destroy());
    const { status, stderr } = await ended;
    expect(status).toBe(141);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe.concurrent('latentsync features', () => {
  it('writes features and chunks', async () => {
    const result = await run(['features', 'speech.wav', '-o', 'features.safetensors', '--fps', '25']);
    expect(result).toMatchObject({
      status: 0,
      stdout: 'features.safetensors: features [289, 3, 64], chunks [145, 12, 64]\n',
    });
    await using checkpoint = await openCheckpointFile(join(folder, 'features.safetensors'));
    expect(checkpoint.metadata).toMatchObject({ model: 'tiny', rate: '50', fps: '25' });
    const features = toFloat32(await checkpoint.read('features')).data;
    const chunks = toFloat32(await checkpoint.read('chunks')).data;
    // Frame 50 is at row 100 and hears rows 100 to 103, its own and the next frame's, of 3·64 numbers each.
    expect(chunks.subarray(50 * 12 * 64, 51 * 12 * 64)).toEqual(features.subarray(100 * 192, 104 * 192));
  });

  it('writes to files of its own format only', async () => {
    const other = await run(['features', 'speech.wav', '-o', 'features.npy']);
    expect(other).toMatchObject({ status: 20, stdout: '' });
    expect(other.stderr).toContain('must end in .safetensors.\nName it features.safetensors.');
    const within = await run(['features', 'speech.wav', '-o', '.']);
    expect(within.status).toBe(20);
    expect(within.stderr).toContain('. is a folder.\nChoose a file inside it, such as features.safetensors.');
  });

  it('does not write over its input', async () => {
    const result = await run(['features', 'speech.wav', '-o', './speech.wav']);
    expect(result.status).toBe(21);
    expect(result.stderr).toContain('is one of the inputs');
  });
});

describe.concurrent('latentsync models', () => {
  it('lists the models and what is there of them', async () => {
    const result = await run(['models', 'list', '--json']);
    const [{ models }] = eventsOf(result) as [{ models: { name: string; state: string }[] }];
    expect(models.map(({ name, state }) => [name, state])).toEqual([
      ['tiny', 'embedded'],
      ['1.5', 'absent'],
      ['1.6', 'absent'],
      ['taesd', 'absent'],
    ]);
  });

  it('says which files to put where when a download fails', async () => {
    await using hub = await HubServer.start();
    hub.hubFault = answerStatus(404);
    const result = await run(['models', 'pull', '1.5'], { HF_ENDPOINT: hub.endpoint });
    expect(result.status).toBe(32);
    expect(result.stderr).toContain(`Model 1.5 could not be downloaded from ${hub.endpoint}`);
    expect(result.stderr).toContain(join(folder, 'home', 'models', '1.5', 'latentsync_unet.pt'));
  });

  it('says at once that a broken server is asked again, and ends at once when told to', async () => {
    await using hub = await HubServer.start();
    hub.hubFault = answerStatus(503, { 'retry-after': '300' });
    const child = startCommand(['models', 'pull', '1.5'], {
      cwd: folder,
      environment: { LATENTSYNC_HOME: join(folder, 'interrupted'), HF_ENDPOINT: hub.endpoint },
    });
    const ended = resultOf(child);
    for (let text = ''; !text.includes('\n');) text += String((await once(child.stderr, 'data'))[0]);
    const toldAt = performance.now();
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect(performance.now() - toldAt).toBeLessThan(3000);
    expect(status).toBe(130);
    expect(stderr).toMatch(/^Trying again in 5:00 min: http:.* answered HTTP 503\.\nStopping …\n/);
    expect(hub.seen).toHaveLength(1);
  });

  it.skipIf(process.platform !== 'linux')('refuses a cache where no folder can be, at once', async () => {
    const result = await run(['models', 'pull', '1.6'], { LATENTSYNC_HOME: '/proc/x' });
    expect(result).toMatchObject({ status: 20, stdout: '' });
    expect(result.stderr).toContain('The cache directory /proc/x/locks cannot be created');
    expect(result.stderr).toContain('Set LATENTSYNC_HOME');
  });

  it('shows the tensors of a checkpoint and recognizes its network', async () => {
    const model = join(folder, 'model');
    await writeSmallModel(model);
    const { status, stdout } = await run(['models', 'info', join(model, 'latentsync_unet.pt')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^conv_in\.weight +float32 +\[32, 13, 3, 3\] +15 kB$/m);
    expect(stdout).toMatch(/^\d+ tensors, [\d,]+ parameters, [\d.]+ MB$/m);
    expect(stdout).toMatch(/^Architecture: UNet3DConditionModel/m);
    expect(stdout).toMatch(/^ {2}block_out_channels +\[32,32\]$/m);
  });

  it.each([
    ['truncated.pt', 33],
    ['malicious_reduce.pt', 33],
    ['lfs_pointer.pt', 33],
    ['huge_header.safetensors', 33],
  ])('refuses %s', async (name, status) => {
    const result = await run(['models', 'info', new URL(goldenUrl(`checkpoints/${name}`)).pathname]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(name);
  });
});

describe.concurrent('latentsync verify', () => {
  it('prints file, kind, error, tolerance and outcome, and fails when a file is wrong', async () => {
    const golden = join(folder, 'golden');
    await mkdir(golden);
    await cp(goldenUrl('hash.safetensors'), join(golden, 'hash.safetensors'));
    const right = await run(['verify', golden]);
    expect(right.status, right.stderr).toBe(0);
    expect(right.stdout).toMatch(/^hash\.safetensors +hash +\S+ +\S+ +PASS$/m);
    expect(right.stdout).toContain('1 file passed, 0 failed, 0 skipped.');

    const bytes = await readFile(join(golden, 'hash.safetensors'));
    bytes[bytes.length - 2] ^= 0x40;
    await writeFile(join(golden, 'wrong.safetensors'), bytes);
    const wrong = await run(['verify', golden]);
    expect(wrong.status).toBe(3);
    expect(wrong.stdout).toMatch(/^wrong\.safetensors +hash +\S+ +\S+ +FAIL$/m);
    expect(wrong.stderr).toContain('1 file does not match the reference.');
  });

  it('refuses a folder without golden files', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const result = await run(['verify', empty]);
    expect(result.status).toBe(11);
    expect(result.stderr).toContain('contains no golden files');
    expect(await run(['verify', 'missing'])).toMatchObject({ status: 10 });
  });
});

describe('latentsync doctor', () => {
  it('tries devices and codecs, and says what is missing', async () => {
    const result = await run(['doctor', '--json']);
    expect(result.status, result.stderr).toBe(0);
    const [report] = eventsOf(result) as [
      {
        devices: { device: string; works: boolean; reason?: string }[];
        codecs: object[];
        decoders: { video: string[]; audio: string[] };
        findings: { text: string }[];
      },
    ];
    expect(report.devices[0]).toEqual({ device: 'cpu', works: true });
    const missing = report.devices.filter(({ works }) => !works);
    expect(missing.length).toBeGreaterThan(0); // no machine has both Windows' and macOS' devices
    for (const { reason } of missing) expect(reason).toBeTruthy();
    expect(report.codecs).toContainEqual({ codec: 'H.264', decodes: true, encodes: true });
    expect(report.codecs).toContainEqual({ codec: 'AAC', decodes: true, encodes: true });
    expect(report.codecs).toContainEqual({ codec: 'HEVC', decodes: true });
    expect(report.decoders.video).toEqual(expect.arrayContaining(['avc', 'dnxhd', 'gif', 'mpeg2video']));
    expect(report.decoders.audio).toEqual(expect.arrayContaining(['aac', 'amr_nb', 'opus', 'wmav2']));
    expect(report.findings.map(({ text }) => text).join()).toContain('latentsync models pull 1.6');
  });
});

describe('latentsync demo', () => {
  it('leaves no new folder when it cannot work', async () => {
    const result = await run(['demo', '-o', 'demo', '--device', process.platform === 'darwin' ? 'dml' : 'coreml']);
    expect(result.status).toBe(42);
    expect(await readdir(folder)).not.toContain('demo');
  });

  it('refuses a folder in which its files cannot be, before it starts', async () => {
    await mkdir(join(folder, 'taken/contact-sheet.png'), { recursive: true });
    const result = await run(['demo', '-o', 'taken']);
    expect(result).toMatchObject({ status: 20, stdout: '' });
    expect(result.stderr).toContain('taken/contact-sheet.png is a folder.');
    expect(await readdir(join(folder, 'taken'))).toEqual(['contact-sheet.png']);
  });

  it('refuses a folder that cannot be created', async () => {
    const result = await run(['demo', '-o', 'speech.wav']);
    expect(result).toMatchObject({ status: 20, stdout: '' });
    expect(result.stderr).toMatch(
      /^Error: The folder speech\.wav cannot be created: .*\nChoose another folder with --output\.$/m,
    );
  });
});
