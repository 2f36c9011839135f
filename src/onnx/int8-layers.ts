// Int8Layers: linear layers and convolutions over images as products of 8-bit integers, which a graph writes in place of its own.
import { Tensor } from '../tensor/tensor.ts';
import { fixedDim, productOf, type Dim, type Shape } from './dim.ts';
import { doubledPlaces, placePadding } from './doubled-pixels.ts';
import type { Attribute, GraphCore, Int8Parameter, Value } from './graph-core.ts';

/** Stands for the magnitude of zeros, to divide by. */
const SMALLEST_MAGNITUDE = 1e-30;

/** Zero among the unsigned levels of a row, and the greatest magnitude of a level. */
const ZERO_LEVEL = 128;
const ROW_LEVELS = 127;

/** How a convolution moves over images [N, C, H, W]; all begins of the padding come before all ends. */
export interface ImageConvolution {
  /** Height and width of the result. */
  readonly size: readonly [number, number];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly number[];
  readonly dilations: readonly number[];
}

/** Activations as uint8 of the same shape, and two scalars: x ≈ (values − zeroPoint) · scale. */
interface QuantizedValue {
  readonly values: Value;
  readonly scale: Value;
  readonly zeroPoint: Value;
}

/** Activations [rows, in] as uint8 with a factor for each row, [rows, 1]: x ≈ (values − zeroPoint) · scale. */
interface QuantizedRows {
  readonly values: Value;
  readonly scale: Value;
}

/**
 * Writes a graph's linear layers and convolutions as products of 8-bit integers. Weights are integers that the model brings with
 * it; activations are quantized at every run, once for all layers that read them.
 *
 * A product of integers allows one scale for all its rows. Layers that do not widen their input, such as the last ones of attention
 * and feed-forward layers, give each row a scale of its own, and multiply the results: there it costs little, and those rows are the
 * ones with outliers.
 */
export class Int8Layers {
  readonly #graph: GraphCore;
  readonly #quantized = new Map<Value, QuantizedValue>();
  readonly #rows = new Map<Value, QuantizedRows>();
  readonly #pixels = new Map<Value, Value>();
  readonly #tables = new Map<string, Value>();

  constructor(graph: GraphCore) {
    this.#graph = graph;
  }

  /** x[rows, in] · weight[out, in]ᵀ + bias[out] → [rows, out]; the weight is a parameter. */
  linear(x: Value, weight: Value, bias: Value | undefined, name: string | undefined): Value {
    const [rows, inputs] = x.shape;
    const outputs = fixedDim(weight.shape[0], 'The number of outputs');
    const channels = fixedDim(inputs, 'The number of inputs');
    const integers = this.#graph.int8Parameter(weight, { outputs, channels, taps: 1 });
    if (channels < outputs) {
      const { values, scale, zeroPoint } = this.#quantize(x);
      return this.#product(values, scale, zeroPoint, integers, bias, name);
    }
    const { values, scale } = this.#quantizeRows(x);
    const product = this.#product(values, this.#scalar(1), this.#level(ZERO_LEVEL), integers, undefined, name);
    const scaled = this.#float('Mul', [product, scale], [rows, outputs]);
    return bias ? this.#float('Add', [scaled, bias], [rows, outputs]) : scaled;
  }

  /** [N, in, H, W] → [N, out, H', W'], with a weight [out, in, height, width] that is a parameter. */
  conv(
    x: Value,
    weight: Value,
    bias: Value | undefined,
    options: ImageConvolution & { name: string | undefined },
  ): Value {
    const outputs = fixedDim(weight.shape[0], 'The number of outputs');
    return this.#planes(this.#convolved(x, weight, bias, options), x.shape[0], outputs, options.size);
  }

  /** The same on pixels that are repeated first, with a weight [out, in, 3, 3]: [N, in, H, W] → [N, out, 2·H, 2·W]. */
  convDoubled(x: Value, weight: Value, bias: Value | undefined): Value {
    const [images, , height, width] = x.shape;
    const size = [fixedDim(height, 'The height'), fixedDim(width, 'The width')] as const;
    const ones = [1, 1];
    const parts = doubledPlaces.map((place, doubledPlace) => {
      const padding = placePadding(place);
      const options = { size, kernel: [2, 2], strides: ones, padding, dilations: ones, doubledPlace };
      return this.#convolved(x, weight, bias, { ...options, name: undefined });
    });
    // [N·H·W, out] of two places each → [N·H, W·2·out] → [N·H, 2·W·2·out], which is [N, 2·H · 2·W, out]
    const lines = productOf([images, size[0]]);
    const outputs = fixedDim(weight.shape[0], 'The number of outputs');
    const rows = [0, 2].map((first) =>
      this.#reshape(this.#besides(parts.slice(first, first + 2)), [lines, size[1] * 2 * outputs]),
    );
    return this.#planes(this.#besides(rows), images, outputs, [2 * size[0], 2 * size[1]]);
  }

  /** The values of a convolution at each place of the result, row by row: [N · places, out] */
  #convolved(
    x: Value,
    weight: Value,
    bias: Value | undefined,
    options: ImageConvolution & { name: string | undefined; doubledPlace?: number },
  ): Value {
    const [images, channels] = x.shape;
    const inputs = fixedDim(channels, 'The number of channels');
    const outputs = fixedDim(weight.shape[0], 'The number of outputs');
    const { size, kernel, doubledPlace } = options;
    const taps = kernel[0] * kernel[1];
    const pixels = size[0] * size[1];
    const { scale, zeroPoint } = this.#quantize(x);
    const underKernel = this.#gather(x, options, images, inputs, pixels * taps);
    const rows = this.#reshape(underKernel, [productOf([images, pixels]), taps * inputs]);
    const integers = this.#graph.int8Parameter(weight, { outputs, channels: inputs, taps, doubledPlace });
    return this.#product(rows, scale, zeroPoint, integers, bias, options.name);
  }

  /** Pixels with their channels next to each other, [N · H·W, C] in any shape, as planes [N, C, H, W]. */
  #planes(pixels: Value, images: Dim, channels: number, [height, width]: readonly [number, number]): Value {
    const rows = this.#reshape(pixels, [images, height * width, channels]);
    const planes = this.#float('Transpose', [rows], [images, channels, height * width], { perm: [0, 2, 1] });
    return this.#reshape(planes, [images, channels, height, width]);
  }

  /** Matrices with as many rows each, side by side. */
  #besides(parts: readonly Value[]): Value {
    const columns = parts.reduce((sum, { shape }) => sum + fixedDim(shape[1], 'The columns'), 0);
    return this.#float('Concat', parts, [parts[0].shape[0], columns], { axis: 1 });
  }

  /** The quantized pixels under the kernel at each place, one after another: [N, places · taps, C] of an image [N, C, H, W]. */
  #gather(x: Value, options: ImageConvolution, images: Dim, channels: number, count: number): Value {
    const [height, width] = x.shape.slice(2).map((dim) => fixedDim(dim, 'The image'));
    const { zeroPoint } = this.#quantize(x);
    const pixels = this.#channelsLast(x, [images, height * width, channels]);
    const { size, kernel, strides, padding } = options;
    const isPointwise = [...kernel, ...strides].every((step) => step === 1) && padding.every((width) => width === 0);
    if (isPointwise && size[0] === height && size[1] === width) return pixels;
    const first = typeof images === 'number' ? this.#int64([images]) : this.#sizeOf(x, 0);
    const outsideShape = this.#graph.addNode(
      'Concat',
      [first, this.#int64([1, channels])],
      [{ dtype: 'int64', shape: [3] }],
      {
        attributes: { axis: 0 },
      },
    )[0];
    const outside = this.#bytes('Expand', [zeroPoint, outsideShape], [images, 1, channels]);
    const withOutside = this.#bytes('Concat', [pixels, outside], [images, height * width + 1, channels], { axis: 1 });
    return this.#bytes('Gather', [withOutside, this.#places([height, width], options)], [images, count, channels], {
      axis: 1,
    });
  }

  /** The quantized image with a pixel's channels next to each other, [N, H·W, C]. */
  #channelsLast(x: Value, shape: Shape): Value {
    let pixels = this.#pixels.get(x);
    if (!pixels) {
      const [images, count, channels] = shape;
      const planes = this.#reshape(this.#quantize(x).values, [images, channels, count]);
      pixels = this.#bytes('Transpose', [planes], shape, { perm: [0, 2, 1] });
      this.#pixels.set(x, pixels);
    }
    return pixels;
  }

  /** {@link pixelsUnderKernel} as a constant, which convolutions of the same geometry share. */
  #places(image: readonly [number, number], options: ImageConvolution): Value {
    const { size, kernel, strides, padding, dilations } = options;
    const geometry = JSON.stringify([image, size, kernel, strides, padding, dilations]);
    let table = this.#tables.get(geometry);
    if (!table) {
      const places = pixelsUnderKernel(image, options);
      table = this.#graph.constant(new Tensor('int32', [places.length], places));
      this.#tables.set(geometry, table);
    }
    return table;
  }

  /** (values − zeroPoint) · scale · weight + bias: [rows, in] → [rows, out] */
  #product(
    values: Value,
    scale: Value,
    zeroPoint: Value,
    weight: Int8Parameter,
    bias: Value | undefined,
    name: string | undefined,
  ): Value {
    return this.#graph.addNode(
      'MatMulIntegerToFloat',
      [values, weight.values, scale, weight.scale, zeroPoint, undefined, bias],
      [{ dtype: 'float32', shape: [values.shape[0], weight.values.shape[1]] }],
      { domain: 'com.microsoft', name },
    )[0];
  }

  /** All of x by one scale, between its least and its greatest value. */
  #quantize(x: Value): QuantizedValue {
    let quantized = this.#quantized.get(x);
    if (!quantized) {
      const [values, scale, zeroPoint] = this.#graph.addNode(
        'DynamicQuantizeLinear',
        [x],
        [
          { dtype: 'uint8', shape: x.shape },
          { dtype: 'float32', shape: [] },
          { dtype: 'uint8', shape: [] },
        ],
      );
      quantized = { values, scale, zeroPoint };
      this.#quantized.set(x, quantized);
    }
    return quantized;
  }

  /** Each row of x by its greatest magnitude, to both sides of zero. */
  #quantizeRows(x: Value): QuantizedRows {
    let rows = this.#rows.get(x);
    if (!rows) {
      const [count] = x.shape;
      const axis = this.#int64([1]);
      const column = [count, 1];
      const greatest = this.#float('ReduceMax', [x, axis], column, { keepdims: 1 });
      const least = this.#float('ReduceMin', [x, axis], column, { keepdims: 1 });
      const magnitude = this.#float(
        'Max',
        [greatest, this.#float('Neg', [least], column), this.#scalar(SMALLEST_MAGNITUDE)],
        column,
      );
      const scale = this.#float('Mul', [magnitude, this.#scalar(1 / ROW_LEVELS)], column);
      const length = typeof count === 'number' ? this.#int64([count]) : this.#sizeOf(x, 0);
      const zeroPoints = this.#bytes('Expand', [this.#level(ZERO_LEVEL), length], [count]);
      const values = this.#bytes('QuantizeLinear', [x, this.#reshape(scale, [count]), zeroPoints], x.shape, {
        axis: 0,
      });
      rows = { values, scale };
      this.#rows.set(x, rows);
    }
    return rows;
  }

  #bytes(operator: string, inputs: readonly Value[], shape: Shape, attributes?: Record<string, Attribute>): Value {
    return this.#graph.addNode(operator, inputs, [{ dtype: 'uint8', shape }], { attributes })[0];
  }

  #float(operator: string, inputs: readonly Value[], shape: Shape, attributes?: Record<string, Attribute>): Value {
    return this.#graph.addNode(operator, inputs, [{ dtype: 'float32', shape }], { attributes })[0];
  }

  #reshape(x: Value, shape: Shape): Value {
    const target = this.#int64(shape.map((dim) => (typeof dim === 'number' ? dim : -1)));
    return this.#graph.addNode('Reshape', [x, target], [{ dtype: x.dtype, shape }])[0];
  }

  /** One dimension of a value when it runs, [1]. */
  #sizeOf(x: Value, axis: number): Value {
    return this.#graph.addNode('Shape', [x], [{ dtype: 'int64', shape: [1] }], {
      attributes: { start: axis, end: axis + 1 },
    })[0];
  }

  #scalar(value: number): Value {
    return this.#graph.constant(new Tensor('float32', [], Float32Array.of(value)));
  }

  #level(value: number): Value {
    return this.#graph.constant(new Tensor('uint8', [], Uint8Array.of(value)));
  }

  #int64(values: readonly number[]): Value {
    return this.#graph.constant(Tensor.int64([values.length], values));
  }
}

/**
 * Returns the numbers of the pixels that the kernel covers, for each place of the result, row by row. Beyond the image it covers
 * pixel height·width, which stands for zero.
 */
function pixelsUnderKernel(
  [height, width]: readonly [number, number],
  { size, kernel, strides, padding, dilations }: ImageConvolution,
): Int32Array<ArrayBuffer> {
  const places = new Int32Array(size[0] * size[1] * kernel[0] * kernel[1]);
  let count = 0;
  for (let y = 0; y < size[0]; y++) {
    for (let x = 0; x < size[1]; x++) {
      for (let down = 0; down < kernel[0]; down++) {
        for (let right = 0; right < kernel[1]; right++) {
          const row = y * strides[0] + down * dilations[0] - padding[0];
          const column = x * strides[1] + right * dilations[1] - padding[1];
          const isInside = row >= 0 && row < height && column >= 0 && column < width;
          places[count++] = isInside ? row * width + column : height * width;
        }
      }
    }
  }
  return places;
}
