// Checkpoints derived from others: renamed keys, a selection of keys, and tensors in memory.
import type { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { quoted } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { Checkpoint, StoredTensor } from './checkpoint.ts';

/** The tensors of another checkpoint, some of them, under other names. */
class CheckpointView implements Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #inner: Checkpoint;
  readonly #innerKeys = new Map<string, string>();

  constructor(inner: Checkpoint, rename: (key: string) => string | undefined) {
    this.#inner = inner;
    const tensors = new Map<string, StoredTensor>();
    for (const [innerKey, stored] of inner.tensors) {
      const key = rename(innerKey);
      if (key === undefined) continue;
      const other = this.#innerKeys.get(key);
      if (other !== undefined) {
        throw new LatentSyncError(
          'checkpoint-corrupt',
          wording`${inner.name} has both ${quoted(other)} and ${quoted(innerKey)}, two names for the same tensor ${quoted(key)}.`,
          { remedy: 'Use the published file.' },
        );
      }
      this.#innerKeys.set(key, innerKey);
      tensors.set(key, key === stored.key ? stored : { ...stored, key });
    }
    this.tensors = tensors;
  }

  get name(): string {
    return this.#inner.name;
  }

  get path(): string | undefined {
    return this.#inner.path;
  }

  get format(): Checkpoint['format'] {
    return this.#inner.format;
  }

  get metadata(): Checkpoint['metadata'] {
    return this.#inner.metadata;
  }

  async read(key: string): Promise<Tensor> {
    const innerKey = this.#innerKeys.get(key);
    if (innerKey === undefined) throw new RangeError(`${this.name} has no tensor ${quoted(key)}.`);
    return this.#inner.read(innerKey);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }
}

/**
 * Returns a checkpoint with other names for its tensors. Disposing it closes the one it is made of.
 *
 * @throws LatentSyncError `checkpoint-corrupt` when two tensors would get the same name.
 * @example
 * const vae = renameKeys(checkpoint, (key) => key.replace('.query.', '.to_q.'));
 */
export function renameKeys(checkpoint: Checkpoint, rename: (key: string) => string): Checkpoint {
  return new CheckpointView(checkpoint, rename);
}

/**
 * Returns a checkpoint whose tensors have a prefix before their names. Disposing it closes the one it is made of.
 *
 * @param prefix - with its dot: `encoder.`
 */
export function addPrefix(checkpoint: Checkpoint, prefix: string): Checkpoint {
  return new CheckpointView(checkpoint, (key) => prefix + key);
}

/**
 * Returns a checkpoint with some of the tensors. Disposing it closes the one it is made of.
 *
 * @example
 * const encoder = selectKeys(checkpoint, (key) => key.startsWith('encoder.'));
 */
export function selectKeys(checkpoint: Checkpoint, select: (key: string) => boolean): Checkpoint {
  return new CheckpointView(checkpoint, (key) => (select(key) ? key : undefined));
}

/**
 * Returns a checkpoint with the tensors below a prefix, which their names lose. Disposing it closes the one it is made of.
 *
 * @param prefix - with its dot: `encoder.`
 */
export function selectPrefix(checkpoint: Checkpoint, prefix: string): Checkpoint {
  return new CheckpointView(checkpoint, (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined));
}

const oldAttentionNames: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

/**
 * Returns the current name of a diffusers attention parameter: `query, key, value, proj_attn` became `to_q, to_k, to_v, to_out.0`.
 * Names that do not follow the old style are returned unchanged.
 */
export function modernAttentionKey(key: string): string {
  return key.replace(
    /(attentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)$/,
    (_, attention: string, name: string, parameter: string) => `${attention}.${oldAttentionNames[name]}.${parameter}`,
  );
}

/**
 * Returns the name that a TAESD parameter has in the author's code, from that in diffusers: `encoder.layers.0` is `encoder.0`, and
 * `decoder.layers.0` is `decoder.1`, as diffusers does not count what limits the latents. Other names are returned unchanged.
 */
export function originalTaesdKey(key: string): string {
  return key.replace(/^(encoder|decoder)\.layers\.(\d+)\./, (_, half: string, layer: string) => {
    return `${half}.${half === 'decoder' ? Number(layer) + 1 : layer}.`;
  });
}

/** Several checkpoints as one, which is in no single file. */
class JoinedCheckpoint implements Checkpoint {
  readonly path = undefined;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #parts: readonly Checkpoint[];

  constructor(parts: readonly Checkpoint[]) {
    this.#parts = parts;
    this.tensors = new Map(parts.flatMap(({ tensors }) => [...tensors]));
  }

  get name(): string {
    return this.#parts.map(({ name }) => name).join(' and ');
  }

  get format(): Checkpoint['format'] {
    return this.#parts[0].format;
  }

  get metadata(): Checkpoint['metadata'] {
    return Object.assign({}, ...this.#parts.map(({ metadata }) => metadata)) as Checkpoint['metadata'];
  }

  async read(key: string): Promise<Tensor> {
    const part = this.#parts.find(({ tensors }) => tensors.has(key));
    if (!part) throw new RangeError(`${this.name} has no tensor ${quoted(key)}.`);
    return part.read(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts) await part[Symbol.asyncDispose]();
  }
}

/**
 * Returns the tensors of several checkpoints, at least one, as those of one. Disposing it closes all of them.
 *
 * @param parts - which have no key in common.
 */
export function joinCheckpoints(parts: readonly Checkpoint[]): Checkpoint {
  return new JoinedCheckpoint(parts);
}

class MemoryCheckpoint implements Checkpoint {
  readonly name: string;
  readonly path = undefined;
  readonly format = 'memory';
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly #values: ReadonlyMap<string, Tensor>;

  constructor(name: string, values: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, unknown>>) {
    this.name = name;
    this.metadata = metadata;
    this.#values = values;
    this.tensors = new Map(
      Array.from(values, ([key, { dtype, shape }]) => [key, { key, dtype, shape, location: undefined }]),
    );
  }

  read(key: string): Promise<Tensor> {
    const tensor = this.#values.get(key);
    return tensor
      ? Promise.resolve(tensor)
      : Promise.reject(new RangeError(`${this.name} has no tensor ${quoted(key)}.`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Returns a checkpoint of tensors in memory; reading gives the tensors themselves, not copies. */
export function checkpointFromTensors(
  name: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, unknown>> = {},
): Checkpoint {
  return new MemoryCheckpoint(name, tensors, metadata);
}
