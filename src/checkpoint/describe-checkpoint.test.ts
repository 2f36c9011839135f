import { describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { checkpointFromTensors } from './checkpoint-views.ts';
import { describeCheckpoint } from './describe-checkpoint.ts';
import { recognizeArchitecture } from './recognize-architecture.ts';

type Shapes = Map<string, { shape: readonly number[] }>;

function shapes(entries: Readonly<Record<string, readonly number[]>>): Shapes {
  return new Map(Object.entries(entries).map(([key, shape]) => [key, { shape }]));
}

/** The telling tensors of a UNet; `motion` says which blocks have motion modules. */
function unetShapes(channels: number[], layers: number, crossDim: number, motion: (block: string) => boolean): Shapes {
  const found = shapes({
    'conv_in.weight': [channels[0], 13, 3, 3],
    'conv_out.weight': [4, channels[0], 3, 3],
    'time_embedding.linear_1.weight': [4 * channels[0], channels[0]],
  });
  const last = channels.length - 1;
  const block = (name: string, width: number, count: number, attends: boolean): void => {
    for (let i = 0; i < count; i++) {
      found.set(`${name}.resnets.${i}.conv1.weight`, { shape: [width, width, 3, 3] });
      if (attends) {
        const transformer = `${name}.attentions.${i}.transformer_blocks.0`;
        found.set(`${transformer}.attn1.to_k.weight`, { shape: [width, width] });
        found.set(`${transformer}.attn2.to_k.weight`, { shape: [width, crossDim] });
      }
      if (motion(name)) {
        const temporal = `${name}.motion_modules.${i}.temporal_transformer.transformer_blocks.0.attention_blocks`;
        for (const j of [0, 1]) found.set(`${temporal}.${j}.pos_encoder.pe`, { shape: [1, 24, width] });
      }
    }
  };
  channels.forEach((width, i) => {
    block(`down_blocks.${i}`, width, layers, i !== last);
    block(`up_blocks.${i}`, channels[last - i], layers + 1, i !== 0);
  });
  return found;
}

const official = [320, 640, 1280, 1280];

describe('recognizeArchitecture', () => {
  it('tells the stages of the UNet and its configuration', () => {
    const stage2 = recognizeArchitecture(unetShapes(official, 2, 384, (block) => !block.startsWith('mid')));
    expect(stage2).toEqual({
      architecture: 'UNet3DConditionModel',
      variant: 'stage 2 (with motion modules)',
      configuration: {
        in_channels: 13,
        out_channels: 4,
        block_out_channels: official,
        layers_per_block: 2,
        down_block_types: ['CrossAttnDownBlock3D', 'CrossAttnDownBlock3D', 'CrossAttnDownBlock3D', 'DownBlock3D'],
        up_block_types: ['UpBlock3D', 'CrossAttnUpBlock3D', 'CrossAttnUpBlock3D', 'CrossAttnUpBlock3D'],
        add_audio_layer: true,
        cross_attention_dim: 384,
        use_motion_module: true,
        motion_module_resolutions: [1, 2, 4, 8],
        motion_module_mid_block: false,
        motion_module_decoder_only: false,
        motion_module_kwargs: {
          num_transformer_block: 1,
          attention_block_types: ['Temporal_Self', 'Temporal_Self'],
          temporal_position_encoding: true,
          temporal_position_encoding_max_len: 24,
        },
      },
    });
    const stage1 = recognizeArchitecture(unetShapes(official, 2, 768, () => false));
    expect(stage1?.variant).toBe('stage 1 (without motion modules)');
    expect(stage1?.configuration).toMatchObject({ use_motion_module: false, cross_attention_dim: 768 });
    const decoderOnly = recognizeArchitecture(unetShapes(official, 2, 384, (block) => block.startsWith('up')));
    expect(decoderOnly?.variant).toMatch('stage 2 efficient');
    expect(decoderOnly?.configuration).toMatchObject({ motion_module_decoder_only: true });
    const small = recognizeArchitecture(unetShapes([32, 64, 96], 1, 64, (block) => /\.(0|2)$/.test(block)));
    expect(small?.variant).toBeUndefined();
    expect(small?.configuration).toMatchObject({
      block_out_channels: [32, 64, 96],
      layers_per_block: 1,
      motion_module_resolutions: [1, 4],
    });
  });

  it('tells a VAE', () => {
    const found = shapes({
      'encoder.conv_in.weight': [128, 3, 3, 3],
      'decoder.conv_out.weight': [3, 128, 3, 3],
      'quant_conv.weight': [8, 8, 1, 1],
      'post_quant_conv.weight': [4, 4, 1, 1],
    });
    [128, 256, 512, 512].forEach((width, i) => {
      for (const j of [0, 1]) {
        found.set(`encoder.down_blocks.${i}.resnets.${j}.conv1.weight`, { shape: [width, 1, 3, 3] });
      }
    });
    expect(recognizeArchitecture(found)).toMatchObject({
      architecture: 'AutoencoderKL',
      variant: 'sd-vae-ft-mse',
      configuration: { block_out_channels: [128, 256, 512, 512], layers_per_block: 2, latent_channels: 4 },
    });
  });

  it('tells the halves of a TAESD, and both in one file', () => {
    const encoder = { '0.weight': [64, 3, 3, 3], '1.conv.4.weight': [64, 64, 3, 3], '14.weight': [4, 64, 3, 3] };
    const decoder = { '1.weight': [64, 4, 3, 3], '3.conv.4.weight': [64, 64, 3, 3], '19.weight': [3, 64, 3, 3] };
    const both = {
      'encoder.layers.0.weight': [64, 3, 3, 3],
      'encoder.layers.1.conv.4.weight': [64, 64, 3, 3],
      'decoder.layers.0.weight': [64, 4, 3, 3],
      'decoder.layers.2.conv.4.weight': [64, 64, 3, 3],
    };
    const tell = (entries: Readonly<Record<string, readonly number[]>>) => recognizeArchitecture(shapes(entries));
    const architecture = 'AutoencoderTiny';
    expect([tell(encoder), tell(decoder), tell(both)]).toEqual([
      { architecture, variant: 'encoder', configuration: { in_channels: 3, latent_channels: 4 } },
      { architecture, variant: 'decoder', configuration: { latent_channels: 4, out_channels: 3 } },
      {
        architecture,
        variant: 'both halves, as in diffusers',
        configuration: { in_channels: 3, latent_channels: 4 },
      },
    ]);
  });

  it.each([
    [384, 4, 'tiny'],
    [768, 12, 'small'],
    [64, 2, undefined],
  ])('tells Whisper with %d channels and %d layers', (state, layers, variant) => {
    const found = shapes({
      'encoder.conv1.weight': [state, 80, 3],
      'encoder.positional_embedding': [1500, state],
      'decoder.token_embedding.weight': [51865, state],
    });
    for (let i = 0; i < layers; i++) found.set(`encoder.blocks.${i}.attn.query.weight`, { shape: [state, state] });
    expect(recognizeArchitecture(found)).toEqual({
      architecture: 'WhisperEncoder',
      variant,
      configuration: { n_mels: 80, n_audio_ctx: 1500, n_audio_state: state, n_audio_layer: layers },
    });
  });

  it('tells the judges', () => {
    const stable = shapes({
      'audio_encoder.conv_in.weight': [32, 1, 3, 3],
      'audio_encoder.down_blocks.0.conv1.weight': [32, 32, 3, 3],
      'audio_encoder.down_blocks.1.conv1.weight': [64, 32, 3, 3],
      'audio_encoder.down_blocks.2.attn.to_q.weight': [64, 64],
      'audio_encoder.down_blocks.3.conv1.weight': [96, 64, 3, 3],
      'visual_encoder.conv_in.weight': [32, 48, 3, 3],
      'visual_encoder.down_blocks.0.conv1.weight': [32, 32, 3, 3],
    });
    expect(recognizeArchitecture(stable)).toMatchObject({
      architecture: 'StableSyncNet',
      configuration: {
        audio_encoder: { in_channels: 1, block_out_channels: [32, 64, 96], attn_blocks: [0, 1, 0] },
        visual_encoder: { in_channels: 48, block_out_channels: [32], attn_blocks: [0] },
      },
    });
    expect(
      recognizeArchitecture(shapes({ 'netcnnlip.0.weight': [96, 3, 5, 7, 7], 'netcnnaud.0.weight': [64, 1, 3, 3] })),
    ).toMatchObject({ architecture: 'SyncNet', variant: 'v2', configuration: { frames: 5 } });
    expect(
      recognizeArchitecture(
        shapes({ 'vgg.0.weight': [64, 3, 3, 3], 'L2Norm3_3.weight': [256], 'loc.0.weight': [4], 'conf.0.weight': [4] }),
      ),
    ).toMatchObject({ architecture: 'S3FD' });
  });

  it('does not guess', () => {
    expect(recognizeArchitecture(shapes({ 'conv_in.weight': [1, 2, 3] }))).toBeUndefined();
    expect(recognizeArchitecture(new Map())).toBeUndefined();
  });
});

describe('describeCheckpoint', () => {
  it('lists tensors with sizes and totals', () => {
    const checkpoint = checkpointFromTensors(
      'memory',
      new Map<string, Tensor>([
        ['a', Tensor.float32([2, 3])],
        ['b', Tensor.int64([], [7])],
        ['c', Tensor.float32([0, 4])],
      ]),
      { global_step: 1 },
    );
    expect(describeCheckpoint(checkpoint)).toEqual({
      name: 'memory',
      format: 'memory',
      tensors: [
        { key: 'a', dtype: 'float32', shape: [2, 3], bytes: 24 },
        { key: 'b', dtype: 'int64', shape: [], bytes: 8 },
        { key: 'c', dtype: 'float32', shape: [0, 4], bytes: 0 },
      ],
      totalParameters: 7,
      totalBytes: 32,
      metadata: { global_step: 1 },
      architecture: undefined,
    });
  });
});
