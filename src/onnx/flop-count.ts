// Floating-point operations of a graph, counted from its shapes: a multiplication and an addition are two.
import type { Dim } from './dim.ts';
import type { GraphCore, GraphNode } from './graph-core.ts';

/** Operations by kind. */
export interface FlopCount {
  convolutions: number;
  linears: number;
  attention: number;
  total: number;
}

/**
 * Returns the operations of one run of a graph in its convolutions, linear layers and attention products, which are
 * nearly all of a network's.
 *
 * @param sizes - values of the symbolic dimensions, such as `{ frames: 16 }`.
 */
export function countFlops(graph: GraphCore, sizes: Readonly<Record<string, number>> = {}): FlopCount {
  const size = (dim: Dim): number => {
    if (typeof dim === 'number') return dim;
    const value = sizes[dim.symbol] as number | undefined;
    if (value === undefined) throw new RangeError(`sizes.${dim.symbol} must be given: the graph leaves it open.`);
    return dim.times * value;
  };
  const shapeOf = (name: string): number[] => graph.value(name).shape.map(size);
  const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

  const count = { convolutions: 0, linears: 0, attention: 0 };
  const countRows = ({ inputs, outputs }: GraphNode): void => {
    count.linears += 2 * elements(shapeOf(outputs[0])) * shapeOf(inputs[0])[1];
  };
  const counters: Record<string, (node: GraphNode) => void> = {
    Conv: ({ inputs, outputs }) => {
      const [, ...kernel] = shapeOf(inputs[1]); // weight [out, in/groups, …]
      count.convolutions += 2 * elements(shapeOf(outputs[0])) * elements(kernel);
    },
    Gemm: countRows,
    MatMulIntegerToFloat: countRows,
    MatMul: ({ inputs, outputs }) => {
      count.linears += 2 * elements(shapeOf(outputs[0])) * shapeOf(inputs[0]).at(-1)!;
    },
    MultiHeadAttention: ({ inputs, outputs }) => {
      const contextLength = shapeOf(inputs[1])[1]; // key [N, L, C]
      count.attention += 4 * elements(shapeOf(outputs[0])) * contextLength;
    },
  };
  for (const node of graph.nodes) (counters[node.operator] as ((node: GraphNode) => void) | undefined)?.(node);
  return { ...count, total: count.convolutions + count.linears + count.attention };
}
