// The Python names that a checkpoint's pickle may mention: tensors, storages and plain containers. Nothing else is known.
// Sources of the argument lists: torch/_utils.py (_rebuild_*), torch/serialization.py (persistent_id), Python's pickle.
import type { DType } from '../tensor/tensor.ts';
import { bytesPerElement, elementCount } from '../tensor/tensor.ts';
import { byteLengthOf } from './stored-tensor.ts';
import { spanOf } from './strided-view.ts';
import {
  PickleError,
  PickleFunction,
  PickleTuple,
  ScriptClass,
  TorchStorage,
  TorchStorageType,
  TorchTensor,
  type PickleValue,
} from './pickle-values.ts';

// An expanded tensor (stride 0) may have more elements than its storage, but only as many as small tables need.
const LARGEST_EXPANSION = 2 ** 20;

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(value: PickleValue | undefined): number[] {
  if (value instanceof PickleTuple && value.items.every(isCount)) return [...value.items];
  throw new PickleError('holds a tensor whose shape or strides are not tuples of sizes');
}

function tensor(args: readonly PickleValue[], dtype?: DType): TorchTensor {
  const [storage, offset] = args;
  if (!(storage instanceof TorchStorage)) throw new PickleError('holds a tensor without a storage');
  if (!isCount(offset)) throw new PickleError('holds a tensor whose offset is not a number');
  const shape = counts(args[2]);
  const strides = counts(args[3]);
  const type = dtype ?? storage.dtype;
  const described = `a tensor of shape [${shape.slice(0, 8).join(', ')}]`;
  if (strides.length !== shape.length || byteLengthOf(type, shape) === undefined) {
    throw new PickleError(`holds ${described}, which is impossible`);
  }
  const available = Math.floor((storage.count * bytesPerElement[storage.dtype]) / bytesPerElement[type]);
  if (offset + spanOf(shape, strides) > available) {
    throw new PickleError(`holds ${described} that reaches outside its storage of ${available} elements`);
  }
  if (elementCount(shape) > Math.max(available, LARGEST_EXPANSION)) {
    throw new PickleError(`holds ${described} over a storage of only ${available} elements`);
  }
  return new TorchTensor(storage, { dtype: type, shape, strides, offset });
}

function parameter([value]: readonly PickleValue[]): TorchTensor {
  if (!(value instanceof TorchTensor)) throw new PickleError('holds a Parameter that is not a tensor');
  return value;
}

function pairs(value: PickleValue | undefined): Map<PickleValue, PickleValue> {
  if (value === undefined) return new Map();
  if (value instanceof Map) return new Map(value);
  if (!Array.isArray(value)) throw new PickleError('holds a dict that is not made of pairs');
  return new Map(
    value.map((pair): [PickleValue, PickleValue] => {
      const items = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : [];
      if (items.length !== 2) throw new PickleError('holds a dict that is not made of pairs');
      return [items[0], items[1]];
    }),
  );
}

function listed(value: PickleValue | undefined): readonly PickleValue[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  if (value instanceof PickleTuple) return value.items;
  throw new PickleError('builds a set or a size from something that is not a list');
}

/** Bytes in protocol 2: a text of which each character is one byte. */
function latin1(args: readonly PickleValue[]): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    throw new PickleError('encodes text in a way that only bytes in Latin-1 need');
  }
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const storageTypes: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const dtypes: Readonly<Record<string, DType>> = {
  'torch.float64': 'float64',
  'torch.float32': 'float32',
  'torch.float16': 'float16',
  'torch.bfloat16': 'bfloat16',
  'torch.int64': 'int64',
  'torch.int32': 'int32',
  'torch.int16': 'int16',
  'torch.int8': 'int8',
  'torch.uint64': 'uint64',
  'torch.uint32': 'uint32',
  'torch.uint16': 'uint16',
  'torch.uint8': 'uint8',
  'torch.bool': 'bool',
};

function functionTable(): Map<string, PickleValue> {
  const functions: Record<string, (args: readonly PickleValue[]) => PickleValue> = {
    'collections.OrderedDict': ([list]) => pairs(list),
    'torch._utils._rebuild_tensor': (args) => tensor(args),
    'torch._utils._rebuild_tensor_v2': (args) => tensor(args),
    'torch._utils._rebuild_tensor_v3': (args) => {
      const name = args[6];
      const dtype = typeof name === 'string' && Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
      if (dtype === undefined) throw new PickleError('holds a tensor of a type that is not supported');
      return tensor(args, dtype);
    },
    'torch._utils._rebuild_parameter': parameter,
    'torch._utils._rebuild_parameter_with_state': parameter,
    'torch.Size': ([list]) => new PickleTuple(listed(list)),
    'torch.device': (args) => args.map((part) => (typeof part === 'string' || isCount(part) ? part : '?')).join(':'),
    '_codecs.encode': latin1,
  };
  for (const module of ['builtins', '__builtin__']) {
    functions[`${module}.set`] = ([list]) => new Set(listed(list));
    functions[`${module}.frozenset`] = ([list]) => new Set(listed(list));
    functions[`${module}.bytes`] = (args) => (args.length === 0 ? new Uint8Array() : latin1(args));
  }
  return new Map(Object.entries(functions).map(([name, call]) => [name, new PickleFunction(name, call)]));
}

const known: ReadonlyMap<string, PickleValue> = new Map<string, PickleValue>([
  ...functionTable(),
  ...Object.entries(storageTypes).flatMap(([name, dtype]): [string, PickleValue][] => [
    [`torch.${name}`, new TorchStorageType(dtype)],
    [`torch.cuda.${name}`, new TorchStorageType(dtype)],
  ]),
  ['torch.UntypedStorage', new TorchStorageType('uint8')],
  ['torch.storage.UntypedStorage', new TorchStorageType('uint8')],
  ...Object.keys(dtypes).map((name): [string, PickleValue] => [name, name]),
]);

/**
 * Returns what a Python name stands for; types of elements (`torch.float32`) stand for their own names.
 *
 * @returns undefined for every name that is not one of the few that plain checkpoints need.
 */
export function torchGlobal(name: string): PickleValue | undefined {
  return known.get(name);
}

/** Lists whose elements have one type, and values with the name of theirs (torch/jit/_pickle.py): the value itself. */
const scriptValues = new Map(
  ['build_intlist', 'build_tensorlist', 'build_doublelist', 'build_boollist', 'restore_type_tag'].map((name) => {
    const path = `torch.jit._pickle.${name}`;
    return [path, new PickleFunction(path, ([value = null]) => value)];
  }),
);

/** Classes of a TorchScript archive, defined by its own code. */
const SCRIPT_CLASS = /^__torch__(\.\w+)+$/;

/** Like {@link torchGlobal}, in a TorchScript archive: also the classes that its code defines, as {@link ScriptClass}. */
export function scriptGlobal(name: string): PickleValue | undefined {
  if (SCRIPT_CLASS.test(name)) return new ScriptClass(name);
  return torchGlobal(name) ?? scriptValues.get(name);
}

/**
 * Returns the storage that a persistent id stands for: `('storage', type, key, device, count)`, and in the legacy format
 * a sixth part, None or `(view key, first element, count)`.
 */
export function torchStorage(id: PickleValue): TorchStorage {
  const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : [];
  const part = id instanceof PickleTuple ? id.items.at(5) : undefined;
  if (tag !== 'storage' || !(type instanceof TorchStorageType) || typeof key !== 'string' || !isCount(count)) {
    throw new PickleError('refers to something outside the pickle that is not a storage');
  }
  if (byteLengthOf(type.dtype, [count]) === undefined) throw new PickleError('has a storage of an impossible size');
  if (part === undefined || part === null) return new TorchStorage(key, type.dtype, count);
  const [, first, partCount] = part instanceof PickleTuple ? part.items : [];
  if (!isCount(first) || !isCount(partCount) || first + partCount > count) {
    throw new PickleError('has a view of a storage that reaches outside it');
  }
  return new TorchStorage(key, type.dtype, count, { first, count: partCount });
}
