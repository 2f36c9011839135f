import { describe, expect, it } from 'vitest';
import { unpickle } from './pickle.ts';
import { PickleError, PickleTuple, type PickleValue, type ScriptObject } from './pickle-values.ts';
import { PickleWriter, type PlainValue } from './pickle-writer.ts';
import { scriptGlobal, torchGlobal, torchStorage } from './torch-globals.ts';

/** Assembles a pickle from opcodes (numbers) and ASCII texts. */
function pickle(...parts: (number | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])),
  );
}

function load(bytes: Uint8Array): PickleValue {
  return unpickle(bytes, { resolve: torchGlobal, persistentLoad: torchStorage }).value;
}

const MARK = '(';
const STOP = '.';

describe('unpickle', () => {
  it.each<[string, (number | string)[], PickleValue]>([
    ['None', ['N.'], null],
    ['a duplicated None', ['N', '2', 0x86, STOP], new PickleTuple([null, null])],
    ['bools', [0x88, 0x89, 0x86, STOP], new PickleTuple([true, false])],
    ['small integers', ['K', 255, 'M', 1, 2, 0x86, STOP], new PickleTuple([255, 513])],
    ['a negative integer', ['J', 0xfe, 0xff, 0xff, 0xff, STOP], -2],
    ['a long that fits a number', [0x8a, 2, 0, 0x80, STOP], -32768],
    ['an empty long', [0x8a, 0, STOP], 0],
    ['a long that does not fit', [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40, STOP], 2n ** 62n],
    ['an integer and a bool in digits', ['I-12\nI01\n', 0x86, STOP], new PickleTuple([-12, true])],
    ['a long in digits', ['L123456789012345678901L\n.'], 123456789012345678901n],
    ['a float', ['G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, STOP], 1.5],
    ['text', ['X', 2, 0, 0, 0, 0xc3, 0xa9, STOP], 'é'],
    ['short and long text', [0x8c, 1, 'a', 0x8d, 1, 0, 0, 0, 0, 0, 0, 0, 'b', 0x86, STOP], new PickleTuple(['a', 'b'])],
    ['text that begins with a byte order mark', [0x8c, 3, 0xef, 0xbb, 0xbf, STOP], '\ufeff'],
    ['text of Python 2', ['U', 1, 'a', 'T', 1, 0, 0, 0, 'b', 0x86, STOP], new PickleTuple(['a', 'b'])],
    ['bytes of Python 2', ['U', 1, 0xff, STOP], Uint8Array.of(255)],
    ['bytes', ['C', 1, 7, 'B', 1, 0, 0, 0, 8, 0x86, STOP], new PickleTuple([Uint8Array.of(7), Uint8Array.of(8)])],
    ['a list in parts', [']K', 1, 'a', MARK, 'K', 2, 'K', 3, 'e.'], [1, 2, 3]],
    ['a list and a dict from marks', [MARK, 'K', 1, 'l', MARK, 'K', 1, 'K', 2, 'd', 0x86, STOP], new PickleTuple([[1], new Map([[1, 2]])])], // prettier-ignore
    ['tuples', [')K', 1, 0x85, MARK, 't', 0x87, STOP], new PickleTuple([new PickleTuple([]), new PickleTuple([1]), new PickleTuple([])])], // prettier-ignore
    ['dicts', ['}K', 1, 'Ns', MARK, 'K', 2, 'N', 'u.'], new Map<PickleValue, PickleValue>([[1, null], [2, null]])], // prettier-ignore
    ['sets', [0x8f, MARK, 'K', 1, 0x90, MARK, 'K', 2, 0x91, 0x86, STOP], new PickleTuple([new Set([1]), new Set([2])])],
    ['memo', [']q', 7, '0h', 7, 'r', 1, 0, 0, 0, '0j', 1, 0, 0, 0, STOP], []],
    ['memo by order, and frames', [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 'K', 9, 0x94, '0h', 0, STOP], 9],
    ['dropped values and marks', ['K', 1, MARK, '0K', 2, '0', MARK, 'N1.'], 1],
    ['a name on the stack', [0x8c, 5, 'torch', 0x8c, 4, 'Size', 0x93, ')', 0x85, 'R.'], new PickleTuple([])],
    ['an OrderedDict with attributes', ['ccollections\nOrderedDict\n)R}b.'], new Map()],
    ['bytes of protocol 2', ['c_codecs\nencode\nX', 2, 0, 0, 0, 0xc3, 0xbf, 'X', 6, 0, 0, 0, 'latin1', 0x86, 'R.'], Uint8Array.of(255)], // prettier-ignore
  ])('reads %s', (_, parts, expected) => {
    expect(load(pickle(...parts))).toEqual(expected);
  });

  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['__builtin__', 'apply'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['torch._utils', '_rebuild_wrapper_subclass'],
    ['collections', 'OrderedDict.__init__'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['', 'constructor'],
    ['__proto__', 'toString'],
  ])('refuses %s.%s by name, called or not, however it is written', (module, name) => {
    const message = `asks for the Python object "${module}.${name}", which is neither a tensor nor`;
    const texts = [0x8c, module.length, module, 0x8c, name.length, name];
    for (const parts of [
      [`c${module}\n${name}\n.`],
      [`c${module}\n${name}\n)R.`],
      [`(i${module}\n${name}\n.`],
      [...texts, 0x93, STOP],
      [`(c${module}\n${name}\no.`],
    ]) {
      expect(() => load(pickle(...parts))).toThrow(message);
    }
  });

  it.each<[string, (number | string)[], RegExp]>([
    ['an empty stack', ['.'], /takes more values than it has/],
    ['a pop below a mark', ['K', 1, MARK, 0x85, STOP], /takes more values than it has/],
    ['a close without a mark', ['t.'], /closes what it never opened/],
    ['leftover values', ['NN.'], /leftover/],
    ['an open mark', [MARK, 'N.'], /takes more|leftover/],
    ['an unknown memo', ['h', 3, STOP], /never stored/],
    ['an unknown opcode', [0xff, STOP], /unknown instruction 0xff/],
    ['an extension code', [0x82, 1, STOP], /unknown instruction 0x82/],
    ['an out-of-band buffer', [0x97, STOP], /unknown instruction 0x97/],
    ['a future protocol', [0x80, 6, 'N.'], /protocol above 5/],
    ['items of a list', [']NNs.'], /not a dict/],
    ['an odd dict', [MARK, 'Nd.'], /not a dict/],
    ['appending to a dict', ['}Na.'], /not a list/],
    ['adding to a list', [']', MARK, 'N', 0x90, STOP], /not a set/],
    ['attributes of a list', [']}b.'], /not a state dict/],
    ['calling text', [0x8c, 1, 'a', ')R.'], /not a function/],
    ['calling without a tuple', ['ctorch\nSize\n]R.'], /not a function/],
    ['a persistent id that is not a storage', ['NQ.'], /not a storage/],
    ['a name that is not text', ['K', 1, 'K', 2, 0x93, STOP], /something other than a string/],
    ['bad UTF-8', [0x8c, 1, 0xff, STOP], /not UTF-8/],
    ['digits that are none', ['I0x10\n.'], /not a number/],
    ['a long of a megabyte', [0x8b, 0, 0, 0x10, 0, STOP], /too long/],
    ['an impossible length', [0x8e, 255, 255, 255, 255, 255, 255, 255, 255, STOP], /impossible length/],
    ['another encoding', ['c_codecs\nencode\nNN', 0x86, 'R.'], /Latin-1/],
  ])('refuses %s', (_, parts, message) => {
    expect(() => load(pickle(...parts))).toThrow(PickleError);
    expect(() => load(pickle(...parts))).toThrow(message);
  });

  it('tells a pickle that is cut off from one that is wrong', () => {
    const whole = new PickleWriter().value({ text: 'abc', list: [1, 2 ** 40, 1.5] }).finish();
    for (let length = 0; length < whole.length; length++) {
      expect(() => load(whole.subarray(0, length))).toThrow(expect.objectContaining({ truncated: true }));
    }
    expect(() => load(pickle('X', 255, 255, 255, 255, 'a'))).toThrow(expect.objectContaining({ truncated: true }));
  });

  it('stops pickles that multiply work: deep marks, wide stacks, and copies of copies', () => {
    expect(() => load(new Uint8Array(2000).fill(0x28))).toThrow(/nested too deeply/);
    expect(() => load(new Uint8Array(2 ** 20 + 1).fill(0x4e))).toThrow(/too many values/);
    // A list of 100 000 items, of which a set is made again and again.
    const list = [']q', 0, MARK, 'N'.repeat(100_000), 'e'];
    const copies = Array.from({ length: 50 }, () => ['cbuiltins\nset\nh', 0, 0x85, 'R0']).flat();
    expect(() => load(pickle(...list, ...copies, STOP))).toThrow(/too much work/);
  });
});

describe('objects of a script', () => {
  const loadScript = (...parts: (number | string)[]): PickleValue =>
    unpickle(pickle(...parts), { resolve: scriptGlobal, persistentLoad: torchStorage }).value;
  const made = 'c__torch__.a.___torch_mangle_0\nB\n)';

  it('are bags of attributes, and typed lists are lists', () => {
    const list = ['ctorch.jit._pickle\nbuild_intlist\n]', MARK, 'K', 1, 'K', 2, 'e', 0x85, 'R'];
    const object = loadScript(made, 0x81, '}', MARK, 0x8c, 1, 'x', ...list, 0x8c, 1, 'y', 'N', 'ub.') as ScriptObject;
    expect(object.className).toBe('__torch__.a.___torch_mangle_0.B');
    expect(object.attributes).toEqual(new Map<string, PickleValue>([['x', [1, 2]], ['y', null]])); // prettier-ignore
  });

  it.each<[string, (number | string)[], RegExp]>([
    ['arguments', ['c__torch__.a\nB\nN', 0x85, 0x81, STOP], /not a function/],
    [
      'a state that is not attributes',
      [made, 0x81, ')b.'],
      /class "__torch__\.a\.___torch_mangle_0\.B" that is not made of/,
    ],
    ['attributes without names', [made, 0x81, '}K', 1, 'Nsb.'], /name is not a string/],
    ['a class of their own as a function', ['c__torch__.a\nB\n}b.'], /not a state dict/],
    ['another name', ['cos\nsystem\n.'], /asks for the Python object "os\.system"/],
    ['a name that only begins so', ['c__torch__\nos.system()\n.'], /asks for the Python object/],
    ['a function of that module', ['ctorch.jit._pickle\nbuild_tensor_from_id\n.'], /asks for the Python object/],
  ])('are refused with %s', (_, parts, message) => {
    expect(() => loadScript(...parts)).toThrow(PickleError);
    expect(() => loadScript(...parts)).toThrow(message);
  });
});

describe('tensors in a pickle', () => {
  function tensorPickle(shape: number[], strides: number[], offset = 0, count = 10): Uint8Array {
    const numbers = (values: number[]): (number | string)[] => [
      MARK,
      ...values.flatMap((value) => ['J', value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255]),
      't',
    ];
    const int = (value: number): (number | string)[] => numbers([value]).slice(1, -1);
    return pickle(
      ...['ctorch._utils\n_rebuild_tensor_v2\n', MARK, MARK, 'X', 7, 0, 0, 0, 'storagectorch\nFloatStorage\n'],
      ...['X', 1, 0, 0, 0, '0N', ...int(count), 'tQ', ...int(offset), ...numbers(shape), ...numbers(strides)],
      ...[0x89, 'NtR.'],
    );
  }

  it('are views of a storage', () => {
    expect(load(tensorPickle([2, 3], [4, 1], 3))).toMatchObject({
      storage: { key: '0', dtype: 'float32', count: 10 },
      view: { dtype: 'float32', shape: [2, 3], strides: [4, 1], offset: 3 },
    });
  });

  it.each<[string, number[], number[], number, RegExp]>([
    ['reach outside', [2, 3], [4, 1], 4, /reaches outside/],
    ['begin outside', [1], [1], 10, /reaches outside/],
    ['begin outside, though empty', [0], [1], 11, /reaches outside/],
    ['begin before', [1], [1], -1, /offset/],
    ['have a negative size', [-1], [1], 0, /not tuples of sizes/],
    ['have a negative stride', [2], [-1], 5, /not tuples of sizes/],
    ['lack a stride', [2, 2], [1], 0, /impossible/],
    ['are expanded beyond reason', [1000, 1000, 1000], [0, 0, 0], 0, /over a storage of only 10/],
    ['have too many dimensions', Array<number>(65).fill(1), Array<number>(65).fill(1), 0, /impossible/],
    ['have too many elements', Array<number>(3).fill(2 ** 30), [0, 0, 0], 0, /impossible/],
  ])('are refused when they %s', (_, shape, strides, offset, message) => {
    expect(() => load(tensorPickle(shape, strides, offset))).toThrow(message);
  });
});

describe('PickleWriter', () => {
  it.each<PlainValue>([
    null,
    true,
    0,
    -1,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    Number.MAX_SAFE_INTEGER,
    -(2 ** 31) - 1,
    -(2 ** 39),
    2n ** 100n,
    -(2n ** 63n),
    1.5,
    -0.1,
    'ünï \u{1f600}',
    [1, [2, 'x'], null],
  ])('writes %o as it is read', (value) => {
    expect(load(new PickleWriter().value(value).finish())).toEqual(value);
  });

  it('writes objects as dicts', () => {
    expect(load(new PickleWriter().value({ a: 1, b: { c: [] } }).finish())).toEqual(
      new Map<PickleValue, PickleValue>([
        ['a', 1],
        ['b', new Map([['c', []]])],
      ]),
    );
  });
});
