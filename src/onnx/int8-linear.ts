// Int8Linears: x[rows, in] · weight[out, in]ᵀ + bias[out] in 8-bit integers, both sides quantized by the graph itself.
import { Tensor } from '../tensor/tensor.ts';
import { fixedDim, type Shape } from './dim.ts';
import type { Attribute, GraphCore, Value } from './graph-core.ts';

/**
 * Greatest magnitude of a quantized weight. Processors with AVX2 only add two products of an unsigned and a signed
 * byte in 16 bits: 2 · 255 · 64 fits, with 127 it would saturate. This way every processor gives the same result.
 */
const WEIGHT_LEVELS = 64;

/** Stands for the magnitude of zeros, to divide by. */
const SMALLEST_MAGNITUDE = 1e-30;

/** A weight as int8 [in, out], and a factor for each output: weightᵀ ≈ values · scale. */
interface QuantizedWeight {
  readonly values: Value;
  readonly scale: Value;
}

/** Activations as uint8 [rows, in], and two scalars: x ≈ (values − zeroPoint) · scale. */
interface QuantizedRows {
  readonly values: Value;
  readonly scale: Value;
  readonly zeroPoint: Value;
}

/**
 * Writes a graph's linear layers as products of 8-bit integers.
 *
 * The graph quantizes the weights itself: they are constants, so ONNX Runtime does it once, when it loads the model, and
 * keeps the integers only. Activations are quantized at every run, once for all layers that read them.
 *
 * All rows of the activations share one scale, as the product requires. A layer with fewer outputs than inputs scales its
 * rows to the same magnitude before and back afterward: there it costs little, and the wide rows inside a feed-forward layer
 * are the ones with outliers.
 */
export class Int8Linears {
  readonly #graph: GraphCore;
  readonly #weights = new Map<Value, QuantizedWeight>();
  readonly #rows = new Map<Value, QuantizedRows>();

  constructor(graph: GraphCore) {
    this.#graph = graph;
  }

  /** [rows, in] → [rows, out]; `weight` must be a parameter or made from constants only. */
  gemm(x: Value, weight: Value, bias: Value | undefined, name: string | undefined): Value {
    const [outputs, inputs] = weight.shape;
    const rowCount = x.shape[0];
    if (fixedDim(inputs, 'The number of inputs') <= fixedDim(outputs, 'The number of outputs')) {
      return this.#product(x, weight, bias, name);
    }
    const magnitude = this.#magnitude(x, [rowCount, 1]);
    const level = this.#float('Div', [x, magnitude], x.shape);
    const shape = [rowCount, outputs];
    const product = this.#float('Mul', [this.#product(level, weight, undefined, name), magnitude], shape);
    return bias ? this.#float('Add', [product, bias], shape) : product;
  }

  #product(x: Value, weight: Value, bias: Value | undefined, name: string | undefined): Value {
    const rows = this.#quantizedRows(x);
    const { values, scale } = this.#quantizedWeight(weight);
    return this.#graph.addNode(
      'MatMulIntegerToFloat',
      [rows.values, values, rows.scale, scale, rows.zeroPoint, undefined, bias],
      [{ dtype: 'float32', shape: [x.shape[0], weight.shape[0]] }],
      { domain: 'com.microsoft', name },
    )[0];
  }

  #quantizedRows(x: Value): QuantizedRows {
    let rows = this.#rows.get(x);
    if (!rows) {
      const [values, scale, zeroPoint] = this.#graph.addNode(
        'DynamicQuantizeLinear',
        [x],
        [
          { dtype: 'uint8', shape: x.shape },
          { dtype: 'float32', shape: [] },
          { dtype: 'uint8', shape: [] },
        ],
      );
      rows = { values, scale, zeroPoint };
      this.#rows.set(x, rows);
    }
    return rows;
  }

  #quantizedWeight(weight: Value): QuantizedWeight {
    let quantized = this.#weights.get(weight);
    if (!quantized) {
      const [outputs, inputs] = weight.shape;
      const count = fixedDim(outputs, 'The number of outputs');
      const scale = this.#float('Div', [this.#magnitude(weight, [count]), this.#scalar(WEIGHT_LEVELS)], [count]);
      const zero = this.#graph.constant(new Tensor('int8', [count], new Int8Array(count)));
      const [rows] = this.#graph.addNode(
        'QuantizeLinear',
        [weight, scale, zero],
        [{ dtype: 'int8', shape: weight.shape }],
        { attributes: { axis: 0 } },
      );
      const [values] = this.#graph.addNode('Transpose', [rows], [{ dtype: 'int8', shape: [inputs, outputs] }], {
        attributes: { perm: [1, 0] },
      });
      quantized = { values, scale };
      this.#weights.set(weight, quantized);
    }
    return quantized;
  }

  /** The greatest magnitude in each row, [rows] or [rows, 1], found without an array as large as the rows. */
  #magnitude(x: Value, shape: Shape): Value {
    const axis = this.#graph.constant(Tensor.int64([1], [1]));
    const keepdims = shape.length - 1;
    const greatest = this.#float('ReduceMax', [x, axis], shape, { keepdims });
    const least = this.#float('ReduceMin', [x, axis], shape, { keepdims });
    return this.#float('Max', [greatest, this.#float('Neg', [least], shape), this.#scalar(SMALLEST_MAGNITUDE)], shape);
  }

  #float(operator: string, inputs: readonly Value[], shape: Shape, attributes?: Record<string, Attribute>): Value {
    return this.#graph.addNode(operator, inputs, [{ dtype: 'float32', shape }], { attributes })[0];
  }

  #scalar(value: number): Value {
    return this.#graph.constant(new Tensor('float32', [], Float32Array.of(value)));
  }
}
