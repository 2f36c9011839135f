// Reads the golden files under test/fixtures/golden: safetensors, as typed arrays by name, with their metadata.
import { readFileSync } from 'node:fs';
import { dataFromBytes, Tensor } from '../src/tensor/tensor.ts';
import type { DType } from '../src/tensor/tensor.ts';

const dtypes: Readonly<Partial<Record<string, DType>>> = { F32: 'float32', I32: 'int32', I64: 'int64', U8: 'uint8' };

interface Golden {
  metadata: Readonly<Record<string, string>>;
  /** Returns the tensor of that name; throws when there is none. */
  tensor: (name: string) => Tensor;
  /** Returns the numbers of the tensor of that name. */
  numbers: (name: string) => number[];
  names: string[];
}

/** Returns the URL of a file under test/fixtures/golden. */
export function goldenUrl(path: string): URL {
  return new URL(`fixtures/golden/${path}`, import.meta.url);
}

/** Reads one golden file by its path below test/fixtures/golden. */
export function readGolden(path: string): Golden {
  const bytes = readFileSync(goldenUrl(path));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Partial<
    Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
  >;
  const metadata = (header['__metadata__'] ?? {}) as unknown as Record<string, string>;
  const tensor = (name: string): Tensor => {
    const entry = header[name];
    const dtype = entry && dtypes[entry.dtype];
    if (!dtype) throw new Error(`${path} has no readable tensor ${name}.`);
    const [begin, end] = entry.data_offsets;
    const data = dataFromBytes(dtype, new Uint8Array(bytes.subarray(8 + headerLength + begin, 8 + headerLength + end)));
    return new Tensor(dtype, entry.shape, data);
  };
  return {
    metadata,
    tensor,
    numbers: (name) => Array.from(tensor(name).data, Number),
    names: Object.keys(header).filter((name) => name !== '__metadata__'),
  };
}
