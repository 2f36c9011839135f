// PictureScorer: HyperIQA on pictures [H,W,3|4] → how good each looks, about 0 to 100, by the square in its middle.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { selectKeys } from '../checkpoint/checkpoint-views.ts';
import { HYPER_IQA_SIDE, HyperIQA, hyperIQAGraph } from '../models/hyper-iqa.ts';
import { isTrainingCounter } from '../nn/norm.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Image8 } from '../tensor/image.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { roundHalfToEven } from '../vision/round-half-to-even.ts';

/** Means and deviations of red, green and blue in ImageNet. */
const MEANS = [0.485, 0.456, 0.406] as const;
const DEVIATIONS = [0.229, 0.224, 0.225] as const;

/** Returns the middle of a picture, which has at least 224×224 pixels, normalized: [1, 3, 224, 224]. */
export function middleOfPicture({ data, width, height, channels }: Image8): Tensor<'float32'> {
  const side = HYPER_IQA_SIDE;
  if (width < side || height < side) {
    throw new RangeError(`A picture must have at least ${side}×${side} pixels (got ${width}×${height}).`);
  }
  const [left, top] = [roundHalfToEven((width - side) / 2), roundHalfToEven((height - side) / 2)];
  const middle = Tensor.float32([1, 3, side, side]);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = ((top + y) * width + left + x) * channels;
      for (let channel = 0; channel < 3; channel++) {
        const value = (data[from + channel] / 255 - MEANS[channel]) / DEVIATIONS[channel];
        middle.data[(channel * side + y) * side + x] = value;
      }
    }
  }
  return middle;
}

/** The network with its weights. Disposing it closes it. */
export class PictureScorer implements AsyncDisposable {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /**
   * @param weights - `koniq_pretrained.pkl`.
   * @throws CheckpointMismatchError when they are not exactly the network's.
   */
  static async open(runtime: Runtime, weights: Checkpoint): Promise<PictureScorer> {
    const model = new HyperIQA();
    const used = selectKeys(weights, (key) => !isTrainingCounter(key));
    checkWeights(model, used);
    return new PictureScorer(await runtime.createSession(await bindWeights(hyperIQAGraph(model), used)));
  }

  /** Returns how good a picture of at least 224×224 pixels looks; higher is better. */
  async score(picture: Image8, signal?: AbortSignal): Promise<number> {
    const { score } = await this.#session.run({ image: middleOfPicture(picture) }, { signal });
    return toFloat32(score).data[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
