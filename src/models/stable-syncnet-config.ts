// StableSyncNetConfig: the `model:` section of the official SyncNet YAML files, checked and in this library's spelling.
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';

/** Groups of every group norm; the official configuration files do not set it. */
export const NORM_NUM_GROUPS = 32;

/** One of the two encoders: a residual block for each entry of the lists. */
export interface DownEncoder2DConfig {
  inChannels: number;
  /** Multiples of 32. */
  blockOutChannels: readonly number[];
  /** For each block, the strides [vertical, horizontal] of the convolution that ends it; undefined: it has none. */
  downsampleFactors: readonly (readonly [number, number] | undefined)[];
  /** For each block, whether an attention block follows. */
  attnBlocks: readonly boolean[];
}

/** Configuration of {@link StableSyncNet}. */
export interface StableSyncNetConfig {
  audioEncoder: DownEncoder2DConfig;
  visualEncoder: DownEncoder2DConfig;
}

function fail(path: string, rule: string, value: unknown): never {
  throw new LatentSyncError(
    'config-invalid',
    `The SyncNet configuration's "${path}" must be ${rule} (got ${shownValue(value)}).`,
    { remedy: 'Use the "model" section of an official file, such as configs/syncnet/syncnet_16_pixel_attn.yaml.' },
  );
}

function mapping(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'a mapping', value);
  return value as Record<string, unknown>;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function parseFactor(path: string, factor: unknown): readonly [number, number] | undefined {
  if (factor === 1) return undefined;
  if (isSize(factor)) return [factor, factor];
  // A pair has its convolution even when it is [1, 1].
  if (Array.isArray(factor) && factor.length === 2) {
    const [vertical, horizontal] = factor as readonly unknown[];
    if (isSize(vertical) && isSize(horizontal)) return [vertical, horizontal];
  }
  return fail(path, 'a positive whole number or a pair [vertical, horizontal]', factor);
}

function parseEncoder(path: string, json: unknown): DownEncoder2DConfig {
  const fields = mapping(path, json);
  const inChannels = fields.in_channels;
  if (!isSize(inChannels)) fail(`${path}.in_channels`, 'a positive whole number', inChannels);

  const channels = fields.block_out_channels;
  if (
    !Array.isArray(channels) ||
    channels.length === 0 ||
    !channels.every((item) => isSize(item) && item % NORM_NUM_GROUPS === 0)
  ) {
    fail(`${path}.block_out_channels`, `a list of multiples of ${NORM_NUM_GROUPS}`, channels);
  }
  const blockOutChannels = channels as number[];

  const perBlock = (key: string, value: unknown): readonly unknown[] =>
    Array.isArray(value) && value.length === blockOutChannels.length
      ? value
      : fail(`${path}.${key}`, `a list with one entry for each of the ${blockOutChannels.length} blocks`, value);
  const factors = perBlock('downsample_factors', fields.downsample_factors);
  // Files older than the attention blocks lack the list.
  const attention = perBlock('attn_blocks', fields.attn_blocks ?? blockOutChannels.map(() => 0));

  // Dropout acts in training only: it is checked, but has no effect on the network.
  const dropout = fields.dropout ?? 0;
  if (typeof dropout !== 'number' || !(dropout >= 0 && dropout < 1)) {
    fail(`${path}.dropout`, 'a number from 0 to below 1', dropout);
  }
  return {
    inChannels,
    blockOutChannels,
    downsampleFactors: factors.map((factor, index) => parseFactor(`${path}.downsample_factors.${index}`, factor)),
    attnBlocks: attention.map((flag, index) =>
      flag === 0 || flag === 1 || typeof flag === 'boolean'
        ? Boolean(flag)
        : fail(`${path}.attn_blocks.${index}`, '0 or 1', flag),
    ),
  };
}

/**
 * Returns the configuration in a parsed `model:` section.
 *
 * @throws LatentSyncError `config-invalid` for a field that is missing or has a value that the architecture does not support.
 */
export function parseStableSyncNetConfig(json: unknown): StableSyncNetConfig {
  const fields = mapping('model', json);
  return {
    audioEncoder: parseEncoder('audio_encoder', fields.audio_encoder),
    visualEncoder: parseEncoder('visual_encoder', fields.visual_encoder),
  };
}
