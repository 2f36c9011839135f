import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectBytes } from '../../test/support/collect-bytes.ts';
import { allocate, elementCount, Tensor, type DType } from '../tensor/tensor.ts';
import { BytesSource } from './byte-source.ts';
import { openCheckpoint } from './checkpoint.ts';
import { checkpointFromTensors } from './checkpoint-views.ts';
import type { PlainValue } from './pickle-writer.ts';
import { writeTorchZip } from './torch-zip-writer.ts';
import { crc32 } from './zip-writer.ts';

const dtypes: DType[] = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
];
const arbitraryTensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(255))
  .map(([dtype, shape, seed]) => {
    const tensor = new Tensor(dtype, shape, allocate(dtype, elementCount(shape)));
    for (let i = 0; i < tensor.bytes.length; i++) tensor.bytes[i] = (seed + i * 7) & 255;
    return tensor;
  });

describe('writeTorchZip', () => {
  it('writes what the reader reads, each tensor aligned to 64 bytes', async () => {
    const key = fc.stringMatching(/^[a-z_]{1,8}(\.[a-z0-9]{1,5}){0,3}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, arbitraryTensor), { maxLength: 6, selector: ([name]) => name }),
        fc.constantFrom(undefined, 'state_dict', 'model_state_dict'),
        async (entries, wrapper) => {
          const source = checkpointFromTensors('memory', new Map(entries));
          const extra: Record<string, PlainValue> =
            wrapper === undefined ? {} : { global_step: 1000, dims: { n_mels: 80, scale: 0.5 } };
          const bytes = await collectBytes((sink) => writeTorchZip(sink, source, { wrapper, extra }));
          const checkpoint = await openCheckpoint(new BytesSource('out.pt', bytes));
          expect(checkpoint.format).toBe('torch-zip');
          expect(checkpoint.metadata).toEqual(extra);
          expect([...checkpoint.tensors.keys()]).toEqual(entries.map(([name]) => name));
          for (const [name, tensor] of entries) {
            const read = await checkpoint.read(name);
            expect([read.dtype, read.shape, [...read.bytes]]).toEqual([tensor.dtype, tensor.shape, [...tensor.bytes]]);
            expect((checkpoint.tensors.get(name)?.location?.offset ?? 1) % 64).toBe(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses what PyTorch has no plain storage for, and remarks without a place', async () => {
    const unsigned = new Tensor('uint16', [1], new Uint16Array(1));
    await expect(
      collectBytes((sink) => writeTorchZip(sink, checkpointFromTensors('m', new Map([['a', unsigned]])))),
    ).rejects.toThrow('Tensor "a" is uint16');
    await expect(
      collectBytes((sink) => writeTorchZip(sink, checkpointFromTensors('m', new Map()), { extra: { step: 1 } })),
    ).rejects.toThrow('options.wrapper must be given with options.extra.');
  });
});

describe('crc32', () => {
  it('has the published check value', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
    expect(crc32(new Uint8Array(5).fill(255))).toBe(0xd2fd1072);
  });
});
