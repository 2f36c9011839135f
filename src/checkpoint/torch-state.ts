// From the object in a PyTorch file to named tensors and plain metadata: wrappers stripped, nested dicts joined with dots.
import { bytesPerElement, dataFromBytes, elementCount, Tensor } from '../tensor/tensor.ts';
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { checkKey, corrupt } from './checkpoint-error.ts';
import { PickleTuple, ScriptObject, TorchTensor, type PickleValue, type TorchStorage } from './pickle-values.ts';
import type { CheckpointContents, StoredTensor } from './stored-tensor.ts';
import { isContiguous, readStridedView } from './strided-view.ts';

// A checkpoint that is a dict with one of these holds the network's tensors there, and other values next to it.
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];
const MAX_DEPTH = 32;
// Values met on the walk; shared values count each time, so that nesting cannot multiply them.
const MAX_VISITS = 2 ** 20;

const NOT_A_STATE_DICT = 'Save the network with torch.save(network.state_dict(), path) or as safetensors.';

class Walk {
  readonly tensors = new Map<string, TorchTensor>();
  readonly #name: string;
  #visits = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Collects the tensors in a value and returns the rest as plain data; undefined when nothing is left. */
  visit(value: PickleValue, path: string, depth = 0): unknown {
    this.#visits++;
    if (depth > MAX_DEPTH || this.#visits > MAX_VISITS) {
      throw corrupt(this.#name, 'nests its values too deeply or too often', NOT_A_STATE_DICT);
    }
    if (value instanceof TorchTensor) {
      checkKey(this.#name, path);
      if (this.tensors.has(path)) throw corrupt(this.#name, `has two tensors named ${quoted(path)}`, NOT_A_STATE_DICT);
      this.tensors.set(path, value);
      return undefined;
    }
    if (value instanceof Map) return this.#visitDict(value, path, depth);
    if (value instanceof ScriptObject) return this.#visitDict(value.attributes, path, depth);
    const items = value instanceof PickleTuple ? value.items : value instanceof Set ? [...value] : value;
    if (Array.isArray(items)) {
      const before = this.tensors.size;
      const plain = items.map((item: PickleValue, i) => this.visit(item, joined(path, String(i)), depth + 1));
      const rest = plain.filter((item) => item !== undefined);
      return rest.length === 0 && this.tensors.size > before ? undefined : rest;
    }
    if (typeof items === 'object' && items !== null && !(items instanceof Uint8Array)) {
      // A storage or a function by itself is of no use to a checkpoint's reader.
      return undefined;
    }
    return items;
  }

  #visitDict(dict: ReadonlyMap<PickleValue, PickleValue>, path: string, depth: number): unknown {
    const before = this.tensors.size;
    const entries: [string, unknown][] = [];
    for (const [key, value] of dict) {
      if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint' && typeof key !== 'boolean') {
        throw corrupt(this.#name, `has a dict ${quoted(path)} whose keys are not strings`, NOT_A_STATE_DICT);
      }
      const plain = this.visit(value, joined(path, String(key)), depth + 1);
      if (plain !== undefined) entries.push([String(key), plain]);
    }
    return entries.length === 0 && this.tensors.size > before ? undefined : Object.fromEntries(entries);
  }
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function wrapperOf(root: ReadonlyMap<PickleValue, PickleValue>): string | undefined {
  if ([...root.values()].some((value) => value instanceof TorchTensor)) return undefined;
  return WRAPPERS.find((wrapper) => root.get(wrapper) instanceof Map);
}

/**
 * Returns the tensors and the plain values of the object that a PyTorch file holds.
 *
 * @param storageOffset - where the bytes of a stored array begin in the file.
 * @throws LatentSyncError `checkpoint-corrupt` when the object is neither a dict of tensors, plain values and such dicts, nor a
 * script's module.
 */
export function torchContents(
  source: ByteSource,
  root: PickleValue,
  storageOffset: (storage: TorchStorage) => number,
): CheckpointContents {
  const { name } = source;
  const walk = new Walk(name);
  if (root instanceof ScriptObject) {
    walk.visit(root, ''); // what its module knows beside its tensors is for its code
    return contentsOf(source, walk, {}, storageOffset);
  }
  if (!(root instanceof Map)) throw corrupt(name, 'contains no dict of tensors', NOT_A_STATE_DICT);
  const wrapper = wrapperOf(root);
  const rest = new Map(root);
  let wrapped: unknown;
  if (wrapper !== undefined) {
    rest.delete(wrapper);
    wrapped = walk.visit(root.get(wrapper) ?? null, '');
  }
  const remarks = (walk.visit(rest, '') ?? {}) as Record<string, unknown>;
  const hasMore = typeof wrapped === 'object' && wrapped !== null && Object.keys(wrapped).length > 0;
  const metadata = wrapper !== undefined && hasMore ? { ...remarks, [wrapper]: wrapped } : remarks;
  return contentsOf(source, walk, metadata, storageOffset);
}

function contentsOf(
  source: ByteSource,
  walk: Walk,
  metadata: Readonly<Record<string, unknown>>,
  storageOffset: (storage: TorchStorage) => number,
): CheckpointContents {
  const { name } = source;
  const stored = new Map<string, StoredTensor>();
  for (const [key, { storage, view }] of walk.tensors) {
    const { dtype, shape, strides } = view;
    const bytes = bytesPerElement[dtype];
    const start = storageOffset(storage) + storage.first * bytesPerElement[storage.dtype] + view.offset * bytes;
    const location = isContiguous(shape, strides) ? { offset: start, length: elementCount(shape) * bytes } : undefined;
    stored.set(key, { key, dtype, shape, location });
  }

  return {
    tensors: stored,
    metadata,
    async readTensor(key) {
      const tensor = walk.tensors.get(key);
      const { location } = stored.get(key) ?? {};
      if (!tensor) throw new RangeError(`${name} has no tensor ${quoted(key)}.`);
      const { storage, view } = tensor;
      if (location) {
        const bytes = await source.read(location.offset, location.length);
        return new Tensor(view.dtype, view.shape, dataFromBytes(view.dtype, bytes));
      }
      const width = bytesPerElement[view.dtype];
      const start = storageOffset(storage) + storage.first * bytesPerElement[storage.dtype];
      return readStridedView(view, (first, count) => source.read(start + first * width, count * width));
    },
  };
}
