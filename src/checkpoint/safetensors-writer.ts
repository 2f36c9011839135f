// Writer of safetensors files: the header first, then one tensor after the other, so that size does not matter.
// Format: https://huggingface.co/docs/safetensors/index#format
import { bytesPerElement } from '../tensor/tensor.ts';
import type { ByteSink } from './byte-sink.ts';
import { MAX_HEADER_BYTES, safetensorsDtypes } from './safetensors.ts';
import {
  planTensors,
  writeTensors,
  type PlannedTensor,
  type TensorSource,
  type WriteOptions,
} from './tensor-source.ts';

// The data begins at a multiple of this, so that ONNX Runtime can map it.
const DATA_ALIGNMENT = 64;

/** Options of {@link writeSafetensors}. */
export interface SafetensorsOptions extends WriteOptions {
  /** Strings kept under `__metadata__`. */
  metadata?: Readonly<Record<string, string>>;
}

function byWidthThenKey(a: PlannedTensor, b: PlannedTensor): number {
  return bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || (a.key < b.key ? -1 : 1);
}

function encodeHeader(planned: readonly PlannedTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push(['__metadata__', metadata]);
  let offset = 0;
  for (const { key, dtype, shape, length } of planned) {
    entries.push([key, { dtype: safetensorsDtypes[dtype], shape, data_offsets: [offset, offset + length] }]);
    offset += length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil((8 + json.length) / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  if (length - 8 > MAX_HEADER_BYTES) {
    throw new RangeError(`The header must have at most ${MAX_HEADER_BYTES} bytes (got ${json.length}).`);
  }
  const header = new Uint8Array(length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length - 8), true);
  header.set(json, 8);
  return header;
}

/**
 * Writes a safetensors file. Tensors are ordered by element width, then key, so that each is aligned to its elements;
 * the same tensors always give the same bytes. At most one tensor is in memory.
 *
 * @example
 * await writeSafetensorsFile('weights.safetensors', checkpoint, { metadata: { format: 'pt' } });
 */
export async function writeSafetensors(
  sink: ByteSink,
  source: TensorSource,
  options: SafetensorsOptions = {},
): Promise<void> {
  const planned = planTensors(source).sort(byWidthThenKey);
  if (source.tensors.has('__metadata__')) throw new RangeError('A tensor must not be named __metadata__.');
  await sink.write(encodeHeader(planned, options.metadata ?? {}));
  await writeTensors(source, planned, (bytes) => sink.write(bytes), options);
}
