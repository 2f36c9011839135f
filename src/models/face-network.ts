// A face network as an ONNX graph: RGB bytes [1,size,size,3] → the outputs of a TensorFlow.js graph model.
import type { TfjsGraphModel } from '../checkpoint/tfjs-graph-model.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel, type OnnxModel } from '../onnx/model-proto.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Tensor } from '../tensor/tensor.ts';
import { appendTfjsGraph } from './tfjs-graph.ts';

/** Name of the input of {@link faceNetwork}'s models. */
export const IMAGE_INPUT = 'image';

/** What a face network takes and gives. */
export interface FaceNetworkOptions {
  /** Side of the square image in pixels. */
  readonly size: number;
  /** The network's own input takes byte · scale + offset. Default of the scale: 1. */
  readonly scale?: number;
  /** One for all channels, or one for each, in the network's order. */
  readonly offset: number | readonly [number, number, number];
  /** The order in which the network takes the channels. Default `rgb`. */
  readonly channelOrder?: 'rgb' | 'bgr';
  /** Names of the network's outputs. */
  readonly outputs: readonly string[];
}

/**
 * Returns a model that runs a TensorFlow.js network on bytes.
 *
 * @param finish - makes the model's outputs, by name, of the network's.
 * @throws LatentSyncError `checkpoint-corrupt` when the network has not exactly one input or lacks an output.
 */
export function faceNetwork(
  network: TfjsGraphModel,
  { size, scale = 1, offset, channelOrder = 'rgb', outputs }: FaceNetworkOptions,
  finish: (g: Graph, outputs: readonly Value[]) => Readonly<Record<string, Value>>,
): OnnxModel {
  const g = new Graph();
  const bytes = g.input(IMAGE_INPUT, [1, size, size, 3], 'uint8');
  const rgb = g.transpose(g.cast(bytes, 'float32'), [0, 3, 1, 2]); // [1,H,W,3] → [1,3,H,W]
  const image =
    channelOrder === 'rgb'
      ? rgb
      : g.concat(
          [2, 1, 0].map((c) => g.slice(rgb, 1, c, c + 1)),
          1,
        );
  const shift =
    typeof offset === 'number' ? g.float(offset) : g.constant(Tensor.float32([3, 1, 1], Float32Array.from(offset)));
  const normalized = g.add(scale === 1 ? image : g.mul(image, g.float(scale)), shift);
  const placeholders = network.nodes.filter(({ operator }) => operator === 'Placeholder');
  const inputs = new Map(placeholders.map(({ name }) => [name, normalized]));
  const named = finish(g, appendTfjsGraph(g, network, inputs, outputs));
  for (const [name, value] of Object.entries(named)) g.output(name, value);
  return writeModel(g, (key) => {
    throw new RangeError(`The network has no parameter ${key}.`);
  });
}
