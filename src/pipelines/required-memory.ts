// How much memory a job needs, told before it starts.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { elementCount } from '../tensor/tensor.ts';
import type { LipsyncModel } from './lipsync-model.ts';

/** Program, runtime, codecs and face networks. */
const BASE_BYTES = 500e6;

/** ONNX Runtime keeps weights mapped from their file and a copy laid out for its kernels. */
const COPIES_OF_WEIGHTS = 2;

/** Frames in the memory of the pipeline at a time, four bytes a pixel: a window, what it shares, and the codecs'. */
const FRAMES_HELD = 48;

/** Bytes of activations for a pixel of a face in a window, largest in the autoencoder. */
const BYTES_PER_FACE_PIXEL = 3000;

function weightBytes({ tensors }: Checkpoint): number {
  let elements = 0;
  for (const { shape } of tensors.values()) elements += elementCount(shape);
  return elements * 4;
}

/** Returns about how many bytes a job needs at its peak, in all processes. */
export function requiredMemory(model: LipsyncModel, video: { width: number; height: number }): number {
  const weights = weightBytes(model.unet.weights) + weightBytes(model.vae.weights) + weightBytes(model.whisper.weights);
  const { resolution } = model.defaults;
  const activations = Math.max(resolution, 512) ** 2 * BYTES_PER_FACE_PIXEL;
  const frames = video.width * video.height * 4 * FRAMES_HELD;
  return BASE_BYTES + weights * COPIES_OF_WEIGHTS + activations + frames;
}
