// Whether the runtime's fastest kernels for 8-bit integers overflow on this processor, found out by trying.
import { Graph } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model-proto.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';

const SIZE = 64;

/**
 * Returns whether products of 8-bit integers lose bits. Processors with AVX2 but no dot products of bytes add two products in 16
 * bits, which is too little for the greatest ones; a session made with `exactInt8` computes them another way.
 */
export async function int8Overflows(runtime: Runtime): Promise<boolean> {
  const g = new Graph({ dtype: 'int8' });
  g.output('y', g.gemm(g.input('x', [2, SIZE]), g.parameter('weight', [SIZE, SIZE])));
  const model = writeModel(g, (key) =>
    key.endsWith('scale')
      ? { dtype: 'float32', data: new Uint8Array(new Float32Array(SIZE).fill(1 / 127).buffer) }
      : { dtype: 'int8', data: new Uint8Array(SIZE * SIZE).fill(127) },
  );
  await using session = await runtime.createSession(model);
  const { y } = await session.run({ x: Tensor.float32([2, SIZE], new Float32Array(2 * SIZE).fill(1)) });
  return toFloat32(y).data.some((value) => Math.abs(value - SIZE) > 0.01 * SIZE);
}
