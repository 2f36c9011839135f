import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LatentSyncError } from '../util/errors.ts';
import type { ModelFiles, ResolvedModel } from './model-files.ts';
import type { DownloadableModel } from './model-registry.ts';
import { findModel, nearestModelName } from './model-registry.ts';
import { officialConfig } from './official-configs.ts';
import { resolveModel } from './resolve-model-node.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Writes an empty file, or one of a given length that takes no room on disk. */
async function place(path: string, size = 0, text = ''): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
  if (size > 0) await truncate(join(folder, path), size);
}

const officialPaths = [
  'latentsync_unet.pt',
  'whisper/tiny.pt',
  'sd-vae-ft-mse/config.json',
  'sd-vae-ft-mse/diffusion_pytorch_model.safetensors',
];

function filesOf(model: ResolvedModel): ModelFiles {
  if (model.kind !== 'files') throw new Error('expected files');
  return model;
}

async function failureOf(promise: Promise<unknown>): Promise<LatentSyncError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof LatentSyncError)) throw new Error('expected a LatentSyncError');
  return error;
}

test('a folder laid out as the official downloads gives its files', async () => {
  for (const path of officialPaths) await place(path);
  await place('config.yaml', 0, 'model: {cross_attention_dim: 64}');
  await place('scheduler_config.json', 0, '{"beta_start": 0.001}');
  expect(await resolveModel(folder)).toEqual({
    kind: 'files',
    name: folder,
    directory: folder,
    config: { source: join(folder, 'config.yaml'), text: 'model: {cross_attention_dim: 64}' },
    schedulerConfig: { source: join(folder, 'scheduler_config.json'), text: '{"beta_start": 0.001}' },
    unet: join(folder, 'latentsync_unet.pt'),
    whisper: join(folder, 'whisper/tiny.pt'),
    vae: join(folder, 'sd-vae-ft-mse/diffusion_pytorch_model.safetensors'),
    vaeConfig: join(folder, 'sd-vae-ft-mse/config.json'),
  });
});

test('a UNet that attends to 768 channels takes the small Whisper', async () => {
  for (const path of [...officialPaths, 'whisper/small.pt']) await place(path);
  await place('config.yaml', 0, 'model: {cross_attention_dim: 768}');
  expect(filesOf(await resolveModel(folder)).whisper).toBe(join(folder, 'whisper/small.pt'));
});

test('everything that a folder lacks is named at once', async () => {
  await place('whisper/tiny.pt');
  const error = await failureOf(resolveModel(folder));
  expect(error.code).toBe('file-not-found');
  for (const path of officialPaths.filter((name) => name !== 'whisper/tiny.pt')) {
    expect(error.message).toContain(join(folder, path));
  }
  expect(error.message).not.toContain('tiny.pt');
});

test.each([
  ['1.5', 5_072_348_184, 256],
  ['1.6', 5_072_222_488, 512],
])(
  'official files without configuration are recognized as %s by the length of the UNet',
  async (_, size, resolution) => {
    for (const path of officialPaths) await place(path, path === 'latentsync_unet.pt' ? size : 0);
    const { config, schedulerConfig } = filesOf(await resolveModel(folder));
    expect(parse(config.text)).toMatchObject({
      data: { resolution },
      model: { block_out_channels: [320, 640, 1280, 1280] },
    });
    expect(parse(schedulerConfig.text)).toMatchObject({ beta_schedule: 'scaled_linear', steps_offset: 1 });
  },
);

test('another UNet without configuration needs to be told which one fits', async () => {
  for (const path of officialPaths) await place(path);
  const error = await failureOf(resolveModel(folder));
  expect(error.code).toBe('config-invalid');
  expect(error.message).toContain('config.yaml');
  const { config } = filesOf(await resolveModel(folder, { configOf: '1.6' }));
  expect(parse(config.text)).toEqual(officialConfig(512));
});

test('a configuration that is not YAML is refused', async () => {
  for (const path of officialPaths) await place(path);
  await place('config.yaml', 0, 'model: {');
  expect(await failureOf(resolveModel(folder))).toMatchObject({ code: 'config-invalid' });
});

test('a known model that is not downloaded names what to call, the size and the files', async () => {
  const error = await failureOf(resolveModel('1.6', { cache: folder }));
  expect(error.code).toBe('model-not-downloaded');
  expect(error.message).toContain('0 bytes of 5.48 GB');
  expect(error.message).toContain("Run pullModel('1.6')");
  expect(error.remedy?.actions).toEqual([{ action: 'pullModel', arguments: { model: '1.6' } }]);
  expect(error.message).toContain(`${join(folder, 'models/1.6/latentsync_unet.pt')} (5.07 GB)`);
});

test('a known model in the cache gives its files', async () => {
  for (const { path, size, part } of (findModel('1.5') as DownloadableModel).files) {
    if (part === 'inference') await place(join('models/1.5', path), size);
  }
  const files = filesOf(await resolveModel('1.5', { cache: folder }));
  expect(files.unet).toBe(join(folder, 'models/1.5/latentsync_unet.pt'));
  expect(parse(files.config.text)).toMatchObject({ data: { resolution: 256 } });
  await truncate(files.unet, 1000);
  expect(await failureOf(resolveModel('1.5', { cache: folder }))).toMatchObject({ code: 'model-not-downloaded' });
});

test('the embedded model is at hand', async () => {
  expect(await resolveModel('tiny', { cache: folder })).toEqual({ kind: 'embedded', name: 'tiny' });
});

test.each([
  ['1.4', '1.5'],
  ['LatentSync-1.6', '1.6'],
  ['v1.5', '1.5'],
  ['Tniy', 'tiny'],
  ['flux', undefined],
])('the nearest known model to %s is %s', (name, nearest) => {
  expect(nearestModelName(name)).toBe(nearest);
});

test('an unknown name is answered with the known ones', async () => {
  const error = await failureOf(resolveModel('latentsync-1.6', { cache: folder }));
  expect(error.code).toBe('model-unknown');
  expect(error.message).toContain("Did you mean options.model: '1.6'? The models are tiny, 1.5, 1.6");
});

test('a file is not a model', async () => {
  await place('latentsync_unet.pt');
  expect(await failureOf(resolveModel(join(folder, 'latentsync_unet.pt')))).toMatchObject({ code: 'input-invalid' });
});
