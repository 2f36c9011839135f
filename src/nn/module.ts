// Module and Parameter: a tree of fields whose paths are the checkpoint's keys, as in "down_blocks.0.resnets.1.conv1.weight".
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';

/** A tensor that a checkpoint provides. Its key is its path in the module tree, set by {@link nameParameters}. */
export class Parameter {
  /** Shape in the checkpoint. */
  readonly shape: readonly number[];
  key: string | undefined;

  constructor(shape: readonly number[]) {
    this.shape = shape;
  }

  /**
   * Returns the parameter as a value of the graph.
   *
   * @param shape - another shape with the same elements in the same order, or with fewer.
   * @param firstElement - where the value begins in the parameter. Default 0.
   */
  value(g: Graph, shape: readonly number[] = this.shape, firstElement = 0): Value {
    if (this.key === undefined) throw new TypeError('Parameters have no keys before nameParameters(module).');
    return g.parameter(this.key, shape, firstElement);
  }
}

/** What maps one value to another: most modules, and steps without parameters. */
export interface Layer {
  /** Adds the layer to a graph and returns its output. */
  forward(g: Graph, x: Value): Value;
}

/** A part of a network. Subclasses keep parameters and modules in fields named as the checkpoint's keys are. */
export abstract class Module {
  /** Yields every parameter with its path; entries of arrays count by index. */
  *namedParameters(prefix = ''): Generator<[key: string, parameter: Parameter]> {
    yield* parametersOf(this, prefix);
  }
}

function* parametersOf(node: unknown, path: string): Generator<[string, Parameter]> {
  if (node instanceof Parameter) {
    yield [path, node];
  } else if (node instanceof Module || Array.isArray(node)) {
    for (const [field, value] of Object.entries(node))
      yield* parametersOf(value, path === '' ? field : `${path}.${field}`);
  }
}

/** Gives every parameter its key and returns the module. */
export function nameParameters<T extends Module>(module: T): T {
  for (const [key, parameter] of module.namedParameters()) parameter.key = key;
  return module;
}
