// The smallest UNet that has every kind of block, as the "model" section of a configuration file.

/** With channels, audio width and groups to taste. */
export function smallUNetSection(sizes: {
  channels: readonly [number, number];
  audioWidth: number;
  groups: number;
}): Record<string, unknown> {
  return {
    in_channels: 13,
    out_channels: 4,
    block_out_channels: [...sizes.channels],
    down_block_types: ['CrossAttnDownBlock3D', 'DownBlock3D'],
    up_block_types: ['UpBlock3D', 'CrossAttnUpBlock3D'],
    mid_block_type: 'UNetMidBlock3DCrossAttn',
    layers_per_block: 1,
    attention_head_dim: 2,
    cross_attention_dim: sizes.audioWidth,
    norm_num_groups: sizes.groups,
    add_audio_layer: true,
    use_motion_module: true,
    motion_module_resolutions: [1, 2],
    motion_module_type: 'Vanilla',
    motion_module_kwargs: {
      num_attention_heads: 2,
      num_transformer_block: 1,
      attention_block_types: ['Temporal_Self', 'Temporal_Self'],
      temporal_position_encoding: true,
      temporal_position_encoding_max_len: 8,
      temporal_attention_dim_div: 1,
    },
  };
}
