// Writer of PyTorch zip files that torch.load and this library read: weights for use in Python.
// Layout: torch/serialization.py (_save) and caffe2/serialize/inline_container.h.
import type { DType } from '../tensor/tensor.ts';
import { OptionError } from '../util/assert.ts';
import { quoted } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';
import type { ByteSink } from './byte-sink.ts';
import { PickleWriter, type PlainValue } from './pickle-writer.ts';
import {
  planTensors,
  writeTensors,
  type PlannedTensor,
  type TensorSource,
  type WriteOptions,
} from './tensor-source.ts';
import { crc32, ZipWriter } from './zip-writer.ts';

// As PyTorch aligns its storages, so that they can be mapped.
const STORAGE_ALIGNMENT = 64;

const storageTypes: Readonly<Partial<Record<DType, string>>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** Options of {@link writeTorchZip}. */
export interface TorchZipOptions extends WriteOptions {
  /** The key that the tensors' dict has in the file, such as `state_dict`; by default the file is that dict itself. */
  wrapper?: string;
  /** Plain values before it: `{ global_step: 1000 }`. Needs a wrapper. */
  extra?: Readonly<Record<string, PlainValue>>;
  /** The folder within the archive, for which torch.save takes the file's base name; default `archive`. */
  folder?: string;
}

function encodePickle(planned: readonly PlannedTensor[], { wrapper, extra = {} }: TorchZipOptions): Uint8Array {
  const writer = new PickleWriter();
  const writeState = (): void => {
    const entries = planned.map((tensor, i) => [tensor.key, { tensor, storageKey: String(i) }] as const);
    writer.orderedDict(entries, ([key, { tensor, storageKey }]) => {
      const storageType = storageTypes[tensor.dtype];
      if (storageType === undefined) {
        throw new RangeError(`Tensor ${quoted(key)} is ${tensor.dtype}, which PyTorch has no storage for.`);
      }
      writer.tensor({ storageType, storageKey, shape: tensor.shape });
    });
  };
  if (wrapper === undefined) {
    if (Object.keys(extra).length > 0) throw new OptionError('wrapper', wording`be given with ${option('extra')}`);
    writeState();
  } else {
    const entries: [string, PlainValue | undefined][] = [...Object.entries(extra), [wrapper, undefined]];
    writer.dict(entries, ([, value]) => {
      if (value === undefined) writeState();
      else writer.value(value);
    });
  }
  return writer.finish();
}

/**
 * Writes a file as torch.save does: stored entries aligned to 64 bytes, every tensor with a storage of its own. At most one
 * tensor is in memory; files above 4 GiB get zip64 records.
 *
 * @throws RangeError for uint16, uint32 and uint64, which PyTorch stores differently.
 * @example
 * await writeTorchZipFile('unet.pt', checkpoint, { wrapper: 'state_dict', extra: { global_step: 1000 } });
 */
export async function writeTorchZip(
  sink: ByteSink,
  source: TensorSource,
  options: TorchZipOptions = {},
): Promise<void> {
  const folder = options.folder ?? 'archive';
  const planned = planTensors(source);
  const pickle = encodePickle(planned, options);
  const zip = new ZipWriter(sink, STORAGE_ALIGNMENT);
  const add = (path: string, bytes: Uint8Array): Promise<void> =>
    zip.add(`${folder}/${path}`, { size: bytes.length, crc: crc32(bytes), pieces: [bytes] });
  const addText = (path: string, text: string): Promise<void> => add(path, new TextEncoder().encode(text));

  await add('data.pkl', pickle);
  await addText('byteorder', 'little');
  let storageKey = 0;
  await writeTensors(source, planned, (bytes) => add(`data/${storageKey++}`, bytes), options);
  await addText('version', '3\n');
  await zip.finish();
}
