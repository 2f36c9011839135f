// Tiny ONNX networks with the inputs and outputs of InsightFace's det_10g.onnx and 2d106det.onnx, for tests: the one "finds"
// squares of full red, the other the middle of what is red.
import { Graph } from '../../src/onnx/graph.ts';
import { writeModel } from '../../src/onnx/model-proto.ts';
import { elementCount, Tensor } from '../../src/tensor/tensor.ts';

function constant(g: Graph, shape: readonly number[], value: (i: number) => number): ReturnType<Graph['constant']> {
  return g.constant(
    Tensor.float32(
      shape,
      Float32Array.from({ length: elementCount(shape) }, (_, i) => value(i)),
    ),
  );
}

function bytesOf(g: Graph): Uint8Array {
  const { bytes } = writeModel(g, (key) => {
    throw new Error(`no parameter ${key}`);
  });
  return bytes;
}

/** How the face found in a red cell lies about the cell's corner, in strides. */
export const FACE_IN_STRIDES = { left: 1, top: 2, right: 3, bottom: 4 } as const;

/**
 * A detector that scores a place by how red its 8×8 cell is: 0 for the first anchor, redness² for the second; coarser strides
 * see nothing. Like det_10g it takes `input.1` [1,3,size,size] and gives nine outputs with numbers as names.
 */
export function detectorFile(size: number): Uint8Array {
  const g = new Graph();
  const image = g.input('input.1', [1, 3, size, size]);
  const red = g.slice(image, 1, 0, 1);
  let name = 448;
  for (const stride of [8, 16, 32]) {
    const cells = (size / stride) ** 2;
    const kernel = constant(g, [1, 1, stride, stride], () => 1 / stride ** 2);
    const mean = g.reshape(g.conv(red, kernel, undefined, { stride }), [cells, 1]);
    const redness = g.clip(mean, 0, 1);
    const seen = stride === 8 ? g.mul(redness, redness) : g.mul(redness, g.float(0));
    const scores = g.reshape(g.concat([g.mul(seen, g.float(0)), seen], 1), [cells * 2, 1]); // [cells,2] → [anchors,1]
    const { left, top, right, bottom } = FACE_IN_STRIDES;
    const distances = [left, top, right, bottom];
    g.output(String(name++), scores);
    g.output(
      String(name++),
      constant(g, [cells * 2, 4], (i) => distances[i % 4]),
    );
    g.output(
      String(name++),
      constant(g, [cells * 2, 10], (i) => (i % 10) / 10),
    );
  }
  return bytesOf(g);
}

/** A landmark network that places all 106 points at the center of what is red. Input `data` [1,3,192,192], output `fc1` [1,212]. */
export function landmarksFile(points = 106): Uint8Array {
  const g = new Graph();
  const image = g.input('data', [1, 3, 192, 192]);
  const red = g.slice(image, 1, 0, 1); // bytes as they are
  const total = g.reduceSum(red, [1, 2, 3]);
  const center = (axis: 2 | 3): ReturnType<Graph['constant']> => {
    const positions = constant(g, axis === 3 ? [1, 1, 1, 192] : [1, 1, 192, 1], (i) => i / 96 - 1);
    return g.div(g.reduceSum(g.mul(red, positions), [1, 2, 3]), total); // [1,1,1,1]
  };
  const point = g.reshape(g.concat([center(3), center(2)], 1), [1, 1, 2]);
  g.output('fc1', g.reshape(g.expand(point, [1, points, 2]), [1, points * 2]));
  return bytesOf(g);
}

/** The fields of an RGB image that the networks look at. */
interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** Returns a black RGB frame with filled rectangles [x, y, width, height, color]. */
export function frameWithRectangles(
  width: number,
  height: number,
  rectangles: readonly (readonly [number, number, number, number, readonly [number, number, number]])[],
): Rgb {
  const data = new Uint8Array(width * height * 3);
  for (const [left, top, across, down, color] of rectangles) {
    for (let y = top; y < top + down; y++) {
      for (let x = left; x < left + across; x++) data.set(color, (y * width + x) * 3);
    }
  }
  return { width, height, channels: 3, data };
}
