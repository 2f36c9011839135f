// Graph: ONNX operators as methods, one each, with shape inference. Shapes in the comments are row-major, N C H W for images.
// The file is long since it has a short method for every operator, by family, and nothing else: what can be computed is
// all in one place, and a model says `g.softmax(x)` whatever the family.
import { Tensor, type DType } from '../tensor/tensor.ts';
import { broadcastShapes, divideDim, fixedDim, formatShape, productOf, sameDim, type Dim, type Shape } from './dim.ts';
import { GraphCore, type Attribute, type Value } from './graph-core.ts';
import { Int8Layers } from './int8-layers.ts';
import type { LayerDType } from './layer-dtype.ts';

const elementTypeNumbers: Readonly<Partial<Record<DType, number>>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** How an image is padded: all sides, or [top, left, bottom, right]. */
export type Padding = number | readonly [number, number, number, number];

/** Options of {@link Graph.conv}. */
export interface ConvOptions {
  /** Step of the kernel; one number or one per axis. Default 1. */
  stride?: number | readonly number[];
  /** Zeros around the input; one number, or all begins then all ends. Default 0. */
  padding?: number | readonly number[];
  /** Number of channel groups. Default 1. */
  groups?: number;
  dilation?: number | readonly number[];
  /** Keeps this layer in float32, regardless of the graph's other layers. */
  dtype?: 'float32';
}

function perAxis(value: number | readonly number[], rank: number): readonly number[] {
  return typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
}

function pads(value: number | readonly number[], rank: number): readonly number[] {
  if (typeof value === 'number') return new Array<number>(rank * 2).fill(value);
  return value.length === rank ? [...value, ...value] : value;
}

function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank) {
    throw new RangeError(`Axis ${axis} is not one of a value with ${rank} dimensions.`);
  }
  return positive;
}

/**
 * A network as an ONNX graph under construction.
 *
 * @example
 * const g = new Graph();
 * const x = g.input('x', [symbolicDim('rows'), 4]);
 * g.output('y', g.gemm(x, g.parameter('weight', [8, 4]), g.parameter('bias', [8])));
 */
export class Graph extends GraphCore {
  /** What writes layers in an int8 graph. */
  readonly int8Layers: Int8Layers | undefined;

  /** @param options.dtype - how {@link gemm} and {@link conv} over images compute; default `float32`. */
  constructor(options: { dtype?: LayerDType } = {}) {
    super();
    this.int8Layers = options.dtype === 'int8' ? new Int8Layers(this) : undefined;
  }

  #one(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes?: Record<string, Attribute | undefined>,
    more: { domain?: string; name?: string; dtype?: DType } = {},
  ): Value {
    const dtype = more.dtype ?? inputs[0]!.dtype;
    return this.addNode(operator, inputs, [{ dtype, shape }], { attributes, ...more })[0];
  }

  /** Returns a float32 constant: a scalar, or a vector. */
  float(values: number | readonly number[]): Value {
    return this.constant(
      typeof values === 'number'
        ? new Tensor('float32', [], Float32Array.of(values))
        : new Tensor('float32', [values.length], Float32Array.from(values)),
    );
  }

  /** Returns an int64 vector constant. */
  int64(values: readonly number[]): Value {
    return this.constant(Tensor.int64([values.length], values));
  }

  // ---- elementwise ----

  #binary(operator: string, a: Value, b: Value): Value {
    return this.#one(operator, [a, b], broadcastShapes(a.shape, b.shape));
  }

  #unary(operator: string, x: Value, attributes?: Record<string, Attribute | undefined>, domain?: string): Value {
    return this.#one(operator, [x], x.shape, attributes, { domain });
  }

  /** a + b, broadcast. */
  add(a: Value, b: Value): Value {
    return this.#binary('Add', a, b);
  }

  /** a − b, broadcast. */
  sub(a: Value, b: Value): Value {
    return this.#binary('Sub', a, b);
  }

  /** a · b, broadcast. */
  mul(a: Value, b: Value): Value {
    return this.#binary('Mul', a, b);
  }

  /** a / b, broadcast. */
  div(a: Value, b: Value): Value {
    return this.#binary('Div', a, b);
  }

  /** √x. */
  sqrt(x: Value): Value {
    return this.#unary('Sqrt', x);
  }

  /** 1 / x. */
  reciprocal(x: Value): Value {
    return this.#unary('Reciprocal', x);
  }

  /** The sine of x in radians. */
  sin(x: Value): Value {
    return this.#unary('Sin', x);
  }

  /** The cosine of x in radians. */
  cos(x: Value): Value {
    return this.#unary('Cos', x);
  }

  /** e^x. */
  exp(x: Value): Value {
    return this.#unary('Exp', x);
  }

  /** The natural logarithm of x. */
  log(x: Value): Value {
    return this.#unary('Log', x);
  }

  /** |x|. */
  abs(x: Value): Value {
    return this.#unary('Abs', x);
  }

  /** The error function of x. */
  erf(x: Value): Value {
    return this.#unary('Erf', x);
  }

  /** Whether a > b, broadcast. */
  greater(a: Value, b: Value): Value {
    return this.#one('Greater', [a, b], broadcastShapes(a.shape, b.shape), undefined, { dtype: 'bool' });
  }

  /** a where the condition holds, b elsewhere; all three broadcast. */
  where(condition: Value, a: Value, b: Value): Value {
    const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
    return this.#one('Where', [condition, a, b], shape, undefined, { dtype: a.dtype });
  }

  /** 1 / (1 + e^−x). */
  sigmoid(x: Value): Value {
    return this.#unary('Sigmoid', x);
  }

  /** The hyperbolic tangent of x. */
  tanh(x: Value): Value {
    return this.#unary('Tanh', x);
  }

  /** x where positive, 0 elsewhere. */
  relu(x: Value): Value {
    return this.#unary('Relu', x);
  }

  /** x where positive, x·alpha elsewhere. */
  leakyRelu(x: Value, alpha: number): Value {
    return this.#unary('LeakyRelu', x, { alpha: { float: alpha } });
  }

  /** x where positive, x·slope elsewhere; the slope broadcasts to x. */
  prelu(x: Value, slope: Value): Value {
    return this.#one('PRelu', [x, slope], x.shape);
  }

  /** The exact Gaussian error linear unit. */
  gelu(x: Value): Value {
    return this.#unary('Gelu', x, { approximate: 'none' });
  }

  /** x·sigmoid(x), also called swish. */
  silu(x: Value): Value {
    return this.#unary('QuickGelu', x, { alpha: { float: 1 } }, 'com.microsoft');
  }

  /** x limited to minimum … maximum. */
  clip(x: Value, minimum: number, maximum: number): Value {
    return this.#one('Clip', [x, this.float(minimum), this.float(maximum)], x.shape);
  }

  /** The same values in another dtype. */
  cast(x: Value, dtype: DType): Value {
    const to = elementTypeNumbers[dtype];
    if (to === undefined) throw new RangeError(`The graph does not cast to ${dtype}.`);
    return this.#one('Cast', [x], x.shape, { to }, { dtype });
  }

  // ---- layout ----

  /** The same elements under another shape; one dimension may be symbolic. */
  reshape(x: Value, shape: Shape): Value {
    const from = productOf(x.shape);
    if (!sameDim(from, productOf(shape))) {
      throw new RangeError(`${x.name} of shape ${formatShape(x.shape)} cannot become ${formatShape(shape)}.`);
    }
    if (shape.length === x.shape.length && shape.every((dim, axis) => sameDim(dim, x.shape[axis]))) return x;
    const target = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
    return this.#one('Reshape', [x, this.int64(target)], shape);
  }

  /** Axes in another order: axis i of the result is axis perm[i] of x. */
  transpose(x: Value, perm: readonly number[]): Value {
    return this.#one(
      'Transpose',
      [x],
      perm.map((axis) => x.shape[axis]),
      { perm },
    );
  }

  /** Values joined along an axis; the other axes must agree. */
  concat(parts: readonly Value[], axis: number): Value {
    const rank = parts[0].shape.length;
    const along = normalizeAxis(axis, rank);
    const sizes = parts.map((part) => part.shape[along]);
    let total: Dim = 0;
    for (const size of sizes) {
      if (typeof size === 'number' && typeof total === 'number') total += size;
      else if (total === 0) total = size;
      else if (typeof size !== 'number' && typeof total !== 'number' && size.symbol === total.symbol) {
        total = { symbol: size.symbol, times: size.times + total.times };
      } else throw new RangeError(`Cannot concatenate a fixed and a symbolic size along axis ${along}.`);
    }
    const shape = parts[0].shape.map((dim, index) => (index === along ? total : dim));
    for (const part of parts) {
      if (
        part.shape.length !== rank ||
        part.shape.some((dim, index) => index !== along && !sameDim(dim, shape[index]))
      ) {
        throw new RangeError(
          `Cannot concatenate ${parts.map((p) => formatShape(p.shape)).join(' and ')} along axis ${along}.`,
        );
      }
    }
    return this.#one('Concat', parts, shape, { axis: along });
  }

  /** Elements start … end − 1 of one axis; end counts from the back when negative. */
  slice(x: Value, axis: number, start: number, end: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    const size = fixedDim(x.shape[along], 'The sliced dimension');
    const stop = end < 0 ? size + end : Math.min(end, size);
    const shape = x.shape.map((dim, index) => (index === along ? stop - start : dim));
    return this.#one('Slice', [x, this.int64([start]), this.int64([stop]), this.int64([along])], shape);
  }

  /** The first entries of an axis, as many as another value's axis has. */
  takeFirst(x: Value, axis: number, like: Value, likeAxis: number): Value {
    const size = like.shape[likeAxis];
    if (typeof size === 'number') return this.slice(x, axis, 0, size);
    const count = this.#one('Shape', [like], [1], { start: likeAxis, end: likeAxis + 1 }, { dtype: 'int64' });
    const shape = x.shape.map((dim, index) => (index === axis ? size : dim));
    return this.#one('Slice', [x, this.int64([0]), count, this.int64([axis])], shape);
  }

  /** Parts of given sizes along an axis. */
  split(x: Value, axis: number, sizes: readonly number[]): Value[] {
    const along = normalizeAxis(axis, x.shape.length);
    const outputs = sizes.map((size) => ({
      dtype: x.dtype,
      shape: x.shape.map((dim, index) => (index === along ? size : dim)),
    }));
    return this.addNode('Split', [x, this.int64(sizes)], outputs, { attributes: { axis: along } });
  }

  /** Entries of one axis by index. */
  gather(x: Value, indices: readonly number[], axis: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    const shape = x.shape.map((dim, index) => (index === along ? indices.length : dim));
    return this.#one('Gather', [x, this.int64(indices)], shape, { axis: along });
  }

  /** x repeated to a fixed shape that it broadcasts to. */
  expand(x: Value, shape: readonly number[]): Value {
    return this.#one('Expand', [x, this.int64(shape)], broadcastShapes(x.shape, shape));
  }

  /** Zeros around an image [N,C,H,W]: [top, left, bottom, right], or one number for all sides. */
  pad(x: Value, padding: Padding): Value {
    const [top, left, bottom, right] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
    const [batch, channels, height, width] = x.shape;
    const shape = [
      batch,
      channels,
      fixedDim(height, 'The padded height') + top + bottom,
      fixedDim(width, 'The padded width') + left + right,
    ];
    return this.#one('Pad', [x, this.int64([0, 0, top, left, 0, 0, bottom, right])], shape);
  }

  /** Zeros before and after the entries of one axis. */
  padAxis(x: Value, axis: number, before: number, after: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    const shape = x.shape.map((dim, index) =>
      index === along ? fixedDim(dim, 'The padded dimension') + before + after : dim,
    );
    const widths = [before, after].flatMap((width) => shape.map((_, index) => (index === along ? width : 0)));
    return this.#one('Pad', [x, this.int64(widths)], shape);
  }

  // ---- reductions ----

  #reduce(operator: string, x: Value, axes: readonly number[]): Value {
    const along = axes.map((axis) => normalizeAxis(axis, x.shape.length));
    const shape = x.shape.map((dim, axis) => (along.includes(axis) ? 1 : dim));
    return this.#one(operator, [x, this.int64(along)], shape, { keepdims: 1 });
  }

  /** The mean over axes, which stay with size 1. */
  reduceMean(x: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceMean', x, axes);
  }

  /** The sum over axes, which stay with size 1. */
  reduceSum(x: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceSum', x, axes);
  }

  /** The greatest value over axes, which stay with size 1. */
  reduceMax(x: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceMax', x, axes);
  }

  /** The Euclidean norm over axes, which stay with size 1. */
  reduceL2(x: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceL2', x, axes);
  }

  /** The sum of squares over axes, which stay with size 1. */
  reduceSumSquare(x: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceSumSquare', x, axes);
  }

  /** Exponentials along an axis, divided by their sum. */
  softmax(x: Value, axis = -1): Value {
    return this.#one('Softmax', [x], x.shape, { axis: normalizeAxis(axis, x.shape.length) });
  }

  /** The logarithm of {@link softmax}. */
  logSoftmax(x: Value, axis = -1): Value {
    return this.#one('LogSoftmax', [x], x.shape, { axis: normalizeAxis(axis, x.shape.length) });
  }

  // ---- products ----

  /**
   * x[rows, in] · weight[out, in]ᵀ + bias[out] → [rows, out]: a linear layer on PyTorch's weight layout. In an int8
   * graph, a layer of a single row stays in float32: it takes no time, and all other layers may depend on it.
   *
   * @param options.dtype - keeps this layer in float32, regardless of the graph's other layers.
   */
  gemm(x: Value, weight: Value, bias?: Value, options: { dtype?: 'float32' } = {}): Value {
    const [rows, inFeatures] = x.shape;
    const [outFeatures, expected] = weight.shape;
    if (x.shape.length !== 2 || weight.shape.length !== 2 || !sameDim(inFeatures, expected)) {
      throw new RangeError(`A linear layer of ${formatShape(weight.shape)} does not take ${formatShape(x.shape)}.`);
    }
    const name = layerName(weight);
    if (this.int8Layers && options.dtype === undefined && rows !== 1)
      return this.int8Layers.linear(x, weight, bias, name);
    return this.#one('Gemm', [x, weight, bias], [rows, outFeatures], { transB: 1 }, { name });
  }

  /**
   * Matrix product of [..., rows, n] and [..., n, columns]; leading axes broadcast.
   *
   * @param options.transposeA - takes a as [..., n, rows].
   * @param options.transposeB - takes b as [..., columns, n].
   * @param options.alpha - a factor of the product. Default 1.
   */
  matmul(a: Value, b: Value, options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {}): Value {
    const { transposeA = false, transposeB = false, alpha = 1 } = options;
    const [rows, inner] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
    const [expected, columns] = transposeB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
    if (rows === undefined || columns === undefined || !sameDim(inner!, expected!)) {
      throw new RangeError(`Cannot multiply ${formatShape(a.shape)} and ${formatShape(b.shape)}.`);
    }
    const shape = [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
    if (!transposeA && !transposeB && alpha === 1) return this.#one('MatMul', [a, b], shape);
    const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
    return this.#one('FusedMatMul', [a, b], shape, attributes, { domain: 'com.microsoft' });
  }

  /** Convolution of [N,C,…] with weight [out, C/groups, …] over one, two or three spatial axes. */
  conv(x: Value, weight: Value, bias: Value | undefined, options: ConvOptions = {}): Value {
    const rank = weight.shape.length - 2;
    const groups = options.groups ?? 1;
    const strides = perAxis(options.stride ?? 1, rank);
    const dilations = perAxis(options.dilation ?? 1, rank);
    const padding = pads(options.padding ?? 0, rank);
    const kernel = weight.shape.slice(2).map((dim) => fixedDim(dim, 'The kernel size'));
    if (x.shape.length !== rank + 2 || !sameDim(divideDim(x.shape[1], groups), weight.shape[1])) {
      throw new RangeError(`A convolution of ${formatShape(weight.shape)} does not take ${formatShape(x.shape)}.`);
    }
    const spatial = kernel.map((size, axis) => {
      const extent = fixedDim(x.shape[axis + 2], 'The convolved size') + padding[axis] + padding[axis + rank];
      return Math.floor((extent - (size - 1) * dilations[axis] - 1) / strides[axis]) + 1;
    });
    if (this.int8Layers && rank === 2 && groups === 1 && options.dtype === undefined) {
      const size = [spatial[0], spatial[1]] as const;
      const name = layerName(weight);
      return this.int8Layers.conv(x, weight, bias, { size, kernel, strides, padding, dilations, name });
    }
    return this.#one(
      'Conv',
      [x, weight, bias],
      [x.shape[0], weight.shape[0], ...spatial],
      { strides, pads: padding, kernel_shape: kernel, group: groups, dilations },
      { name: layerName(weight) },
    );
  }

  /**
   * The gradient of {@link conv} with respect to its input: each value of y [N,out,…] spread over the inputs that it was
   * made from.
   *
   * @param weight - of the convolution, [out, in/groups, …].
   * @param size - spatial sizes of the convolution's input.
   */
  convTranspose(y: Value, weight: Value, size: readonly number[], options: ConvOptions = {}): Value {
    const rank = weight.shape.length - 2;
    const groups = options.groups ?? 1;
    const strides = perAxis(options.stride ?? 1, rank);
    const dilations = perAxis(options.dilation ?? 1, rank);
    const padding = pads(options.padding ?? 0, rank);
    const kernel = weight.shape.slice(2).map((dim) => fixedDim(dim, 'The kernel size'));
    // Input pixels that a strided convolution leaves out at the end get zeros.
    const outputPadding = size.map((extent, axis) => {
      const covered =
        (fixedDim(y.shape[axis + 2], 'The convolved size') - 1) * strides[axis] +
        (kernel[axis] - 1) * dilations[axis] +
        1;
      return extent - (covered - padding[axis] - padding[axis + rank]);
    });
    const channels = fixedDim(weight.shape[1], 'The channel count') * groups;
    return this.#one('ConvTranspose', [y, weight], [y.shape[0], channels, ...size], {
      strides,
      pads: padding,
      kernel_shape: kernel,
      group: groups,
      dilations,
      output_padding: outputPadding,
    });
  }

  // ---- normalization ----

  /** Normalizes the last axis, then scales and shifts it. */
  layerNormalization(x: Value, weight: Value, bias: Value | undefined, epsilon: number): Value {
    return this.#one('LayerNormalization', [x, weight, bias], x.shape, { axis: -1, epsilon: { float: epsilon } });
  }

  /** The rows of x normalized and nothing more, and the reciprocals of their deviations: [..., C] and [..., 1]. */
  standardize(x: Value, epsilon: number): { normalized: Value; inverseDeviation: Value } {
    const one = this.constant(
      new Tensor(
        'float32',
        [fixedDim(x.shape.at(-1), 'The row')],
        Float32Array.from({ length: Number(x.shape.at(-1)) }, () => 1),
      ),
    );
    const perRow = [...x.shape.slice(0, -1), 1];
    const [normalized, , inverseDeviation] = this.addNode(
      'LayerNormalization',
      [x, one],
      [x.shape, perRow, perRow].map((shape) => ({ dtype: x.dtype, shape })),
      { attributes: { axis: -1, epsilon: { float: epsilon } } },
    );
    return { normalized, inverseDeviation };
  }

  /** Normalizes each channel of each sample of [N,C,…], then scales and shifts it. */
  instanceNormalization(x: Value, weight: Value, bias: Value, epsilon: number): Value {
    return this.#one('InstanceNormalization', [x, weight, bias], x.shape, { epsilon: { float: epsilon } });
  }

  /** Normalizes the channels of [N,C,…] by given means and variances, then scales and shifts them. */
  batchNormalization(
    x: Value,
    {
      weight,
      bias,
      mean,
      variance,
      epsilon,
    }: { weight: Value; bias: Value; mean: Value; variance: Value; epsilon: number },
  ): Value {
    return this.#one('BatchNormalization', [x, weight, bias, mean, variance], x.shape, { epsilon: { float: epsilon } });
  }

  // ---- attention and resampling ----

  /** Attention of query [N,S,C] on key and value [N,L,C] with `heads` heads and scale 1/√(C/heads) → [N,S,C]. */
  multiHeadAttention(query: Value, key: Value, value: Value, heads: number): Value {
    const channels = fixedDim(value.shape[2], 'The attention width');
    return this.#one(
      'MultiHeadAttention',
      [query, key, value],
      [query.shape[0], query.shape[1], channels],
      { num_heads: heads },
      { domain: 'com.microsoft' },
    );
  }

  /** Resizes [N,C,H,W] by repeating pixels: output y takes row floor(y·H/height). */
  resizeNearest(x: Value, height: number, width: number): Value {
    const size = [x.shape[0], x.shape[1], height, width];
    return this.#one('Resize', [x, undefined, undefined, this.int64([height, width])], size, {
      axes: [2, 3],
      mode: 'nearest',
      nearest_mode: 'floor',
      coordinate_transformation_mode: 'asymmetric',
    });
  }

  /** Resizes [N,C,H,W] bilinearly, half-pixel centers. */
  resizeBilinear(x: Value, height: number, width: number): Value {
    const size = this.int64([fixedDim(x.shape[0], 'The batch'), fixedDim(x.shape[1], 'The channels'), height, width]);
    return this.#one('Resize', [x, undefined, undefined, size], [x.shape[0], x.shape[1], height, width], {
      mode: 'linear',
      coordinate_transformation_mode: 'half_pixel',
    });
  }

  /**
   * Greatest value in each window of the spatial axes of [N,C,…].
   *
   * @param options.ceilMode - adds windows at the end that lie only partly inside. Default false.
   */
  maxPool(
    x: Value,
    kernel: readonly number[],
    options: { stride?: readonly number[]; padding?: number | readonly number[]; ceilMode?: boolean } = {},
  ): Value {
    const rank = kernel.length;
    const strides = options.stride ?? kernel;
    const padding = pads(options.padding ?? 0, rank);
    const spatial = kernel.map((size, axis) => {
      const extent = fixedDim(x.shape[axis + 2], 'The pooled size') + padding[axis] + padding[axis + rank];
      const steps = (extent - size) / strides[axis];
      return (options.ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    });
    return this.#one('MaxPool', [x], [...x.shape.slice(0, 2), ...spatial], {
      kernel_shape: kernel,
      strides,
      pads: padding,
      ceil_mode: options.ceilMode ? 1 : undefined,
    });
  }
}

function layerName(weight: Value): string | undefined {
  return weight.name.endsWith('.weight') ? weight.name.slice(0, -'.weight'.length) : undefined;
}
