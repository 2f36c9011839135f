/**
 * Networks as trees of modules that write ONNX graphs: the modules, the architectures made of them, and their weights.
 *
 * @module latentsync/models
 */

// What networks are made of
export { Module, nameParameters, Parameter, type Layer } from '../nn/module.ts';
export { Linear } from '../nn/linear.ts';
export { Conv1d, Conv2d, Conv3d, ConvNd, type ConvModuleOptions } from '../nn/conv.ts';
export { BatchNorm, GroupNorm, LayerNorm, type GroupNormScope } from '../nn/norm.ts';
export { Attention, FeedForward, GEGLU, type AttentionOptions } from '../nn/attention.ts';
export { TimestepEmbedding } from '../nn/embeddings.ts';
export { bindWeights, checkWeights } from '../nn/weights.ts';

// The denoising network
export { parseUNet3DConfig, type UNet3DConfig } from './unet-3d-config.ts';
export {
  shallowUNetGraph,
  UNet3DConditionModel,
  unetGraph,
  type UNetGraphOptions,
  type UNetInputs,
  type UNetOutputs,
} from './unet-3d-condition.ts';
export {
  DownBlock3D,
  UNetBlock3D,
  UNetMidBlock3DCrossAttn,
  UpBlock3D,
  type UNetBlockOptions,
  type UNetContext,
} from './unet-3d-blocks.ts';
export { Downsample3D, ResnetBlock3D, Upsample3D, type ResnetOptions, type ResnetTimeScaleShift } from './resnet-3d.ts';
export { BasicTransformerBlock, Transformer3DModel, type TransformerOptions } from './transformer-3d.ts';
export {
  PositionalEncoding,
  TemporalTransformer3DModel,
  TemporalTransformerBlock,
  VanillaTemporalModule,
  VersatileAttention,
  type MotionModuleOptions,
} from './motion-module.ts';

// The autoencoder
export {
  AutoencoderKL,
  decoderGraph,
  encoderGraph,
  parseAutoencoderKLConfig,
  type AutoencoderGraphOptions,
  type AutoencoderKLConfig,
} from './autoencoder-kl.ts';
export { AutoencoderTiny, tinyDecoderGraph, tinyEncoderGraph, type AutoencoderTinyConfig } from './autoencoder-tiny.ts';

// The ear
export {
  MultiHeadAttention,
  parseWhisperDims,
  ResidualAttentionBlock,
  WhisperEncoder,
  whisperEncoderGraph,
  type WhisperEncoderConfig,
} from './whisper-encoder.ts';

// Speech or not
export { SileroVad } from './silero-vad.ts';

// The judges of lips and speech
export {
  parseStableSyncNetConfig,
  type DownEncoder2DConfig,
  type StableSyncNetConfig,
} from './stable-syncnet-config.ts';
export {
  StableSyncNet,
  stableSyncNetGraph,
  type StableSyncNetGraphOptions,
  type StableSyncNetOutputs,
} from './stable-syncnet.ts';
export { syncNetAudioGraph, syncNetLipGraph, SyncNetV2 } from './syncnet-v2.ts';

// The judge of pictures
export { Bottleneck, DistortionAwareResNet, HyperIQA, hyperIQAGraph } from './hyper-iqa.ts';

// Actions in clips, the features of FVD
export { I3D, i3dGraph, InceptionBlock3D, Logits3D, Unit3D, type Size3 } from './i3d.ts';

// Faces
export { L2Norm, S3FD, s3fdGraph, type S3FDOutputs } from './s3fd.ts';
export { S3FDDetector } from './s3fd-detector.ts';
export { FaceMesh, type MeshResult, type RefineOptions } from './face-mesh.ts';
export type { Image8 } from '../tensor/image.ts';
export type { FaceDetection } from '../vision/face-selection.ts';
