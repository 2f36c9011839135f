// VideoFeatures: faces of sixteen frames [H,W,3|4] → I3D's logits [400], the features of the Fréchet video distance.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { selectKeys } from '../checkpoint/checkpoint-views.ts';
import { I3D, I3D_SIDE, i3dGraph } from '../models/i3d.ts';
import { isTrainingCounter } from '../nn/norm.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Box } from '../vision/geometry.ts';
import { resizeArea } from '../vision/resize.ts';

/** Frames of a clip. */
export const CLIP_FRAMES = 16;

/**
 * Returns a face as the official evaluation cuts it out: what of its box lies in the frame, from whole pixels to whole pixels, resized to
 * 224×224 without keeping its proportions. Undefined when nothing of it lies in the frame.
 */
export function faceOfClip(frame: Image8, box: Box): Image8 | undefined {
  // Boxes count from the center of the first pixel, the official code from its edge.
  const [x, y] = [Math.trunc(box.x + 0.5), Math.trunc(box.y + 0.5)];
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const width = Math.min(frame.width, left + Math.trunc(box.width)) - left;
  const height = Math.min(frame.height, top + Math.trunc(box.height)) - top;
  if (width < 1 || height < 1) return undefined;
  const { channels, data } = frame;
  const crop = createImage8(width, height, channels);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * frame.width + left) * channels;
    crop.data.set(data.subarray(from, from + width * channels), row * width * channels);
  }
  return resizeArea(crop, I3D_SIDE, I3D_SIDE);
}

/** The network with its weights. Disposing it closes it. */
export class VideoFeatures implements AsyncDisposable {
  readonly #session: Session;
  readonly #range: readonly [number, number];

  private constructor(session: Session, range: readonly [number, number]) {
    this.#session = session;
    this.#range = range;
  }

  /**
   * @param weights - `i3d_torchscript.pt`.
   * @param options.reference - shows the network values of 0 to 1, as the official code does, instead of −1 to 1.
   * @throws CheckpointMismatchError when they are not exactly the network's.
   */
  static async open(
    runtime: Runtime,
    weights: Checkpoint,
    options: { reference?: boolean } = {},
  ): Promise<VideoFeatures> {
    const model = new I3D();
    const used = selectKeys(weights, (key) => !isTrainingCounter(key));
    checkWeights(model, used);
    const session = await runtime.createSession(await bindWeights(i3dGraph(model, CLIP_FRAMES), used));
    return new VideoFeatures(session, options.reference ? [0, 1] : [-1, 1]);
  }

  /** Returns the features of a clip. @param faces - sixteen of 224×224. */
  async of(faces: readonly Image8[], signal?: AbortSignal): Promise<Float32Array> {
    const [low, high] = this.#range;
    const area = I3D_SIDE ** 2;
    const clip = Tensor.float32([1, 3, CLIP_FRAMES, I3D_SIDE, I3D_SIDE]);
    for (const [frame, { data, channels }] of faces.entries()) {
      for (let channel = 0; channel < 3; channel++) {
        const plane = (channel * CLIP_FRAMES + frame) * area;
        for (let i = 0; i < area; i++) {
          clip.data[plane + i] = low + ((high - low) * data[i * channels + channel]) / 255;
        }
      }
    }
    const { logits } = await this.#session.run({ clip }, { signal });
    return toFloat32(logits).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
