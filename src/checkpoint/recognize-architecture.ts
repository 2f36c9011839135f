// Which network a checkpoint belongs to, and as much of its configuration as keys and shapes reveal.

/** The networks that are recognized. */
export type Architecture =
  | 'UNet3DConditionModel'
  | 'AutoencoderKL'
  | 'AutoencoderTiny'
  | 'WhisperEncoder'
  | 'StableSyncNet'
  | 'SyncNet'
  | 'S3FD'
  | 'HyperIQA'
  | 'I3D';

/** A recognized network. */
export interface RecognizedArchitecture {
  readonly architecture: Architecture;
  /** The published variant that the shapes fit, in words: "stage 2", "tiny"; undefined when they fit none. */
  readonly variant: string | undefined;
  /** What keys and shapes reveal, under the names that the official configuration files use. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Returns one size of a tensor, or undefined. */
function size(tensors: Shapes, key: string, axis: number): number | undefined {
  return tensors.get(key)?.shape[axis];
}

/** Returns how many of `prefix.0`, `prefix.1`, … have tensors. */
function countChildren(tensors: Shapes, prefix: string): number {
  const indices = new Set<number>();
  for (const key of tensors.keys()) {
    if (key.startsWith(`${prefix}.`)) indices.add(Number.parseInt(key.slice(prefix.length + 1), 10));
  }
  let count = 0;
  while (indices.has(count)) count++;
  return count;
}

function hasChildren(tensors: Shapes, prefix: string): boolean {
  return countChildren(tensors, prefix) > 0;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Returns the output channels of the first resnet in each block. */
function blockChannels(tensors: Shapes, blocks: string): (number | undefined)[] {
  return range(countChildren(tensors, blocks)).map((i) => size(tensors, `${blocks}.${i}.resnets.0.conv1.weight`, 0));
}

function unet(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('time_embedding.linear_1.weight') || !hasChildren(tensors, 'up_blocks')) return undefined;
  const down = range(countChildren(tensors, 'down_blocks'));
  const up = range(countChildren(tensors, 'up_blocks'));
  const hasAttention = (block: string): boolean => hasChildren(tensors, `${block}.attentions`);
  const hasMotion = (block: string): boolean => hasChildren(tensors, `${block}.motion_modules`);
  const downWithMotion = down.filter((i) => hasMotion(`down_blocks.${i}`));
  const upWithMotion = up.filter((i) => hasMotion(`up_blocks.${i}`));
  const inMiddle = hasMotion('mid_block');
  const audioProjection = [...tensors.keys()].find((key) => key.endsWith('.attn2.to_k.weight'));
  const channels = blockChannels(tensors, 'down_blocks');
  const decoderOnly = downWithMotion.length === 0 && upWithMotion.length > 0;
  // Block i of the encoder works at 1/2^i of the size; the decoder's blocks mirror it.
  const withMotion = new Set([...downWithMotion, ...upWithMotion.map((i) => up.length - 1 - i)]);
  const motionPrefix = [
    ...downWithMotion.map((i) => `down_blocks.${i}`),
    ...upWithMotion.map((i) => `up_blocks.${i}`),
    ...(inMiddle ? ['mid_block'] : []),
  ]
    .map((block) => `${block}.motion_modules.0.temporal_transformer.transformer_blocks`)
    .at(0);

  const configuration: Record<string, unknown> = {
    in_channels: size(tensors, 'conv_in.weight', 1),
    out_channels: size(tensors, 'conv_out.weight', 0),
    block_out_channels: channels,
    layers_per_block: countChildren(tensors, 'down_blocks.0.resnets'),
    down_block_types: down.map((i) => (hasAttention(`down_blocks.${i}`) ? 'CrossAttnDownBlock3D' : 'DownBlock3D')),
    up_block_types: up.map((i) => (hasAttention(`up_blocks.${i}`) ? 'CrossAttnUpBlock3D' : 'UpBlock3D')),
    add_audio_layer: audioProjection !== undefined,
    cross_attention_dim: audioProjection === undefined ? undefined : size(tensors, audioProjection, 1),
    use_motion_module: motionPrefix !== undefined,
    motion_module_mid_block: inMiddle,
    motion_module_decoder_only: decoderOnly,
  };
  if (motionPrefix !== undefined) {
    const attention = `${motionPrefix}.0.attention_blocks`;
    const positions = size(tensors, `${attention}.0.pos_encoder.pe`, 1);
    configuration.motion_module_resolutions = [...withMotion].sort((a, b) => a - b).map((i) => 2 ** i);
    configuration.motion_module_kwargs = {
      num_transformer_block: countChildren(tensors, motionPrefix),
      attention_block_types: range(countChildren(tensors, attention)).map(() => 'Temporal_Self'),
      temporal_position_encoding: positions !== undefined,
      ...(positions === undefined ? {} : { temporal_position_encoding_max_len: positions }),
    };
  }

  const isOfficial =
    String(channels) === '320,640,1280,1280' &&
    configuration.in_channels === 13 &&
    configuration.layers_per_block === 2;
  const stage =
    motionPrefix === undefined
      ? 'stage 1 (without motion modules)'
      : decoderOnly
        ? 'stage 2 efficient (motion modules in the decoder only)'
        : 'stage 2 (with motion modules)';
  return { architecture: 'UNet3DConditionModel', variant: isOfficial ? stage : undefined, configuration };
}

function autoencoderKL(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('quant_conv.weight') || !tensors.has('encoder.conv_in.weight')) return undefined;
  const channels = blockChannels(tensors, 'encoder.down_blocks');
  const configuration = {
    in_channels: size(tensors, 'encoder.conv_in.weight', 1),
    out_channels: size(tensors, 'decoder.conv_out.weight', 0),
    latent_channels: size(tensors, 'post_quant_conv.weight', 0),
    block_out_channels: channels,
    layers_per_block: countChildren(tensors, 'encoder.down_blocks.0.resnets'),
    down_block_types: channels.map(() => 'DownEncoderBlock2D'),
    up_block_types: channels.map(() => 'UpDecoderBlock2D'),
  };
  const isOfficial = String(channels) === '128,256,512,512' && configuration.latent_channels === 4;
  return { architecture: 'AutoencoderKL', variant: isOfficial ? 'sd-vae-ft-mse' : undefined, configuration };
}

/**
 * TAESD: both halves as diffusers has them, or one as its author has it. The first layer of an encoder takes an image, the last one of a
 * decoder makes one.
 */
function autoencoderTiny(tensors: Shapes): RecognizedArchitecture | undefined {
  const isDiffusers = tensors.has('encoder.layers.1.conv.4.weight') && tensors.has('decoder.layers.2.conv.4.weight');
  if (isDiffusers) {
    const configuration = {
      in_channels: size(tensors, 'encoder.layers.0.weight', 1),
      latent_channels: size(tensors, 'decoder.layers.0.weight', 1),
    };
    return { architecture: 'AutoencoderTiny', variant: 'both halves, as in diffusers', configuration };
  }
  const isEncoder = tensors.has('0.weight') && tensors.has('1.conv.4.weight') && tensors.has('14.weight');
  if (isEncoder) {
    const configuration = {
      in_channels: size(tensors, '0.weight', 1),
      latent_channels: size(tensors, '14.weight', 0),
    };
    return { architecture: 'AutoencoderTiny', variant: 'encoder', configuration };
  }
  const isDecoder = tensors.has('1.weight') && tensors.has('3.conv.4.weight') && tensors.has('19.weight');
  if (!isDecoder) return undefined;
  const configuration = {
    latent_channels: size(tensors, '1.weight', 1),
    out_channels: size(tensors, '19.weight', 0),
  };
  return { architecture: 'AutoencoderTiny', variant: 'decoder', configuration };
}

const whisperVariants: ReadonlyMap<string, string> = new Map([
  ['384 4', 'tiny'],
  ['512 6', 'base'],
  ['768 12', 'small'],
  ['1024 24', 'medium'],
  ['1280 32', 'large'],
]);

function whisper(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('encoder.positional_embedding') || !tensors.has('encoder.conv1.weight')) return undefined;
  const state = size(tensors, 'encoder.conv1.weight', 0);
  const layers = countChildren(tensors, 'encoder.blocks');
  const configuration = {
    n_mels: size(tensors, 'encoder.conv1.weight', 1),
    n_audio_ctx: size(tensors, 'encoder.positional_embedding', 0),
    n_audio_state: state,
    n_audio_layer: layers,
  };
  return { architecture: 'WhisperEncoder', variant: whisperVariants.get(`${state} ${layers}`), configuration };
}

/** A StableSyncNet encoder: its `down_blocks` are residual blocks, with attention blocks between some of them. */
function syncNetEncoder(tensors: Shapes, encoder: string): Record<string, unknown> {
  const channels: (number | undefined)[] = [];
  const attention: number[] = [];
  for (const i of range(countChildren(tensors, `${encoder}.down_blocks`))) {
    const block = `${encoder}.down_blocks.${i}`;
    if (tensors.has(`${block}.conv1.weight`)) {
      channels.push(size(tensors, `${block}.conv1.weight`, 0));
      attention.push(0);
    } else attention[attention.length - 1] = 1;
  }
  return {
    in_channels: size(tensors, `${encoder}.conv_in.weight`, 1),
    block_out_channels: channels,
    attn_blocks: attention,
  };
}

function stableSyncNet(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('audio_encoder.conv_in.weight') || !tensors.has('visual_encoder.conv_in.weight')) return undefined;
  const configuration = {
    audio_encoder: syncNetEncoder(tensors, 'audio_encoder'),
    visual_encoder: syncNetEncoder(tensors, 'visual_encoder'),
  };
  return { architecture: 'StableSyncNet', variant: undefined, configuration };
}

function syncNet(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('netcnnlip.0.weight') || !tensors.has('netcnnaud.0.weight')) return undefined;
  const frames = size(tensors, 'netcnnlip.0.weight', 2);
  const features = size(tensors, 'netfclip.3.weight', 0);
  return { architecture: 'SyncNet', variant: 'v2', configuration: { frames, features } };
}

function s3fd(tensors: Shapes): RecognizedArchitecture | undefined {
  const keys = ['vgg.0.weight', 'L2Norm3_3.weight', 'loc.0.weight', 'conf.0.weight'];
  if (!keys.every((key) => tensors.has(key))) return undefined;
  return { architecture: 'S3FD', variant: undefined, configuration: { sources: countChildren(tensors, 'loc') } };
}

function hyperIqa(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('res.lda1_pool.0.weight') || !tensors.has('fc5w_fc.weight')) return undefined;
  return {
    architecture: 'HyperIQA',
    variant: undefined,
    configuration: { features: size(tensors, 'fc5w_fc.weight', 1) },
  };
}

function i3d(tensors: Shapes): RecognizedArchitecture | undefined {
  if (!tensors.has('conv3d_1a_7x7.conv3d.weight') || !tensors.has('mixed_5c.branch_0.conv3d.weight')) return undefined;
  const classes = size(tensors, 'conv3d_0c_1x1.conv3d.weight', 0);
  return { architecture: 'I3D', variant: classes === 400 ? 'Kinetics-400' : undefined, configuration: { classes } };
}

/**
 * Returns the network whose tensors these are, judged by their keys and shapes alone, or undefined.
 *
 * The configuration has the official names (`block_out_channels`, `n_audio_state`, …) and only what shapes reveal: numbers of
 * attention heads and norm groups, or activations, are not among it.
 */
export function recognizeArchitecture(tensors: Shapes): RecognizedArchitecture | undefined {
  for (const recognize of [
    unet,
    autoencoderKL,
    autoencoderTiny,
    whisper,
    stableSyncNet,
    syncNet,
    s3fd,
    hyperIqa,
    i3d,
  ]) {
    const found = recognize(tensors);
    if (found) return found;
  }
  return undefined;
}
