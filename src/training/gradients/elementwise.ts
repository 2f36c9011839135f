// Gradients of elementwise operators, broadcast or not.
import type { Value } from '../../onnx/graph-core.ts';
import { numberAttribute, sumToShape, type VectorJacobianProduct } from './vector-jacobian-product.ts';

type BinaryGradient = (call: { a: Value; b: Value; y: Value }, dy: Value) => Value;

/** The gradient of an operator of two values, each of which may have been broadcast. */
function binary(
  gradients: (g: Parameters<VectorJacobianProduct>[0]['g']) => { a: BinaryGradient; b: BinaryGradient },
): VectorJacobianProduct {
  return ({ g, inputs, outputs, wanted }, [dy]) => {
    const [a, b] = [inputs[0]!, inputs[1]!];
    const call = { a, b, y: outputs[0] };
    const { a: toA, b: toB } = gradients(g);
    return [
      wanted[0] ? sumToShape(g, toA(call, dy!), a.shape) : undefined,
      wanted[1] ? sumToShape(g, toB(call, dy!), b.shape) : undefined,
    ];
  };
}

/** The gradient of an operator of one value: from x, y and dy to dx. */
function unary(
  gradient: (g: Parameters<VectorJacobianProduct>[0]['g'], call: { x: Value; y: Value }, dy: Value) => Value,
): VectorJacobianProduct {
  return ({ g, inputs, outputs }, [dy]) => [gradient(g, { x: inputs[0]!, y: outputs[0] }, dy!)];
}

/** dx = dy·s + … for y = x·s with s = σ(αx): dy·(s + α·y·(1 − s)). */
const quickGelu: VectorJacobianProduct = (call, [dy]) => {
  const { g, inputs, outputs } = call;
  const alpha = numberAttribute(call, 'alpha', 1.702);
  const x = inputs[0]!;
  const y = outputs[0];
  const s = g.sigmoid(alpha === 1 ? x : g.mul(x, g.float(alpha)));
  if (alpha !== 1) {
    const inner = g.mul(g.mul(y, g.float(alpha)), g.sub(g.float(1), s));
    return [g.mul(dy!, g.add(s, inner))];
  }
  return [g.mul(dy!, g.add(y, g.mul(s, g.sub(g.float(1), y))))]; // s + y − y·s
};

/** y = x·Φ(x): dx = dy·(Φ(x) + x·φ(x)), with Φ the normal distribution and φ its density (Hendrycks & Gimpel 2016). */
const gelu: VectorJacobianProduct = ({ g, inputs }, [dy]) => {
  const x = inputs[0]!;
  const distribution = g.mul(g.add(g.erf(g.mul(x, g.float(Math.SQRT1_2))), g.float(1)), g.float(0.5));
  const density = g.mul(g.exp(g.mul(g.mul(x, x), g.float(-0.5))), g.float(1 / Math.sqrt(2 * Math.PI)));
  return [g.mul(dy!, g.add(distribution, g.mul(x, density)))];
};

const clip: VectorJacobianProduct = ({ g, inputs }, [dy]) => {
  const [x, minimum, maximum] = inputs.map((input) => input!);
  const inside = g.where(g.greater(x, minimum), dy!, g.float(0));
  return [g.where(g.greater(maximum, x), inside, g.float(0)), undefined, undefined];
};

const where: VectorJacobianProduct = ({ g, inputs, wanted }, [dy]) => {
  const [condition, a, b] = inputs.map((input) => input!);
  return [
    undefined,
    wanted[1] ? sumToShape(g, g.where(condition, dy!, g.float(0)), a.shape) : undefined,
    wanted[2] ? sumToShape(g, g.where(condition, g.float(0), dy!), b.shape) : undefined,
  ];
};

/** Gradients by operator. */
export const elementwiseGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  Identity: (_, [dy]) => [dy],
  Add: binary(() => ({ a: (_, dy) => dy, b: (_, dy) => dy })),
  Sub: binary((g) => ({ a: (_, dy) => dy, b: (_, dy) => g.mul(dy, g.float(-1)) })),
  Mul: binary((g) => ({ a: ({ b }, dy) => g.mul(dy, b), b: ({ a }, dy) => g.mul(dy, a) })),
  Div: binary((g) => ({
    a: ({ b }, dy) => g.div(dy, b),
    b: ({ b, y }, dy) => g.mul(g.div(g.mul(dy, y), b), g.float(-1)), // −dy·a/b² = −dy·y/b
  })),
  Sqrt: unary((g, { y }, dy) => g.div(g.mul(dy, g.float(0.5)), y)),
  Reciprocal: unary((g, { y }, dy) => g.mul(g.mul(dy, g.float(-1)), g.mul(y, y))),
  Sin: unary((g, { x }, dy) => g.mul(dy, g.cos(x))),
  Cos: unary((g, { x }, dy) => g.mul(g.mul(dy, g.float(-1)), g.sin(x))),
  Exp: unary((g, { y }, dy) => g.mul(dy, y)),
  Log: unary((g, { x }, dy) => g.div(dy, x)),
  Abs: unary((g, { x }, dy) => g.where(g.greater(x, g.float(0)), dy, g.mul(dy, g.float(-1)))),
  Erf: unary((g, { x }, dy) =>
    g.mul(dy, g.mul(g.exp(g.mul(g.mul(x, x), g.float(-1))), g.float(2 / Math.sqrt(Math.PI)))),
  ),
  Sigmoid: unary((g, { y }, dy) => g.mul(dy, g.sub(y, g.mul(y, y)))),
  Relu: unary((g, { y }, dy) => g.where(g.greater(y, g.float(0)), dy, g.float(0))),
  LeakyRelu: (call, [dy]) => {
    const { g, inputs } = call;
    const slope = g.float(numberAttribute(call, 'alpha', 0.01));
    return [g.where(g.greater(inputs[0]!, g.float(0)), dy!, g.mul(dy!, slope))];
  },
  Clip: clip,
  Where: where,
  Gelu: gelu,
  QuickGelu: quickGelu,
};
