import { writeFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { describeCheckpointFile, openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { exportModel } from './export-model-node.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';

const embedded = fileURLToPath(new URL('../../models/tiny/', import.meta.url));
let folder = '';
let exported = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-export-'));
  exported = join(folder, 'new', 'tiny');
  await exportModel({ model: 'tiny', output: exported });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Expects the same tensors, in type and bit for bit. */
async function expectSame(actual: Checkpoint, expected: Checkpoint): Promise<void> {
  expect([...actual.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
  for (const key of expected.tensors.keys()) {
    const [one, other] = [await actual.read(key), await expected.read(key)];
    expect([key, one.dtype, one.shape]).toEqual([key, other.dtype, other.shape]);
    expect(Buffer.compare(one.bytes, other.bytes), key).toBe(0);
  }
}

describe('exportModel', () => {
  it('writes what opens as the same model', async () => {
    await using model = await openLipsyncModel(exported);
    await using tiny = await openLipsyncModel('tiny');
    expect(model.defaults).toEqual(tiny.defaults);
    expect(model.schedulerConfig).toMatchObject(tiny.schedulerConfig as object);
    for (const part of ['unet', 'vae', 'whisper'] as const) {
      expect(model[part].network.config).toEqual(tiny[part].network.config);
      await expectSame(model[part].weights, tiny[part].weights);
    }
  });

  it('lays the files out as the official ones, and makes them readable by others', async () => {
    const files = await readdir(exported, { recursive: true });
    expect(files.sort()).toEqual([
      'config.yaml',
      'latentsync_unet.pt',
      'scheduler_config.json',
      'sd-vae-ft-mse',
      'sd-vae-ft-mse/config.json',
      'sd-vae-ft-mse/diffusion_pytorch_model.safetensors',
      'whisper',
      'whisper/tiny.pt',
    ]);
    const plain = join(folder, 'plain');
    await mkdir(plain);
    expect((await stat(exported)).mode).toBe((await stat(plain)).mode);
    await using unet = await openCheckpointFile(join(exported, 'latentsync_unet.pt'));
    expect(unet.format).toBe('torch-zip');
    expect(unet.metadata).toMatchObject({ global_step: 0 });
    const config = parse(await readFile(join(exported, 'config.yaml'), 'utf8')) as object;
    expect(Object.keys(config)).toEqual(['data', 'run', 'model']);
    const vae = JSON.parse(await readFile(join(exported, 'sd-vae-ft-mse/config.json'), 'utf8')) as object;
    expect(vae).toMatchObject({ _class_name: 'AutoencoderKL', latent_channels: 4 });
  });

  it('writes a Whisper whose decoder has no layers', async () => {
    await using whisper = await openCheckpointFile(join(exported, 'whisper/tiny.pt'));
    expect(whisper.metadata.dims).toMatchObject({ n_mels: 80, n_audio_state: 64, n_text_layer: 0, n_text_state: 1 });
    const decoder = [...whisper.tensors.keys()].filter((key) => !key.startsWith('encoder.'));
    expect(decoder).toEqual([
      'decoder.token_embedding.weight',
      'decoder.positional_embedding',
      'decoder.ln.weight',
      'decoder.ln.bias',
    ]);
  });

  it('writes what the checkpoint reader recognizes', async () => {
    const { architecture, format } = await describeCheckpointFile(join(exported, 'latentsync_unet.pt'));
    expect({ format, architecture: architecture?.architecture }).toEqual({
      format: 'torch-zip',
      architecture: 'UNet3DConditionModel',
    });
  });

  it('exports the folder that a training plan makes, and a model that is in the official layout already', async () => {
    const again = join(folder, 'again');
    await mkdir(again); // empty, so it may be used
    const { files } = await exportModel({ model: embedded, output: again });
    expect(files).toContain('whisper/tiny.pt');
    await exportModel({ model: exported, output: join(folder, 'twice') });
    await using once = await openCheckpointFile(join(exported, 'whisper/tiny.pt'));
    await using twice = await openCheckpointFile(join(folder, 'twice', 'whisper/tiny.pt'));
    await expectSame(twice, once);
  });

  it('fills an empty folder, be it the current one or behind a link', async () => {
    const [here, behind, link] = ['here', 'behind', 'link'].map((name) => join(folder, name));
    await mkdir(here);
    await mkdir(behind);
    await symlink(behind, link, 'junction');
    const before = process.cwd();
    process.chdir(here);
    try {
      await exportModel({ model: 'tiny', output: '.' });
    } finally {
      process.chdir(before);
    }
    await exportModel({ model: 'tiny', output: link });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    const files = (await readdir(exported, { recursive: true })).sort();
    for (const filled of [here, behind]) expect((await readdir(filled, { recursive: true })).sort()).toEqual(files);
  });

  it('leaves alone what appeared in its folder meanwhile', async () => {
    const output = join(folder, 'shared');
    await mkdir(output);
    const running = exportModel({
      model: 'tiny',
      output,
      onProgress: () => {
        writeFileSync(join(output, 'config.yaml'), 'mine');
      },
    });
    await expect(running).rejects.toThrow('shared is not empty');
    expect(await readdir(output)).toEqual(['config.yaml']);
  });

  it('refuses a link that leads nowhere before it writes anything', async () => {
    const link = join(folder, 'dangling');
    await symlink(join(folder, 'nowhere'), link, 'junction');
    const onProgress = vi.fn();
    const running = exportModel({ model: 'tiny', output: link, onProgress });
    await expect(running).rejects.toThrow('dangling already exists');
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('writes the UNet alone when a file is named', async () => {
    const output = join(folder, 'unet.pt');
    expect(await exportModel({ model: 'tiny', output })).toEqual({ output, files: [output] });
    await using unet = await openCheckpointFile(output);
    await using tiny = await openLipsyncModel('tiny');
    await expectSame(unet, tiny.unet.weights);
    await expect(exportModel({ model: 'tiny', output })).rejects.toThrow('already exists');
  });

  it('reports bytes from nothing to all', async () => {
    const reports: number[] = [];
    let total = 0;
    const output = join(folder, 'reported');
    await exportModel({
      model: 'tiny',
      output,
      onProgress: (progress) => {
        reports.push(progress.done);
        total = progress.total!;
      },
    });
    expect(reports).toEqual(reports.toSorted((a, b) => a - b));
    expect(reports.at(-1)).toBe(total);
  });

  it('refuses a folder with something in it, and a file', async () => {
    await expect(exportModel({ model: 'tiny', output: exported })).rejects.toMatchObject({
      code: 'output-not-writable',
      message: expect.stringContaining('is not empty') as string,
    });
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(exportModel({ model: 'tiny', output: file })).rejects.toMatchObject({ code: 'output-not-writable' });
  });

  it('leaves nothing behind when it is canceled', async () => {
    const cancel = new AbortController();
    const place = join(folder, 'canceled');
    const running = exportModel({
      model: 'tiny',
      output: join(place, 'model'),
      signal: cancel.signal,
      onProgress: () => {
        cancel.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(place)).toEqual([]);
  });

  it('says what a trained model lacks', async () => {
    const half = join(folder, 'half');
    await mkdir(half);
    await writeFile(join(half, 'unet.safetensors'), '');
    await expect(exportModel({ model: half, output: join(folder, 'no') })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining('but not config.yaml, vae.safetensors, whisper.safetensors') as string,
    });
  });
});
