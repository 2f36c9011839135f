// The configurations that belong to the official UNets, as the object that their YAML file holds (field names are the file's).

/** The contents of a LatentSync `config.yaml`; field names as in the file. */
export interface OfficialConfig {
  readonly data: Readonly<Record<string, unknown>>;
  readonly run: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
}

/**
 * Returns the configuration of an official UNet. Both releases share one architecture of 1,267,099,844 parameters with
 * motion modules; 1.5 was trained at 256×256 pixels, 1.6 at 512×512.
 */
export function officialConfig(resolution: 256 | 512): OfficialConfig {
  return {
    data: {
      num_frames: 16,
      resolution,
      audio_sample_rate: 16000,
      video_fps: 25,
      audio_feat_length: [2, 2],
    },
    run: { guidance_scale: 1.5, inference_steps: 20, seed: 1247 },
    model: {
      act_fn: 'silu',
      add_audio_layer: true,
      attention_head_dim: 8,
      block_out_channels: [320, 640, 1280, 1280],
      center_input_sample: false,
      cross_attention_dim: 384,
      down_block_types: ['CrossAttnDownBlock3D', 'CrossAttnDownBlock3D', 'CrossAttnDownBlock3D', 'DownBlock3D'],
      mid_block_type: 'UNetMidBlock3DCrossAttn',
      up_block_types: ['UpBlock3D', 'CrossAttnUpBlock3D', 'CrossAttnUpBlock3D', 'CrossAttnUpBlock3D'],
      downsample_padding: 1,
      flip_sin_to_cos: true,
      freq_shift: 0,
      in_channels: 13,
      layers_per_block: 2,
      mid_block_scale_factor: 1,
      norm_eps: 1e-5,
      norm_num_groups: 32,
      out_channels: 4,
      sample_size: 64,
      resnet_time_scale_shift: 'default',
      use_motion_module: true,
      motion_module_resolutions: [1, 2, 4, 8],
      motion_module_mid_block: false,
      motion_module_decoder_only: false,
      motion_module_type: 'Vanilla',
      motion_module_kwargs: {
        num_attention_heads: 8,
        num_transformer_block: 1,
        attention_block_types: ['Temporal_Self', 'Temporal_Self'],
        temporal_position_encoding: true,
        temporal_position_encoding_max_len: 24,
        temporal_attention_dim_div: 1,
        zero_initialize: true,
      },
    },
  };
}

/** The autoencoder of every official model, as its `config.json` holds it. */
export const officialAutoencoderConfig: Readonly<Record<string, unknown>> = {
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  block_out_channels: [128, 256, 512, 512],
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
};

/** The noise schedule of every official model, as its `scheduler_config.json` holds it. */
export const officialSchedulerConfig: Readonly<Record<string, unknown>> = {
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
  trained_betas: null,
};
