// Reverse-mode differentiation of a graph: appends to it the nodes that compute a loss's gradients.
import { formatShape, type Shape } from '../../onnx/dim.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { GraphNode, Value } from '../../onnx/graph-core.ts';
import { convolutionGradients } from './convolution.ts';
import { elementwiseGradients } from './elementwise.ts';
import { layoutGradients } from './layout.ts';
import { productGradients } from './products.ts';
import { reductionGradients } from './reductions.ts';
import { expandToShape, fixedShape, sizeOf, type VectorJacobianProduct } from './vector-jacobian-product.ts';

const operatorGradients: ReadonlyMap<string, VectorJacobianProduct> = new Map(
  Object.entries({
    ...elementwiseGradients,
    ...layoutGradients,
    ...reductionGradients,
    ...productGradients,
    ...convolutionGradients,
  }),
);

/**
 * Appends the gradients of a loss to its graph.
 *
 * Only nodes between the wanted values and the loss get a gradient. A wanted value that the loss does not depend on has zeros.
 *
 * @param loss - a value with one element.
 * @param wanted - inputs, parameters or other values of the graph, in fixed shapes.
 * @returns the gradient of each wanted value, in its shape.
 * @throws RangeError when the loss has several elements, a shape is not fixed, or an operator on the way has no gradient.
 */
export function appendGradients(g: Graph, loss: Value, wanted: readonly Value[]): Value[] {
  if (sizeOf(loss) !== 1) {
    throw new RangeError(`The loss must have one element (got ${loss.name} of shape ${formatShape(loss.shape)}).`);
  }
  const nodes = nodesBetween(g.nodes, wanted, loss);
  const dependent = new Set(wanted.map((value) => value.name));
  for (const node of nodes) for (const output of node.outputs) dependent.add(output);
  const gradients = new Map<string, Value>();
  gradients.set(loss.name, g.reshape(g.float(1), loss.shape));
  const take = (name: string, shape: Shape): Value | undefined => {
    const gradient = gradients.get(name);
    return gradient && expandToShape(g, gradient, shape);
  };
  for (const node of nodes.toReversed()) {
    const outputs = node.outputs.map((name) => g.value(name));
    const outputGradients = outputs.map(({ name, shape }) => take(name, shape));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const gradient = operatorGradients.get(node.operator);
    if (!gradient) throw new RangeError(`The operator ${node.operator} (${node.name}) has no gradient.`);
    const inputs = node.inputs.map((name) => (name === '' ? undefined : g.value(name)));
    const call = { g, node, inputs, outputs, wanted: node.inputs.map((name) => dependent.has(name)) };
    for (const [index, contribution] of gradient(call, outputGradients).entries()) {
      const name = node.inputs[index];
      if (!contribution || !dependent.has(name)) continue;
      const known = gradients.get(name);
      gradients.set(name, known ? g.add(known, contribution) : contribution);
    }
  }
  return wanted.map((value) => take(value.name, value.shape) ?? g.expand(g.float(0), fixedShape(value)));
}

/** Returns the nodes that some wanted value flows through on its way to the loss, in their order. */
function nodesBetween(nodes: readonly GraphNode[], wanted: readonly Value[], loss: Value): GraphNode[] {
  const reached = new Set(wanted.map(({ name }) => name));
  const below = nodes.filter((node) => {
    if (!node.inputs.some((name) => reached.has(name))) return false;
    for (const output of node.outputs) reached.add(output);
    return true;
  });
  const needed = new Set([loss.name]);
  return below
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((name) => needed.has(name))) return false;
      for (const input of node.inputs) needed.add(input);
      return true;
    })
    .reverse();
}
