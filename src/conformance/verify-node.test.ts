import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointFromTensors } from '../checkpoint/checkpoint-views.ts';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Progress } from '../util/progress.ts';
import { verifyDirectory, type ConformanceResult } from './verify-node.ts';

const bundled = fileURLToPath(new URL('../../test/fixtures/golden/', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Copies bundled files or folders to the test's folder. */
function copy(...paths: string[]): void {
  for (const path of paths) cpSync(join(bundled, path), join(folder, path), { recursive: true });
}

/** Copies a golden file with changes to its tensors and metadata. */
async function copyChanged(
  path: string,
  change: (tensors: Map<string, Tensor>, metadata: Record<string, string>) => void,
  target = path,
): Promise<void> {
  await using golden = await openCheckpointFile(join(bundled, path));
  const tensors = new Map<string, Tensor>();
  for (const name of golden.tensors.keys()) tensors.set(name, await golden.read(name));
  const metadata = { ...(golden.metadata as Record<string, string>) };
  change(tensors, metadata);
  mkdirSync(dirname(join(folder, target)), { recursive: true });
  await writeSafetensorsFile(join(folder, target), checkpointFromTensors(path, tensors), { metadata });
}

/** Returns the tensor with every third number larger, by one where numbers are whole. */
function changed(tensor: Tensor): Tensor {
  const { dtype, shape } = tensor;
  const values = toFloat32(tensor).data.map((value, i) => (i % 3 === 0 ? value * 1.01 + 1 : value));
  if (dtype === 'int32') return new Tensor('int32', shape, Int32Array.from(values));
  return Tensor.float32(shape, values);
}

function failuresOf(results: readonly ConformanceResult[]): ConformanceResult[] {
  return results.filter(({ passed, skipped }) => !passed && !skipped);
}

describe('the bundled golden files', () => {
  it('all pass, and every kind that needs no other files is among them', async () => {
    const reported: ConformanceResult[] = [];
    const progress: Progress[] = [];
    const { results, passed } = await verifyDirectory(undefined, {
      threads: 1, // quickest on a machine that is busy with other tests
      onResult: (result) => reported.push(result),
      onProgress: (report) => progress.push(report),
    });
    expect(failuresOf(results)).toEqual([]);
    expect(passed).toBe(true);
    expect(reported).toEqual(results);
    expect(progress.at(-1)).toMatchObject({ stage: 'verify', done: progress.at(-1)?.total });
    for (const { error, tolerance } of results) expect(error).toBeLessThanOrEqual(tolerance!);
    expect([...new Set(results.map(({ kind }) => kind))].sort()).toEqual([
      'align_restore',
      'autoencoder_kl',
      'checkpoints',
      'deepcache',
      'features',
      'frechet_distance',
      'hash',
      'hyper_iqa',
      'i3d',
      'log_mel',
      'log_mel_65s_tail',
      'mask_rows',
      'pipeline_loop',
      's3fd',
      'schedulers',
      'stable_syncnet',
      'sync_score',
      'syncnet_mel',
      'syncnet_tracks',
      'syncnet_v2',
      'taesd',
      'torch_cpu_randn',
      'unet',
    ]);
  }, 300_000);
});

describe('a golden file that does not agree', () => {
  it('fails in the values that differ, and only there', async () => {
    copy('audio/speech.wav');
    const differing: Record<string, string[]> = {
      'align/align_restore.safetensors': ['r256.affine_1', 'r256.restored_3'],
      'audio/features.safetensors': ['features_65s_every_97th'],
      'audio/log_mel.safetensors': ['log_mel'],
      'hash.safetensors': ['conv.weight'],
      'rng/torch_cpu_randn.safetensors': ['seed42.randn_next_16x4x8x8'],
      'scheduler/schedulers.safetensors': ['ddim20.timesteps', 'unipc8.final'],
      'syncnet/stable_syncnet.safetensors': ['cosine'],
      'syncnet/sync_score.safetensors': ['offset'],
      'syncnet/syncnet_mel.safetensors': ['mel'],
      'taesd/taesd.safetensors': ['decoded', 'encoded'],
      'vae/autoencoder_kl.safetensors': ['decoded'],
    };
    for (const [path, names] of Object.entries(differing)) {
      await copyChanged(path, (tensors) => {
        for (const name of names) tensors.set(name, changed(tensors.get(name)!));
      });
    }
    const { results, passed } = await verifyDirectory(folder);
    expect(passed).toBe(false);
    const failures = failuresOf(results);
    expect(failures.map(({ file, what }) => `${file} ${what}`).sort()).toEqual(
      Object.entries(differing).flatMap(([path, names]) => names.map((name) => `${path} ${name}`)),
    );
    for (const { error, tolerance } of failures) expect(error).toBeGreaterThan(tolerance!);
  });

  it('fails in the warp and in the resize by what the tolerance of pictures would forgive', async () => {
    const values = 20; // one in 10,000 is 17
    await copyChanged('align/align_restore.safetensors', (tensors) => {
      const { data } = tensors.get('r256.warped_3')!;
      for (let i = 0; i < values; i++) (data as Uint8Array)[10_000 + 997 * i] ^= 1;
    });
    const { results } = await verifyDirectory(folder);
    const failures = failuresOf(results);
    expect(failures.map(({ what }) => what).sort()).toEqual([
      'r256.face_3 from r256.warped_3',
      'r256.warped_3 from r256.affine_3',
    ]);
    const errorOf = (name: string) => failures.find(({ what }) => what?.startsWith(name))?.error;
    expect(errorOf('r256.warped_3')).toBe(values);
    expect(errorOf('r256.face_3')).toBeGreaterThan(values);
  });

  it('fails when it was made with other weights, inputs or scales', async () => {
    const vae = 'vae/autoencoder_kl.safetensors';
    const scheduler = 'scheduler/schedulers.safetensors';
    await copyChanged(vae, (_, metadata) => (metadata.weight_prefix = 'w.'), 'weights.safetensors');
    await copyChanged(vae, (_, metadata) => (metadata.noise_scale = '1.6'), 'scale.safetensors');
    await copyChanged(scheduler, (_, metadata) => (metadata.hash_prefix = 'p.'), 'inputs.safetensors');
    const { results } = await verifyDirectory(folder);
    const failed = failuresOf(results).map(({ file, what }) => `${file} ${what}`);
    const finals = results.filter(({ what }) => what?.endsWith('.final'));
    expect(finals).toHaveLength(14);
    expect(failed).toEqual([
      ...finals.map(({ what }) => `inputs.safetensors ${what}`),
      'scale.safetensors sample_scaled',
      ...['mean', 'logvar', 'decoded', 'sample_scaled'].map((what) => `weights.safetensors ${what}`),
    ]);
  });

  it('fails in a mask or a checkpoint with one difference', async () => {
    copy('align', 'checkpoints');
    const rows = JSON.parse(readFileSync(join(folder, 'align/mask_rows.json'), 'utf8')) as {
      generated_region_runs_per_row: number[][][];
    };
    rows.generated_region_runs_per_row[120][0][0]++;
    writeFileSync(join(folder, 'align/mask_rows.json'), JSON.stringify(rows));
    await copyChanged('checkpoints/expected.safetensors', (tensors) => {
      (tensors.get('half.weight')!.data as Uint16Array)[3] ^= 1;
    });
    cpSync(join(folder, 'checkpoints/zip.pt'), join(folder, 'checkpoints/overlap_not.pt'));
    const failures = failuresOf((await verifyDirectory(folder)).results);
    expect(failures.map(({ file, error, message }) => [file, error, message])).toEqual([
      ['align/mask_rows.json', 1, undefined],
      ...['bare_state_dict.pt', 'legacy.pt'].map((file) => [
        `checkpoints/${file}`,
        1,
        'These tensors have other types, shapes or values: half.weight.',
      ]),
      ['checkpoints/overlap_not.pt', 1, 'The file was opened and read, and must be refused.'],
      ...['whisper_style.pt', 'zip.pt'].map((file) => [
        `checkpoints/${file}`,
        1,
        'These tensors have other types, shapes or values: half.weight.',
      ]),
    ]);
  });
});

describe('a file that cannot be used', () => {
  it.each<[string, string, (tensors: Map<string, Tensor>, metadata: Record<string, string>) => void]>([
    ['an unknown kind', 'The kind "telepathy" is unknown.', (_, metadata) => (metadata.kind = 'telepathy')],
    ['no kind', 'x.safetensors has no "kind" in its metadata', (_, metadata) => delete metadata.kind],
    ['no prefix', 'x.safetensors has no "hash_prefix" in its metadata.', (_, metadata) => delete metadata.hash_prefix],
    ['no configuration', 'has no "config" in its metadata.', (_, metadata) => delete metadata.config],
    ['a configuration that is none', 'must have JSON as "config"', (_, metadata) => (metadata.config = '{')],
    ['an impossible configuration', '"block_out_channels" must be', changeConfig],
  ])('fails: %s', async (_, message, change) => {
    await copyChanged('vae/autoencoder_kl.safetensors', change, 'x.safetensors');
    copy('hash.safetensors');
    const { results, passed } = await verifyDirectory(folder);
    expect(passed).toBe(false);
    const failures = failuresOf(results);
    expect(failures).toHaveLength(1);
    expect(failures[0].file).toBe('x.safetensors');
    expect(failures[0].message).toContain(message);
    expect(results.filter(({ file, passed: ok }) => file === 'hash.safetensors' && ok)).toHaveLength(4);
  });

  function changeConfig(_: unknown, metadata: Record<string, string>): void {
    metadata.config = JSON.stringify({ ...(JSON.parse(metadata.config) as object), block_out_channels: [] });
  }

  it('fails when it has more or less than its kind', async () => {
    const more = 'rng/torch_cpu_randn.safetensors';
    const less = 'scheduler/schedulers.safetensors';
    await copyChanged(more, (tensors) => tensors.set('more', Tensor.float32([1])), 'more.safetensors');
    await copyChanged(less, (tensors) => tensors.delete('x'), 'less.safetensors');
    const { results } = await verifyDirectory(folder);
    expect(failuresOf(results).map(({ what, message }) => [what, message?.split('\n')[0]])).toEqual([
      [undefined, 'less.safetensors has no tensor "x".'],
      ['more', 'The kind "torch_cpu_randn" has no tensor "more".'],
    ]);
  });

  it('fails when it is damaged or holds nothing', async () => {
    const bytes = readFileSync(join(bundled, 'unet/stage2.safetensors'));
    writeFileSync(join(folder, 'cut.safetensors'), bytes.subarray(0, bytes.length - 8));
    writeFileSync(join(folder, 'mask_rows.json'), '{}');
    await copyChanged(
      'hash.safetensors',
      (tensors) => {
        tensors.clear();
      },
      'nothing.safetensors',
    );
    const { results, passed } = await verifyDirectory(folder);
    expect(passed).toBe(false);
    expect(failuresOf(results).map(({ file, message }) => [file, message?.split('\n')[0]])).toEqual([
      [
        'mask_rows.json',
        'mask_rows.json must be JSON with "size" and a list of runs for each row in "generated_region_runs_per_row".',
      ],
      ['cut.safetensors', expect.stringContaining('is truncated')],
      ['nothing.safetensors', 'nothing.safetensors holds nothing to compare.'],
    ]);
  });

  it('fails when the speech is missing', async () => {
    copy('syncnet/syncnet_mel.safetensors');
    const { results } = await verifyDirectory(folder);
    expect(failuresOf(results)[0].message).toBe(
      'audio/speech.wav, to which syncnet_mel.safetensors refers, is not in any of the folders around it.\n' +
        'Verify the golden folder as a whole.',
    );
  });

  it('fails when the device cannot run networks, and what needs none passes', async () => {
    copy('vae', 'hash.safetensors');
    const { results, passed } = await verifyDirectory(folder, { device: 'dml' });
    expect(passed).toBe(false);
    const byFile = (name: string) => results.filter(({ file }) => file === name);
    expect(byFile('hash.safetensors').every((result) => result.passed)).toBe(true);
    expect(byFile('vae/autoencoder_kl.safetensors').at(-1)?.message).toContain('The device "dml" cannot run');
  });
});

describe('verifyDirectory', () => {
  it('leaves out the official sizes unless asked for, and does not call that passed', async () => {
    await copyChanged('vae/autoencoder_kl.safetensors', (_, metadata) => (metadata.kind = 'full_vae'));
    const { results, passed } = await verifyDirectory(folder);
    expect(results).toEqual([expect.objectContaining({ kind: 'full_vae', passed: false, skipped: true })]);
    expect(passed).toBe(false);
    const full = await verifyDirectory(folder, { full: true });
    expect(full.passed).toBe(true);
    copy('hash.safetensors');
    expect((await verifyDirectory(folder)).passed).toBe(true);
  });

  it('leaves out the weights of models', async () => {
    copy('hash.safetensors');
    await copyChanged('hash.safetensors', (_, metadata) => delete metadata.kind, 'model/vae/weights.safetensors');
    writeFileSync(join(folder, 'model/latentsync_unet.pt'), '');
    const { results, passed } = await verifyDirectory(folder);
    expect(passed).toBe(true);
    expect(new Set(results.map(({ file }) => file))).toEqual(new Set(['hash.safetensors']));
  });

  it('needs a folder with golden files', async () => {
    await expect(verifyDirectory(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(verifyDirectory(folder)).rejects.toMatchObject({ code: 'input-invalid' });
    copy('hash.safetensors');
    await expect(verifyDirectory(join(folder, 'hash.safetensors'))).rejects.toThrow('is a file');
  });

  it('ends at once when canceled', async () => {
    const controller = new AbortController();
    const verifying = verifyDirectory(bundled, {
      signal: controller.signal,
      onResult: ({ kind }) => {
        if (kind === 'features') controller.abort();
      },
    });
    await expect(verifying).rejects.toMatchObject({ code: 'aborted' });
  });
});
