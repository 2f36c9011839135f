// What a pickle can hold here: plain values, containers, tensors, and the few named functions that build them.
import type { DType } from '../tensor/tensor.ts';
import type { StridedView } from './strided-view.ts';

/** A value from a pickle. Lists are arrays, dicts (ordered or not) are Maps, sets are Sets. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleFunction
  | ScriptClass
  | ScriptObject
  | TorchStorageType
  | TorchStorage
  | TorchTensor;

/** A tuple. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A Python callable that this reader knows and replaces by one of its own. */
export class PickleFunction {
  readonly name: string;
  readonly call: (args: readonly PickleValue[]) => PickleValue;

  constructor(name: string, call: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** A class that a TorchScript program defines, known by its name alone: what it does stays unknown, and is never run. */
export class ScriptClass {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An object of such a class: nothing but its attributes. */
export class ScriptObject {
  readonly className: string;
  readonly attributes = new Map<string, PickleValue>();

  constructor(className: string) {
    this.className = className;
  }
}

/** The class of a storage, such as torch.FloatStorage. */
export class TorchStorageType {
  readonly dtype: DType;

  constructor(dtype: DType) {
    this.dtype = dtype;
  }
}

/** A flat array that tensors are views of: a part of the stored array `key`. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: DType;
  /** Elements of the stored array. */
  readonly storedCount: number;
  /** First element of this part. */
  readonly first: number;
  /** Elements of this part. */
  readonly count: number;

  constructor(key: string, dtype: DType, storedCount: number, part = { first: 0, count: storedCount }) {
    this.key = key;
    this.dtype = dtype;
    this.storedCount = storedCount;
    this.first = part.first;
    this.count = part.count;
  }
}

/** A tensor as a view of a storage; offset and strides count elements of the tensor's own dtype. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly view: StridedView;

  constructor(storage: TorchStorage, view: StridedView) {
    this.storage = storage;
    this.view = view;
  }
}

/** A pickle that is damaged, or asks for something that is not read. The message continues the file's name. */
export class PickleError extends Error {
  /** Whether more bytes might have helped. */
  readonly truncated: boolean;

  constructor(message: string, options: { truncated?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PickleError';
    this.truncated = options.truncated ?? false;
  }
}
