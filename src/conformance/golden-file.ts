// GoldenFile: reference outputs in a safetensors file, with typed access to the metadata that says how to reproduce them.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { hashed } from '../models/hashed-weights.ts';
import { toFloat32, type Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';
import { wording } from '../util/wording.ts';

/** An open golden file. Keeps track of the tensors that were used. Disposing it closes the file. */
export class GoldenFile implements AsyncDisposable {
  /** Its name in messages. */
  readonly name: string;
  readonly #checkpoint: Checkpoint;
  readonly #unused: Set<string>;

  constructor(checkpoint: Checkpoint, name: string) {
    this.name = name;
    this.#checkpoint = checkpoint;
    this.#unused = new Set(checkpoint.tensors.keys());
  }

  /** What the file holds; undefined if it does not say so, in which case it is not a golden file. */
  get kind(): string | undefined {
    return this.optionalText('kind');
  }

  /** Names of all tensors. */
  get names(): string[] {
    return [...this.#checkpoint.tensors.keys()];
  }

  /** Names of the tensors that nothing has asked for yet. */
  get unused(): string[] {
    return [...this.#unused];
  }

  /** Returns a tensor's shape; undefined if the tensor does not exist. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.#checkpoint.tensors.get(name)?.shape;
  }

  /** Returns a tensor. */
  async tensor(name: string): Promise<Tensor> {
    if (!this.#checkpoint.tensors.has(name)) throw this.#unusable(`has no tensor "${name}"`);
    this.#unused.delete(name);
    return this.#checkpoint.read(name);
  }

  /** Returns a tensor as float32. */
  async float32(name: string): Promise<Tensor<'float32'>> {
    return toFloat32(await this.tensor(name));
  }

  /** Returns the tensor that a name stands for after the file's `hash_prefix`. */
  hashed(name: string, shape: readonly number[], scale = 1, offset = 0): Tensor<'float32'> {
    return hashed(this.text('hash_prefix') + name, shape, scale, offset);
  }

  /** Returns a field's text; undefined when there is none. */
  optionalText(field: string): string | undefined {
    const value = this.#checkpoint.metadata[field];
    return typeof value === 'string' ? value : undefined;
  }

  /** Returns a field's text, which may be empty. */
  text(field: string): string {
    const value = this.optionalText(field);
    if (value === undefined) throw this.#unusable(`has no "${field}" in its metadata`);
    return value;
  }

  /** Returns a field's number; the fallback, if given, when the field is missing. */
  number(field: string, fallback?: number): number {
    if (fallback !== undefined && this.optionalText(field) === undefined) return fallback;
    const text = this.text(field);
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(value)) throw this.#wrong(field, 'a number');
    return value;
  }

  /** Returns a field that is true or false. */
  boolean(field: string): boolean {
    const value = this.json(field);
    if (typeof value !== 'boolean') throw this.#wrong(field, 'true or false');
    return value;
  }

  /** Returns a field's parsed JSON. */
  json(field: string): unknown {
    try {
      return JSON.parse(this.text(field)) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#wrong(field, 'JSON');
      throw error;
    }
  }

  /** Returns a field's list of numbers. */
  numbers(field: string): number[] {
    const value = this.json(field);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'number')) {
      throw this.#wrong(field, 'a list of numbers');
    }
    return value;
  }

  /** Returns a field's list of texts; an empty one when the field is missing. */
  words(field: string): string[] {
    if (this.optionalText(field) === undefined) return [];
    const value = this.json(field);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw this.#wrong(field, 'a list of strings');
    }
    return value;
  }

  /** Returns a field's shape; the fallback, if given, when the field is missing. */
  shape(field: string, fallback?: readonly number[]): readonly number[] {
    if (fallback && this.optionalText(field) === undefined) return fallback;
    const value = this.numbers(field);
    if (!value.every((size) => Number.isInteger(size) && size > 0)) throw this.#wrong(field, 'a shape');
    return value;
  }

  #wrong(field: string, rule: string): LatentSyncError {
    return this.#unusable(`must have ${rule} as "${field}" in its metadata (got ${shownValue(this.text(field))})`);
  }

  #unusable(what: string): LatentSyncError {
    return new LatentSyncError('input-invalid', wording`${this.name} ${what}.`, {
      remedy: 'Use the original golden file.',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#checkpoint[Symbol.asyncDispose]();
  }
}
