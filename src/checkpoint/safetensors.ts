// Reader of safetensors files: 8 bytes of header length, a JSON header, then the tensors' bytes without gaps.
// Format: https://huggingface.co/docs/safetensors/index#format
import { dataFromBytes, Tensor, type DType } from '../tensor/tensor.ts';
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { checkKey, corrupt } from './checkpoint-error.ts';
import { isRecord } from './json-values.ts';
import { byteLengthOf, type CheckpointContents, type StoredTensor } from './stored-tensor.ts';

/** The longest header, in bytes, that the format allows. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The format's name of each dtype. */
export const safetensorsDtypes: Readonly<Record<DType, string>> = {
  float64: 'F64',
  int64: 'I64',
  uint64: 'U64',
  float32: 'F32',
  int32: 'I32',
  uint32: 'U32',
  float16: 'F16',
  bfloat16: 'BF16',
  int16: 'I16',
  uint16: 'U16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

const dtypesByName: ReadonlyMap<string, DType> = new Map(
  (Object.keys(safetensorsDtypes) as DType[]).map((dtype) => [safetensorsDtypes[dtype], dtype]),
);

function parseHeader(name: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    throw corrupt(name, 'has a header that is not JSON in UTF-8');
  }
  if (!isRecord(header)) throw corrupt(name, 'has a header that is not a JSON object');
  const duplicate = duplicateJsonKey(text);
  if (duplicate !== undefined) throw corrupt(name, `has ${quoted(duplicate)} twice in its header`);
  return header;
}

function parseMetadata(name: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw corrupt(name, 'has a __metadata__ that is not an object');
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw corrupt(name, `has metadata ${quoted(key)} that is not a string`);
    return [key, text];
  });
  return Object.fromEntries(entries);
}

function parseTensor(name: string, key: string, entry: unknown, dataStart: number): StoredTensor {
  checkKey(name, key);
  const label = `tensor ${quoted(key)}`;
  if (!isRecord(entry)) throw corrupt(name, `describes ${label} with something other than an object`);
  const { dtype: dtypeName, shape, data_offsets: offsets } = entry;
  const dtype = typeof dtypeName === 'string' ? dtypesByName.get(dtypeName) : undefined;
  if (dtype === undefined) {
    throw corrupt(
      name,
      `stores ${label} as ${quoted(String(dtypeName))}, which is not supported`,
      `Convert it to one of ${Object.values(safetensorsDtypes).join(', ')}.`,
    );
  }
  const length = Array.isArray(shape) ? byteLengthOf(dtype, shape) : undefined;
  if (length === undefined) {
    throw corrupt(
      name,
      `gives ${label} the impossible shape ${quoted(Array.isArray(shape) ? shape.join(', ') : typeof shape)}`,
    );
  }
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) {
    throw corrupt(name, `gives ${label} no valid data_offsets`);
  }
  const first = begin as number;
  const last = end as number;
  if (first < 0 || last < first) {
    throw corrupt(name, `places ${label} at the impossible bytes ${first} to ${last} of its data`);
  }
  if (last - first !== length) {
    throw corrupt(
      name,
      `gives ${label} ${last - first} bytes, but ${dtype} [${(shape as number[]).join(', ')}] needs ${length}`,
    );
  }
  return { key, dtype, shape: shape as number[], location: { offset: dataStart + first, length } };
}

/** Throws unless the tensors cover the data from its first byte to its last, each byte once. */
function checkCoverage(name: string, tensors: Iterable<StoredTensor>, dataStart: number, size: number): void {
  let covered = dataStart;
  let previous = 'the header';
  const placed = [...tensors].flatMap(({ key, location }) => (location ? [{ key, ...location }] : []));
  placed.sort((a, b) => a.offset - b.offset || a.length - b.length);
  for (const { key, offset, length } of placed) {
    if (offset < covered) throw corrupt(name, `has overlapping tensors, ${previous} and ${quoted(key)}`);
    if (offset > covered) throw corrupt(name, `leaves ${offset - covered} unused bytes before tensor ${quoted(key)}`);
    covered = offset + length;
    previous = quoted(key);
  }
  if (covered > size) throw corrupt(name, `is truncated: it has ${size} bytes, but its tensors need ${covered}`);
  if (covered < size) throw corrupt(name, `has ${size - covered} bytes after its last tensor`);
}

/**
 * Reads the header of a safetensors file and checks all of it: lengths, types, shapes, ranges, gaps, overlaps, duplicates.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, naming what is wrong.
 */
export async function readSafetensors(source: ByteSource): Promise<CheckpointContents> {
  const { name, size } = source;
  if (size < 8) throw corrupt(name, `has ${size} bytes, too few for a safetensors header`);
  const prefix = await source.read(0, 8);
  const headerLength = new DataView(prefix.buffer).getBigUint64(0, true);
  if (headerLength > BigInt(size - 8) || headerLength > BigInt(MAX_HEADER_BYTES)) {
    throw corrupt(
      name,
      `claims a header of ${headerLength.toString()} bytes; the file has ${size} and the format allows ${MAX_HEADER_BYTES}`,
    );
  }
  const dataStart = 8 + Number(headerLength);
  const header = parseHeader(name, await source.read(8, Number(headerLength)));
  const metadata = parseMetadata(name, Object.hasOwn(header, '__metadata__') ? header.__metadata__ : undefined);
  const tensors = new Map<string, StoredTensor>();
  for (const [key, entry] of Object.entries(header)) {
    if (key !== '__metadata__') tensors.set(key, parseTensor(name, key, entry, dataStart));
  }
  checkCoverage(name, tensors.values(), dataStart, size);

  return {
    tensors,
    metadata,
    async readTensor(key) {
      const stored = tensors.get(key);
      if (!stored?.location) throw new RangeError(`${name} has no tensor ${quoted(key)}.`);
      const { offset, length } = stored.location;
      return new Tensor(stored.dtype, stored.shape, dataFromBytes(stored.dtype, await source.read(offset, length)));
    },
  };
}

/**
 * Returns the first key that occurs twice in one object of the text, or undefined. JSON.parse silently takes the last one.
 *
 * @param text - text that JSON.parse accepts.
 */
export function duplicateJsonKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = []; // one per open bracket; undefined for an array
  let string: string | undefined; // the last string, which is a key if a colon follows
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
      string = text.slice(start, at + 1);
    } else if (character === '{') objects.push(new Set());
    else if (character === '[') objects.push(undefined);
    else if (character === '}' || character === ']') objects.pop();
    else if (character === ':' && string !== undefined) {
      const key = JSON.parse(string) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
