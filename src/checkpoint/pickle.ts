// Unpickler for data only: runs the stack machine of Python's pickle, executes no code, and rejects every unknown name.
// Opcodes: Python's Lib/pickletools.py, protocols 2 to 5 and what Python 2 writes under protocol 2.
import { quoted } from '../util/printable.ts';
import { PickleCursor } from './pickle-cursor.ts';
import {
  PickleError,
  PickleFunction,
  PickleTuple,
  ScriptClass,
  ScriptObject,
  type PickleValue,
} from './pickle-values.ts';

/** How names and outside objects are resolved, and where to begin. */
export interface UnpickleOptions {
  /** First byte of the pickle; default 0. */
  offset?: number;
  /** Returns what a Python name such as `collections.OrderedDict` stands for, or undefined to refuse the pickle. */
  resolve: (name: string) => PickleValue | undefined;
  /** Returns what a persistent id stands for. */
  persistentLoad: (id: PickleValue) => PickleValue;
}

/** The most bytes that a pickle may have. */
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;

const MAX_STACK = 2 ** 20;
const MAX_MARKS = 1000;
// Opcodes, plus the elements of newly built containers: bounds time and memory.
const MAX_WORK = 2 ** 22;

function sizeOf(value: PickleValue): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof PickleTuple) return value.items.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return 1;
}

class Machine {
  readonly #cursor: PickleCursor;
  readonly #options: UnpickleOptions;
  readonly #memo = new Map<number, PickleValue>();
  readonly #marks: number[] = [];
  readonly #stack: PickleValue[] = [];
  #work = 0;

  constructor(bytes: Uint8Array, options: UnpickleOptions) {
    this.#cursor = new PickleCursor(bytes, options.offset ?? 0);
    this.#options = options;
  }

  run(): { value: PickleValue; end: number } {
    for (let opcode = this.#cursor.u8(); opcode !== 0x2e; opcode = this.#cursor.u8()) {
      this.#spend(1);
      const value = this.#literal(opcode) ?? this.#container(opcode) ?? this.#object(opcode);
      if (value !== undefined) this.#stack.push(value);
      else if (opcode === 0x4e)
        this.#stack.push(null); // NONE
      else this.#act(opcode);
      if (this.#stack.length > MAX_STACK) throw new PickleError('has a pickle with too many values at once');
    }
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw new PickleError('has a pickle with leftover values');
    return { value, end: this.#cursor.at };
  }

  #spend(units: number): void {
    this.#work += units;
    if (this.#work > MAX_WORK) throw new PickleError('has a pickle that asks for too much work');
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || this.#stack.length < (this.#marks.at(-1) ?? 0)) {
      throw new PickleError('has a pickle that takes more values than it has');
    }
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleError('has a pickle that closes what it never opened');
    return this.#stack.splice(mark);
  }

  #popTuple(length: number): PickleTuple {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(this.#pop());
    return new PickleTuple(items);
  }

  /** Numbers, texts and bytes. */
  #literal(opcode: number): PickleValue | undefined {
    const cursor = this.#cursor;
    switch (opcode) {
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x4b: // BININT1
        return cursor.u8();
      case 0x4d: // BININT2
        return cursor.u16();
      case 0x4a: // BININT
        return cursor.i32();
      case 0x49: // INT
      case 0x4c: // LONG
        return cursor.decimal();
      case 0x8a: // LONG1
        return cursor.integer(cursor.u8());
      case 0x8b: // LONG4
        return cursor.integer(cursor.u32());
      case 0x47: // BINFLOAT
        return cursor.float64();
      case 0x8c: // SHORT_BINUNICODE
        return cursor.text(cursor.u8());
      case 0x58: // BINUNICODE
        return cursor.text(cursor.u32());
      case 0x8d: // BINUNICODE8
        return cursor.text(cursor.u64());
      case 0x55: // SHORT_BINSTRING
        return cursor.python2String(cursor.u8());
      case 0x54: // BINSTRING
        return cursor.python2String(cursor.u32());
      case 0x43: // SHORT_BINBYTES
        return cursor.bytes(cursor.u8());
      case 0x42: // BINBYTES
        return cursor.bytes(cursor.u32());
      case 0x8e: // BINBYTES8
        return cursor.bytes(cursor.u64());
      default:
        return undefined;
    }
  }

  /** New lists, tuples, dicts and sets. */
  #container(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case 0x5d: // EMPTY_LIST
        return [];
      case 0x6c: // LIST
        return this.#popMark();
      case 0x29: // EMPTY_TUPLE
        return new PickleTuple([]);
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#popTuple(opcode - 0x84);
      case 0x74: // TUPLE
        return new PickleTuple(this.#popMark());
      case 0x7d: // EMPTY_DICT
        return new Map();
      case 0x64: // DICT
        return this.#fill(new Map(), this.#popMark());
      case 0x8f: // EMPTY_SET
        return new Set();
      case 0x91: // FROZENSET
        return new Set(this.#popMark());
      default:
        return undefined;
    }
  }

  /** What names, calls, ids and earlier values stand for. */
  #object(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case 0x32: // DUP
        return this.#top();
      case 0x63: // GLOBAL
        return this.#global(this.#cursor.line(), this.#cursor.line());
      case 0x69: // INST
        this.#global(this.#cursor.line(), this.#cursor.line());
        throw new PickleError('has a pickle that makes objects in a way that tensors do not need');
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popTuple(2).items;
        return this.#global(module, name);
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        return this.#call();
      case 0x51: // BINPERSID
        return this.#options.persistentLoad(this.#pop());
      default:
        return undefined;
    }
  }

  #global(module: PickleValue, name: PickleValue): PickleValue {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw new PickleError('has a pickle that names a Python object with something other than a string');
    }
    const path = `${module}.${name}`;
    const value = this.#options.resolve(path);
    if (value === undefined) {
      throw new PickleError(
        `asks for the Python object ${quoted(path)}, which is neither a tensor nor a plain container; ` +
          'it was refused, and nothing was executed',
      );
    }
    return value;
  }

  #call(): PickleValue {
    const args = this.#pop();
    const callee = this.#pop();
    if (callee instanceof ScriptClass && args instanceof PickleTuple && args.items.length === 0) {
      return new ScriptObject(callee.name);
    }
    if (!(callee instanceof PickleFunction) || !(args instanceof PickleTuple)) {
      throw new PickleError('has a pickle that calls something that is not a function');
    }
    for (const arg of args.items) this.#spend(sizeOf(arg));
    return callee.call(args.items);
  }

  #fill(dict: PickleValue, items: readonly PickleValue[]): Map<PickleValue, PickleValue> {
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw new PickleError('has a pickle that sets items of something that is not a dict');
    }
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
    return dict;
  }

  /** A state dict's attributes (`_metadata`) are dropped; apart from objects of scripts, nothing else may have any. */
  #build(target: PickleValue, state: PickleValue): void {
    if (target instanceof Map) return;
    if (!(target instanceof ScriptObject)) {
      throw new PickleError('has a pickle that sets attributes of something that is not a state dict');
    }
    if (!(state instanceof Map)) {
      throw new PickleError(`has an object of the class ${quoted(target.className)} that is not made of attributes`);
    }
    this.#spend(state.size);
    for (const [name, value] of state) {
      if (typeof name !== 'string') throw new PickleError('has an attribute whose name is not a string');
      target.attributes.set(name, value);
    }
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw new PickleError('has a pickle that appends to something that is not a list');
    for (const item of items) list.push(item);
  }

  #memoize(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleError('has a pickle that refers to what it never stored');
    this.#stack.push(value);
  }

  #act(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case 0x80: // PROTO
        if (cursor.u8() > 5) throw new PickleError('uses a pickle protocol above 5');
        break;
      case 0x95: // FRAME: only says how much to read ahead
        cursor.skip(8);
        break;
      case 0x28: // MARK
        if (this.#marks.length >= MAX_MARKS) throw new PickleError('has a pickle that is nested too deeply');
        this.#marks.push(this.#stack.length);
        break;
      case 0x30: // POP, which also takes a mark
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        break;
      case 0x31: // POP_MARK
        this.#popMark();
        break;
      case 0x61: // APPEND
        this.#append([this.#pop()]);
        break;
      case 0x65: // APPENDS
        this.#append(this.#popMark());
        break;
      case 0x73: {
        // SETITEM
        const { items } = this.#popTuple(2);
        this.#fill(this.#top(), items);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = this.#popMark();
        this.#fill(this.#top(), items);
        break;
      }
      case 0x90: {
        // ADDITEMS
        const items = this.#popMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw new PickleError('has a pickle that adds to something that is not a set');
        for (const item of items) set.add(item);
        break;
      }
      case 0x71: // BINPUT
        this.#memoize(cursor.u8());
        break;
      case 0x72: // LONG_BINPUT
        this.#memoize(cursor.u32());
        break;
      case 0x94: // MEMOIZE
        this.#memoize(this.#memo.size);
        break;
      case 0x68: // BINGET
        this.#recall(cursor.u8());
        break;
      case 0x6a: // LONG_BINGET
        this.#recall(cursor.u32());
        break;
      case 0x62: {
        // BUILD
        const state = this.#pop();
        this.#build(this.#top(), state);
        break;
      }
      default:
        throw new PickleError(`has a pickle with the unknown instruction 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }
}

/**
 * Returns the value of a pickle and where it ends. Executes nothing: names are looked up with `resolve` only.
 *
 * @throws PickleError when the pickle is damaged, asks for an unknown name, or asks for too much.
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): { value: PickleValue; end: number } {
  return new Machine(bytes, options).run();
}
