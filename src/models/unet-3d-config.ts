// UNet3DConfig: the `model:` section of the official YAML files, checked and in this library's spelling.
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';
import type { MotionModuleOptions } from './motion-module.ts';
import type { ResnetTimeScaleShift } from './resnet-3d.ts';

/** Configuration of {@link UNet3DConditionModel}. */
export interface UNet3DConfig {
  inChannels: number;
  outChannels: number;
  centerInputSample: boolean;
  flipSinToCos: boolean;
  freqShift: number;
  /** For each down block, whether it has transformers. */
  downBlocksWithAttention: readonly boolean[];
  /** For each up block, whether it has transformers. */
  upBlocksWithAttention: readonly boolean[];
  blockOutChannels: readonly number[];
  layersPerBlock: number;
  downsamplePadding: number;
  midBlockScaleFactor: number;
  normNumGroups: number;
  normEps: number;
  crossAttentionDim: number;
  /** For each down block, the number of attention heads. */
  attentionHeads: readonly number[];
  addAudioLayer: boolean;
  resnetTimeScaleShift: ResnetTimeScaleShift;
  /** Group norms of residual blocks see one frame at a time. */
  useInflatedGroupnorm: boolean;
  /** For each down block, whether it has motion modules. */
  downBlocksWithMotion: readonly boolean[];
  midBlockWithMotion: boolean;
  /** For each up block, whether it has motion modules. */
  upBlocksWithMotion: readonly boolean[];
  motionModule: MotionModuleOptions;
}

const PREFIX = 'The UNet configuration\'s "';

function fail(key: string, rule: string, value: unknown): never {
  throw new LatentSyncError('config-invalid', `${PREFIX}${key}" must be ${rule} (got ${shownValue(value)}).`);
}

/** Typed access to the fields of a parsed file; a missing field takes the default. */
class UNetFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(json: unknown, what: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(what, 'a mapping', json);
    this.#fields = json as Record<string, unknown>;
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined && this.#fields[key] !== null;
  }

  raw(key: string): unknown {
    return this.#fields[key];
  }

  integer(key: string, fallback: number): number {
    const value = this.#fields[key] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) fail(key, 'a whole number', value);
    return value;
  }

  number(key: string, fallback: number): number {
    // YAML 1.1 readers take "1e-5" for text.
    const value = Number(this.#fields[key] ?? fallback);
    if (!Number.isFinite(value)) fail(key, 'a number', this.#fields[key]);
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#fields[key] ?? fallback;
    if (typeof value !== 'boolean') fail(key, 'true or false', value);
    return value;
  }

  word(key: string, fallback: string, words: readonly string[]): string {
    const value = this.#fields[key] ?? fallback;
    if (typeof value !== 'string' || !words.includes(value)) fail(key, `one of ${words.join(', ')}`, value);
    return value;
  }

  integers(key: string, fallback: readonly number[]): readonly number[] {
    const value = this.#fields[key] ?? fallback;
    if (!Array.isArray(value) || value.length === 0 || !value.every((item) => Number.isInteger(item) && item > 0)) {
      fail(key, 'a list of positive whole numbers', value);
    }
    return value as number[];
  }

  words(key: string, fallback: readonly string[], words: readonly string[]): readonly string[] {
    const value = this.#fields[key] ?? fallback;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && words.includes(item))) {
      fail(key, `a list of ${words.join(', ')}`, value);
    }
    return value as string[];
  }
}

function parseMotionModule(json: unknown): MotionModuleOptions {
  const fields = new UNetFields(json ?? {}, 'motion_module_kwargs');
  const types = fields.words('attention_block_types', ['Temporal_Self', 'Temporal_Self'], ['Temporal_Self']);
  return {
    numAttentionHeads: fields.integer('num_attention_heads', 8),
    numTransformerBlock: fields.integer('num_transformer_block', 2),
    attentionLayers: types.length,
    temporalPositionEncoding: fields.boolean('temporal_position_encoding', false),
    temporalPositionEncodingMaxLen: fields.integer('temporal_position_encoding_max_len', 24),
    temporalAttentionDimDiv: fields.integer('temporal_attention_dim_div', 1),
  };
}

/**
 * Returns the configuration in a parsed `model:` section; missing fields have the reference's defaults.
 *
 * @throws LatentSyncError `config-invalid` for a value that the architecture does not support.
 */
export function parseUNet3DConfig(json: unknown): UNet3DConfig {
  const fields = new UNetFields(json, 'model');
  const blockOutChannels = fields.integers('block_out_channels', [320, 640, 1280, 1280]);
  const blocks = blockOutChannels.length;
  const perBlock = (key: string, value: readonly unknown[]): void => {
    if (value.length !== blocks) fail(key, `a list with one entry for each of the ${blocks} blocks`, value);
  };
  const downTypes = fields.words(
    'down_block_types',
    [...new Array<string>(blocks - 1).fill('CrossAttnDownBlock3D'), 'DownBlock3D'],
    ['CrossAttnDownBlock3D', 'DownBlock3D'],
  );
  const upTypes = fields.words(
    'up_block_types',
    ['UpBlock3D', ...new Array<string>(blocks - 1).fill('CrossAttnUpBlock3D')],
    ['CrossAttnUpBlock3D', 'UpBlock3D'],
  );
  perBlock('down_block_types', downTypes);
  perBlock('up_block_types', upTypes);
  const heads = fields.raw('attention_head_dim');
  const attentionHeads = Array.isArray(heads)
    ? fields.integers('attention_head_dim', [])
    : new Array<number>(blocks).fill(fields.integer('attention_head_dim', 8));
  perBlock('attention_head_dim', attentionHeads);
  fields.word('act_fn', 'silu', ['silu', 'swish']);
  fields.word('mid_block_type', 'UNetMidBlock3DCrossAttn', ['UNetMidBlock3DCrossAttn']);
  fields.word('motion_module_type', 'Vanilla', ['Vanilla']);
  for (const unsupported of [
    'dual_cross_attention',
    'only_cross_attention',
    'use_linear_projection',
    'class_embed_type',
  ]) {
    if (fields.has(unsupported) && fields.raw(unsupported) !== false)
      fail(unsupported, 'left out', fields.raw(unsupported));
  }
  const resolutions = fields.integers('motion_module_resolutions', [1, 2, 4, 8]);
  const useMotionModule = fields.boolean('use_motion_module', false);
  const decoderOnly = fields.boolean('motion_module_decoder_only', false);
  const withMotion = blockOutChannels.map((_, index) => useMotionModule && resolutions.includes(2 ** index));
  return {
    inChannels: fields.integer('in_channels', 13),
    outChannels: fields.integer('out_channels', 4),
    centerInputSample: fields.boolean('center_input_sample', false),
    flipSinToCos: fields.boolean('flip_sin_to_cos', true),
    freqShift: fields.number('freq_shift', 0),
    downBlocksWithAttention: downTypes.map((type) => type.startsWith('CrossAttn')),
    upBlocksWithAttention: upTypes.map((type) => type.startsWith('CrossAttn')),
    blockOutChannels,
    layersPerBlock: fields.integer('layers_per_block', 2),
    downsamplePadding: fields.integer('downsample_padding', 1),
    midBlockScaleFactor: fields.number('mid_block_scale_factor', 1),
    normNumGroups: fields.integer('norm_num_groups', 32),
    normEps: fields.number('norm_eps', 1e-5),
    crossAttentionDim: fields.integer('cross_attention_dim', 384),
    attentionHeads,
    addAudioLayer: fields.boolean('add_audio_layer', true),
    resnetTimeScaleShift: fields.word('resnet_time_scale_shift', 'default', [
      'default',
      'scale_shift',
    ]) as ResnetTimeScaleShift,
    useInflatedGroupnorm: fields.boolean('use_inflated_groupnorm', false),
    downBlocksWithMotion: withMotion.map((has) => has && !decoderOnly),
    midBlockWithMotion: useMotionModule && fields.boolean('motion_module_mid_block', false),
    upBlocksWithMotion: withMotion.toReversed(),
    motionModule: parseMotionModule(fields.raw('motion_module_kwargs')),
  };
}
