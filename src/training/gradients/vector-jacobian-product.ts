// What the gradient of one operator is: from the gradients of a node's outputs to those of its inputs, as nodes of the same graph.
import { broadcastShapes, fixedDim, formatShape, sameDim, type Shape } from '../../onnx/dim.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { GraphNode, Value } from '../../onnx/graph-core.ts';

/** A node whose gradient is wanted. */
export interface DifferentiatedNode {
  readonly g: Graph;
  readonly node: GraphNode;
  /** Undefined where an optional input was left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  /** Which inputs' gradients are wanted; the others need not be computed. */
  readonly wanted: readonly boolean[];
}

/**
 * Returns the gradients of a node's inputs, undefined where there is none. Each has its input's shape, or one that broadcasts to it.
 *
 * @param gradients - of the node's outputs, in their shapes; undefined for an output that the loss does not depend on.
 */
export type VectorJacobianProduct = (
  call: DifferentiatedNode,
  gradients: readonly (Value | undefined)[],
) => (Value | undefined)[];

/** Returns a shape's sizes. @throws RangeError when one is symbolic: gradients need fixed shapes. */
export function fixedShape(value: Value): number[] {
  return value.shape.map((dim) => fixedDim(dim, `A dimension of ${value.name}, whose gradient is wanted,`));
}

/** Returns the number of elements of a value of fixed shape. */
export function sizeOf(value: Value): number {
  return fixedShape(value).reduce((product, size) => product * size, 1);
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis]));
}

/** Returns the gradient of a value that was broadcast: the sum over the axes along which it was repeated. */
export function sumToShape(g: Graph, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) => {
    const own = axis < lead ? 1 : shape[axis - lead];
    return own === 1 && dim !== 1 ? [axis] : [];
  });
  const summed = axes.length > 0 ? g.reduceSum(gradient, axes) : gradient;
  return g.reshape(summed, shape);
}

/** Returns a gradient in the whole shape of its value, repeated where it only broadcasts to it. */
export function expandToShape(g: Graph, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  if (!sameShape(broadcastShapes(gradient.shape, shape), shape)) {
    throw new RangeError(`A gradient of shape ${formatShape(gradient.shape)} does not fit ${formatShape(shape)}.`);
  }
  return g.expand(
    gradient,
    shape.map((dim) => fixedDim(dim, 'The expanded dimension')),
  );
}

/** Returns a list of whole numbers that a node takes as an input. */
export function constantInts({ g, node }: DifferentiatedNode, input: number): number[] {
  const constant = g.constants.get(node.inputs[input]);
  if (!constant) throw new RangeError(`Input ${input} of ${node.name} must be a constant for its gradient.`);
  return Array.from(constant.data, Number);
}

/** Returns an attribute that is a list of whole numbers. */
export function intsAttribute({ node }: DifferentiatedNode, name: string): readonly number[] {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw new RangeError(`${node.name} has no list of numbers "${name}".`);
  return value as readonly number[];
}

/** Returns an attribute that is a number. */
export function numberAttribute({ node }: DifferentiatedNode, name: string, fallback?: number): number {
  const value = node.attributes[name] ?? fallback;
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && 'float' in value) return value.float;
  throw new RangeError(`${node.name} has no number "${name}".`);
}
