// FaceEmbedding: RGB bytes [1,224,224,3] of an upright face → a unit vector [1024] that is much the same for one person, wherever seen.
// Savchenko, "Efficient facial representations for age, gender and identity recognition in organizing photo albums using multi-output
// ConvNet", 2019; the weights are that paper's.
import type { TfjsGraphModel } from '../checkpoint/tfjs-graph-model.ts';
import type { OnnxModel } from '../onnx/model-proto.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Image8 } from '../tensor/image.ts';
import type { RotatedSquare } from '../vision/geometry.ts';
import { CropSource } from './face-crop.ts';
import { faceNetwork, IMAGE_INPUT } from './face-network.ts';

/** Side of the image that the network sees. */
const EMBEDDING_SIZE = 224;

/** What is added to blue, green and red: the usual mean of faces of the data that it was trained with, negated. */
const MINUS_MEAN = [-103.939, -116.779, -123.68] as const;

/**
 * Returns the network as a model: `image` [1,224,224,3] bytes → `embedding` [1,1024].
 *
 * @throws LatentSyncError `checkpoint-corrupt` when it is a different network.
 */
function faceEmbeddingModel(network: TfjsGraphModel): OnnxModel {
  return faceNetwork(
    network,
    { size: EMBEDDING_SIZE, channelOrder: 'bgr', offset: MINUS_MEAN, outputs: ['global_pooling/Mean'] },
    (_, [embedding]) => ({ embedding }),
  );
}

/** Returns what the network sees of a face: the square around it, upright, RGB bytes [224,224,3]. */
export function embeddingCrop(frame: Image8, square: RotatedSquare): Uint8Array {
  return new CropSource(frame, square, EMBEDDING_SIZE, { margin: 1 }).crop(square, EMBEDDING_SIZE);
}

/** Tells people apart. */
export class FaceEmbedding implements AsyncDisposable {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws LatentSyncError `checkpoint-corrupt` when it is a different network. */
  static async create(runtime: Runtime, network: TfjsGraphModel): Promise<FaceEmbedding> {
    return new FaceEmbedding(await runtime.createSession(faceEmbeddingModel(network), { threads: 1 }));
  }

  /**
   * Returns the embedding of a face, of length 1.
   *
   * @param image - RGB, as {@link embeddingCrop} returns it.
   */
  async embed(image: Uint8Array, options: { signal?: AbortSignal } = {}): Promise<Float32Array> {
    const tensor = new Tensor('uint8', [1, EMBEDDING_SIZE, EMBEDDING_SIZE, 3], image);
    const { embedding } = await this.#session.run({ [IMAGE_INPUT]: tensor }, options);
    const { data } = toFloat32(embedding);
    const length = Math.hypot(...data);
    return data.map((value) => value / length);
  }

  /** Frees the network. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
