// How much memory a job needs, known before it starts.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { elementCount } from '../tensor/tensor.ts';
import type { LipsyncModel } from './lipsync-model.ts';

/** Program, runtime, codecs and face networks. */
const BASE_BYTES = 500e6;

/** Weights laid out for the kernels, and what networks take beside them: 1.04 measured with the official networks. */
const COPIES_OF_WEIGHTS = 1.1;

/** The fraction of the bytes of the UNet and the autoencoder that int8 saves: of 5.4 GB, 1.9 remain with the official ones. */
const INT8_SAVING = 0.65;

/** Frames in the memory of the pipeline at a time, four bytes per pixel: a window, what it shares, and the codecs'. */
const FRAMES_HELD = 48;

/**
 * What the encoder, the UNet with a window, and the decoder hold for their activations, each on its own, in activations of the
 * autoencoder's finest level: 4, 13 and 8 measured with the official networks at 512 pixels.
 */
const ACTIVATIONS_HELD = 25;

/** Bytes of checkpoints in float32. */
function bytesOf(checkpoints: readonly Checkpoint[]): number {
  let elements = 0;
  for (const { tensors } of checkpoints) {
    for (const { shape } of tensors.values()) elements += elementCount(shape);
  }
  return elements * 4;
}

/** Returns the bytes of a model's weights in float32. */
export function weightBytes({ unet, vae, whisper }: LipsyncModel): number {
  return bytesOf([unet.weights, vae.weights, whisper.weights]);
}

/** Returns about how many bytes a loaded model and all processes take at their peak, without the frames of a video. */
export function requiredMemory(model: LipsyncModel, { dtype }: { dtype: LayerDType }): number {
  const activations =
    model.defaults.resolution ** 2 * model.vae.network.config.blockOutChannels[0] * 4 * ACTIVATIONS_HELD;
  const saved = dtype === 'int8' ? bytesOf([model.unet.weights, model.vae.weights]) * INT8_SAVING : 0;
  return BASE_BYTES + (weightBytes(model) - saved) * COPIES_OF_WEIGHTS + activations;
}

/** Returns about how many bytes the frames of a video take at the peak of a job. */
export function requiredFrameMemory({ width, height }: { width: number; height: number }): number {
  return width * height * 4 * FRAMES_HELD;
}
