// A graph whose trainable parameters come from one flat vector that changes at every step; the rest stays with its checkpoint.
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { formatShape } from '../onnx/dim.ts';
import { appendGradients } from './gradients/gradients.ts';
import type { ParameterLayout } from './parameter-layout.ts';

/** A graph under construction that will be trained. */
export class TrainingGraph extends Graph {
  readonly #layout: ParameterLayout;
  readonly #fed: ReadonlySet<string>;
  readonly #vector: Value;
  readonly #trained = new Map<string, Value>();
  readonly #views = new Map<string, Value>();

  /**
   * @param layout - where in the vector, the graph's input `parameters`, each trained parameter is.
   * @param fed - parameters that are inputs of the graph, under their keys.
   */
  constructor(layout: ParameterLayout, fed: readonly string[] = []) {
    super();
    this.#layout = layout;
    this.#fed = new Set(fed);
    this.#vector = this.input('parameters', [layout.size]);
  }

  override parameter(key: string, shape: readonly number[], firstElement = 0): Value {
    if (this.#fed.has(key)) return this.inputs.find(({ name }) => name === key) ?? this.input(key, shape);
    const entry = this.#layout.entries.get(key);
    if (!entry) return super.parameter(key, shape, firstElement);
    let whole = this.#trained.get(key);
    if (!whole) {
      whole = this.slice(this.#vector, 0, entry.offset, entry.offset + entry.size);
      this.#trained.set(key, whole);
    }
    const view = `${key}+${firstElement}${formatShape(shape)}`;
    let value = this.#views.get(view);
    if (!value) {
      const count = shape.reduce((product, size) => product * size, 1);
      const part = count === entry.size ? whole : this.slice(whole, 0, firstElement, firstElement + count);
      value = this.reshape(part, shape);
      this.#views.set(view, value);
    }
    return value;
  }

  /**
   * Declares the outputs `loss` and `gradients`, the gradient with respect to the vector of parameters.
   *
   * @param opponent - a loss of its own for the parameters whose keys begin with `prefix`; `loss` does not train them.
   */
  outputGradients(loss: Value, opponent?: { loss: Value; prefix: string }): void {
    const keys = [...this.#layout.entries.keys()].filter((key) => this.#trained.has(key));
    const isOpponent = (key: string): boolean => opponent !== undefined && key.startsWith(opponent.prefix);
    const byKey = new Map<string, Value>();
    const differentiate = (of: Value, trained: readonly string[]): void => {
      const values = trained.map((key) => this.#trained.get(key)!);
      for (const [index, gradient] of appendGradients(this, of, values).entries()) byKey.set(trained[index], gradient);
    };
    differentiate(
      loss,
      keys.filter((key) => !isOpponent(key)),
    );
    if (opponent) differentiate(opponent.loss, keys.filter(isOpponent));
    const parts = Array.from(
      this.#layout.entries,
      ([key, { size }]) => byKey.get(key) ?? this.expand(this.float(0), [size]),
    );
    this.output('loss', this.reshape(loss, [1]));
    this.output('gradients', parts.length === 1 ? parts[0] : this.concat(parts, 0));
  }
}
