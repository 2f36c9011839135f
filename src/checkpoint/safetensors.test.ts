import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectBytes } from '../../test/support/collect-bytes.ts';
import { allocate, bytesPerElement, elementCount, Tensor, type DType } from '../tensor/tensor.ts';
import { BytesSource } from './byte-source.ts';
import { openCheckpoint } from './checkpoint.ts';
import { checkpointFromTensors } from './checkpoint-views.ts';
import { duplicateJsonKey, safetensorsDtypes } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/** A safetensors file with the given header text and bytes of data. */
function file(header: string, dataLength = 0): BytesSource {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return new BytesSource('weights.safetensors', bytes);
}

const entry = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';

describe('a safetensors file', () => {
  it('keeps keys that are special in JavaScript as ordinary keys', async () => {
    const checkpoint = await openCheckpoint(
      file(
        '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
          '"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}   ',
        2,
      ),
    );
    expect([...checkpoint.tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(checkpoint.metadata)).toEqual([['__proto__', 'x']]);
    expect((await checkpoint.read('__proto__')).shape).toEqual([1]);
    await expect(checkpoint.read('toString')).rejects.toThrow(RangeError);
  });

  it.each<[string, string, number, RegExp]>([
    ['a header that is cut off', `{"a":${entry}`, 8, /not JSON/],
    ['a header that is a list', '{}'.replace('{}', '{"a":[]}'), 0, /other than an object/],
    ['a duplicate key', `{"a":${entry},"a":${entry}}`, 8, /has "a" twice/],
    ['a duplicate key that is spelled differently', `{"a":${entry},"\\u0061":${entry}}`, 8, /has "a" twice/],
    ['a duplicate field', `{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, /"dtype" twice/],
    ['an unknown dtype', '{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}', 8, /"F8_E4M3".*not supported/],
    ['a negative size', '{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 8, /impossible shape/],
    ['a fraction', '{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}', 8, /impossible shape/],
    [
      'an overflowing shape',
      '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}',
      8,
      /impossible shape/,
    ],
    ['a shape that is text', '{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}', 8, /impossible shape/],
    ['no offsets', '{"a":{"dtype":"F32","shape":[2]}}', 8, /no valid data_offsets/],
    ['reversed offsets', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', 8, /impossible bytes 8 to 0/],
    ['a wrong length', '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8, /needs 12/],
    ['data beyond the end', `{"a":${entry}}`, 7, /is truncated/],
    ['bytes after the end', `{"a":${entry}}`, 9, /1 bytes after its last tensor/],
    ['a gap', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', 12, /4 unused bytes before tensor "a"/],
    [
      'an overlap',
      `{"a":${entry},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}`,
      8,
      /overlapping tensors, "a" and "b"/,
    ],
    ['metadata that is not text', '{"__metadata__":{"a":1}}', 0, /metadata "a" that is not a string/],
    ['a control character in a key', `{"a\\u001b[2J":${entry}}`, 8, /no control characters/],
    ['an empty key', `{"":${entry}}`, 8, /1 to 1024 characters/],
    ['a huge key', `{"${'k'.repeat(5000)}":${entry}}`, 8, /1 to 1024 characters/],
  ])('is refused with %s', async (_, header, dataLength, message) => {
    await expect(openCheckpoint(file(header, dataLength))).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(message) as string,
    });
    await expect(openCheckpoint(file(header, dataLength))).rejects.toThrow(/^weights\.safetensors .*\n\S/);
  });

  it('is refused when its header claims to be longer than the file or the format allows', async () => {
    const bytes = await file('{}').read(0, 10);
    for (const length of [3n, 2n ** 40n, 2n ** 63n]) {
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      await expect(openCheckpoint(new BytesSource('x', bytes))).rejects.toThrow(/claims a header of \d+ bytes/);
    }
  });
});

const dtypes = Object.keys(safetensorsDtypes) as DType[];
const arbitraryTensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 }), fc.nat(255))
  .map(([dtype, shape, seed]) => {
    const tensor = new Tensor(dtype, shape, allocate(dtype, elementCount(shape)));
    for (let i = 0; i < tensor.bytes.length; i++) tensor.bytes[i] = (seed + i * 7) & 255;
    return tensor;
  });
const arbitraryKey = fc
  .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
  .filter((key) => key !== '__metadata__' && !/\p{Cc}/u.test(key));

describe('writeSafetensors', () => {
  it('writes what the reader reads, aligned, in an order that does not depend on the input', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(arbitraryKey, arbitraryTensor), { maxLength: 8, selector: ([key]) => key }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        async (entries, metadata) => {
          const source = checkpointFromTensors('memory', new Map(entries));
          const bytes = await collectBytes((sink) => writeSafetensors(sink, source, { metadata }));
          const checkpoint = await openCheckpoint(new BytesSource('file', bytes));
          expect(checkpoint.metadata).toEqual(metadata);
          expect(checkpoint.tensors.size).toBe(entries.length);
          for (const [key, tensor] of entries) {
            const read = await checkpoint.read(key);
            expect([read.dtype, read.shape, [...read.bytes]]).toEqual([tensor.dtype, tensor.shape, [...tensor.bytes]]);
            expect((checkpoint.tensors.get(key)?.location?.offset ?? 0) % bytesPerElement[tensor.dtype]).toBe(0);
          }
          const offsets = Array.from(checkpoint.tensors.values(), ({ location }) => location?.offset ?? 0);
          if (offsets.length > 0) expect(Math.min(...offsets) % 64).toBe(0);

          const reversed = checkpointFromTensors('memory', new Map(entries.toReversed()));
          expect(await collectBytes((sink) => writeSafetensors(sink, reversed, { metadata }))).toEqual(bytes);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses a tensor that is not as announced', async () => {
    const source = {
      tensors: new Map([['a', { dtype: 'float32' as const, shape: [2] }]]),
      read: () => Promise.resolve(Tensor.float32([3])),
    };
    await expect(collectBytes((sink) => writeSafetensors(sink, source))).rejects.toThrow(
      'must be float32 [2] as announced (got float32 [3])',
    );
  });

  it('reports bytes, and stops when canceled', async () => {
    const tensors = new Map([0, 1, 2].map((i) => [`t${i}`, Tensor.float32([10])]));
    const source = checkpointFromTensors('memory', tensors);
    const reports: (number | undefined)[][] = [];
    const controller = new AbortController();
    await expect(
      collectBytes((sink) =>
        writeSafetensors(sink, source, {
          signal: controller.signal,
          onProgress({ done, total }) {
            reports.push([done, total]);
            if (done === 80) controller.abort();
          },
        }),
      ),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(reports).toEqual([
      [40, 120],
      [80, 120],
    ]);
  });
});

describe('duplicateJsonKey', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"x":[{"b":1},{"b":1,"c":2,"b":3}]}', 'b'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"q\\"":1,"q\\"":2}', 'q"'],
    ['{"a":"a","b":{"a":1}}', undefined],
    ['{"a":"\\\\","b":":"}', undefined],
    ['["a","a"]', undefined],
  ])('finds in %s: %s', (text, key) => {
    expect(duplicateJsonKey(text)).toBe(key);
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateJsonKey(JSON.stringify(JSON.parse(text)))).toBeUndefined();
      }),
    );
  });
});
