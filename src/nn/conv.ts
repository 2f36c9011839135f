// Convolutions over one, two and three spatial axes: [N, in, …] → [N, out, …].
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Module, Parameter } from './module.ts';

/** Options of the convolutions; numbers hold for every spatial axis. */
export interface ConvModuleOptions {
  /** Default 1. */
  stride?: number | readonly number[];
  /** Zeros around the input; default 0. */
  padding?: number | readonly number[];
  /** Distance of the kernel's taps; default 1. */
  dilation?: number | readonly number[];
  /** Default true. */
  bias?: boolean;
}

/** A convolution over any number of axes. */
export class ConvNd extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #options: ConvModuleOptions;

  constructor(inChannels: number, outChannels: number, kernel: readonly number[], options: ConvModuleOptions) {
    super();
    this.weight = new Parameter([outChannels, inChannels, ...kernel]);
    this.bias = options.bias === false ? undefined : new Parameter([outChannels]);
    this.#options = options;
  }

  /**
   * [N, in, …] → [N, out, …]
   *
   * @param options.dtype - keeps the layer in float32 in an int8 graph.
   */
  forward(g: Graph, x: Value, options: { dtype?: 'float32' } = {}): Value {
    const { stride, padding, dilation } = this.#options;
    return g.conv(x, this.weight.value(g), this.bias?.value(g), { stride, padding, dilation, ...options });
  }
}

/** Convolution over a sequence [N,C,T]. */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvModuleOptions = {}) {
    super(inChannels, outChannels, [kernelSize], options);
  }
}

/** Convolution over images [N,C,H,W]. */
export class Conv2d extends ConvNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number],
    options: ConvModuleOptions = {},
  ) {
    super(inChannels, outChannels, typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize, options);
  }
}

/** Convolution over volumes [N,C,D,H,W]. */
export class Conv3d extends ConvNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: readonly [number, number, number],
    options: ConvModuleOptions = {},
  ) {
    super(inChannels, outChannels, kernelSize, options);
  }
}
