// The graph under construction: typed values, nodes, parameters by checkpoint key, and inline constants.
import type { DType, Tensor } from '../tensor/tensor.ts';
import { formatShape, type Shape } from './dim.ts';
import type { Int8Weight } from './int8-weights.ts';

/** A value of the graph: an input, a parameter, a constant, or a node's output. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** An attribute of a node; whole numbers are written as ints unless given as `{ float }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One operator call. */
export interface GraphNode {
  readonly operator: string;
  /** Empty for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain: string;
  readonly name: string;
  /** Names of the inputs; an empty string stands for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A parameter that the graph reads; its data comes from a checkpoint when the model is written. */
export interface GraphParameter {
  /** Key in the checkpoint, or in the one that `int8Checkpoint` makes from it. */
  readonly key: string;
  /** Of the graph's value. The checkpoint may store numbers of another kind. */
  readonly dtype: 'float32' | 'int8';
  /** Shape of the graph's value; its elements are the checkpoint's in the same order, from `firstElement` on. */
  readonly shape: readonly number[];
  readonly firstElement: number;
}

/** A weight in 8-bit integers: weightᵀ ≈ values · scale. */
export interface Int8Parameter {
  /** int8 [taps · channels, outputs] */
  readonly values: Value;
  /** [outputs] */
  readonly scale: Value;
}

/** Values, nodes and initializers in the order of their creation. Operators are the methods of `Graph`. */
export class GraphCore {
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly parameters = new Map<string, GraphParameter>();
  /** What the keys of parameters stand for that are parts of a weight in integers. */
  readonly int8Weights = new Map<string, { readonly weight: Int8Weight; readonly part: 'values' | 'scale' }>();
  readonly #values = new Map<string, Value>();
  readonly #constantNames = new Map<string, string>();
  #counter = 0;

  /** Declares an input of the graph. */
  input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    const value = this.#declare({ name, dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /** Declares an output of the graph under a name of its own. */
  output(name: string, value: Value): void {
    const [out] = this.addNode('Identity', [value], [{ dtype: value.dtype, shape: value.shape, name }]);
    this.outputs.push(out);
  }

  /**
   * Returns the value of a checkpoint's tensor, or of a part of it. Asking again for the same gives the same value.
   *
   * @param shape - the shape in the graph; may differ from the checkpoint's as long as the elements keep their order.
   * @param firstElement - where in the checkpoint's tensor the value begins. Default 0.
   */
  parameter(key: string, shape: readonly number[], firstElement = 0): Value {
    let name = key;
    for (let view = 1; ; view++) {
      const known = this.parameters.get(name);
      if (!known) break;
      if (known.firstElement === firstElement && formatShape(known.shape) === formatShape(shape))
        return this.value(name);
      name = `${key}#${view}`;
    }
    this.parameters.set(name, { key, shape, firstElement, dtype: 'float32' });
    return this.#declare({ name, dtype: 'float32', shape });
  }

  /**
   * Returns a parameter, or a view of one, as integers. Asking again for the same gives the same values.
   *
   * @param size - what the rows of the parameter are.
   */
  int8Parameter(parameter: Value, size: Omit<Int8Weight, 'key' | 'firstElement'>): Int8Parameter {
    const source = this.parameters.get(parameter.name);
    if (!source) throw new RangeError(`${parameter.name} is not a parameter: its integers cannot be made beforehand.`);
    const { key, firstElement } = source;
    const declare = (part: 'values' | 'scale', dtype: 'int8' | 'float32', shape: readonly number[]): Value => {
      const place = size.doubledPlace === undefined ? '' : `-${size.doubledPlace}`;
      const name = `${parameter.name}:int8-${part}${place}`;
      if (this.parameters.has(name)) return this.value(name);
      this.int8Weights.set(name, { weight: { key, firstElement, ...size }, part });
      this.parameters.set(name, { key: name, shape, firstElement: 0, dtype });
      return this.#declare({ name, dtype, shape });
    };
    return {
      values: declare('values', 'int8', [size.taps * size.channels, size.outputs]),
      scale: declare('scale', 'float32', [size.outputs]),
    };
  }

  /** The parameters that operators read, by name: where integers are read, the weight that they are made from is not. */
  readParameters(): [name: string, parameter: GraphParameter][] {
    const read = new Set(this.nodes.flatMap(({ inputs }) => inputs));
    return [...this.parameters].filter(([name]) => read.has(name));
  }

  /** Returns a value that holds a tensor's data inside the graph; equal small constants share one value. */
  constant(tensor: Tensor): Value {
    const identity =
      tensor.size <= 64
        ? `${tensor.dtype}[${tensor.shape.join(',')}]${Array.from(tensor.data, String).join(',')}`
        : undefined;
    const known = identity === undefined ? undefined : this.#constantNames.get(identity);
    if (known !== undefined) return this.value(known);
    const value = this.#declare({ name: `constant_${this.#counter++}`, dtype: tensor.dtype, shape: tensor.shape });
    this.constants.set(value.name, tensor);
    if (identity !== undefined) this.#constantNames.set(identity, value.name);
    return value;
  }

  /** Returns a value by its name. */
  value(name: string): Value {
    const value = this.#values.get(name);
    if (!value) throw new RangeError(`The graph has no value named ${name}.`);
    return value;
  }

  /** Appends an operator call and returns its outputs; operators with shape inference call this. */
  addNode(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { dtype: DType; shape: Shape; name?: string }[],
    options: { attributes?: Record<string, Attribute | undefined>; domain?: string; name?: string } = {},
  ): Value[] {
    const id = this.#counter++;
    const name = options.name ?? `${operator}_${id}`;
    const values = outputs.map((out, index) =>
      this.#declare({ dtype: out.dtype, shape: out.shape, name: out.name ?? `${operator}_${id}_${index}` }),
    );
    const given = inputs.slice(0, inputs.findLastIndex((input) => input !== undefined) + 1);
    const attributes: Record<string, Attribute> = {};
    for (const [key, value] of Object.entries(options.attributes ?? {}))
      if (value !== undefined) attributes[key] = value;
    this.nodes.push({
      operator,
      domain: options.domain ?? '',
      name,
      inputs: given.map((input) => input?.name ?? ''),
      outputs: values.map((value) => value.name),
      attributes,
    });
    return values;
  }

  #declare(value: Value): Value {
    if (this.#values.has(value.name)) throw new RangeError(`The graph already has a value named ${value.name}.`);
    this.#values.set(value.name, value);
    return value;
  }
}
