// Reader of what torch.save wrote before PyTorch 1.6: five pickles in a row, then the storages' bytes.
// Layout: torch/serialization.py (_legacy_save): magic number, protocol version, system information, object, storage
// keys; then for each key 8 bytes of element count and the elements.
import { bytesPerElement } from '../tensor/tensor.ts';
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { corrupt } from './checkpoint-error.ts';
import { MAX_PICKLE_BYTES, unpickle } from './pickle.ts';
import { PickleError, type PickleValue, type TorchStorage } from './pickle-values.ts';
import type { CheckpointContents } from './stored-tensor.ts';
import { torchGlobal, torchStorage } from './torch-globals.ts';
import { torchContents } from './torch-state.ts';
import { pickleRefused } from './torch-zip.ts';

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
const FIRST_WINDOW = 2 ** 20;

interface LegacyPickles {
  root: PickleValue;
  keys: PickleValue;
  storages: TorchStorage[];
  end: number;
}

function refuseIds(): PickleValue {
  throw new PickleError('has a header that refers to storages');
}

/** Runs the five pickles at the start of the file; throws a truncated PickleError when the bytes do not suffice. */
function readPickles(name: string, bytes: Uint8Array): LegacyPickles {
  const storages: TorchStorage[] = [];
  let offset = 0;
  function next(persistentLoad: (id: PickleValue) => PickleValue): PickleValue {
    const { value, end } = unpickle(bytes, { offset, resolve: torchGlobal, persistentLoad });
    offset = end;
    return value;
  }
  if (next(refuseIds) !== MAGIC_NUMBER) {
    throw corrupt(
      name,
      'is a Python pickle that was not written by torch.save',
      'Save the network with torch.save(network.state_dict(), path) or as safetensors.',
    );
  }
  const version = next(refuseIds);
  if (version !== PROTOCOL_VERSION) throw corrupt(name, 'was written by an unknown version of torch.save');
  const system = next(refuseIds);
  if (!(system instanceof Map) || system.get('little_endian') !== true) {
    throw corrupt(
      name,
      'stores its numbers in big-endian byte order; only little-endian files are supported',
      'Load it in PyTorch on a little-endian machine and save it again there.',
    );
  }
  const root = next((id) => {
    const storage = torchStorage(id);
    storages.push(storage);
    return storage;
  });
  const keys = next(refuseIds);
  return { root, keys, storages, end: offset };
}

/** Reads as much of the file's beginning as its pickles need. */
async function readAllPickles(source: ByteSource): Promise<LegacyPickles> {
  const { name, size } = source;
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const length = Math.min(window, size, MAX_PICKLE_BYTES);
    try {
      return readPickles(name, await source.read(0, length));
    } catch (error) {
      if (!(error instanceof PickleError)) throw error;
      if (!error.truncated || length === size) throw pickleRefused(name, error);
      if (length === MAX_PICKLE_BYTES) throw corrupt(name, 'begins with an implausibly long pickle');
    }
  }
}

/**
 * Reads a legacy PyTorch file: its pickles, and where each storage lies.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, naming what is wrong.
 */
export async function readTorchLegacy(source: ByteSource): Promise<CheckpointContents> {
  const { name, size } = source;
  const { root, keys, storages, end } = await readAllPickles(source);
  const byKey = new Map<string, TorchStorage>();
  for (const storage of storages) {
    const known = byKey.get(storage.key);
    if (known && (known.dtype !== storage.dtype || known.storedCount !== storage.storedCount)) {
      throw corrupt(name, `describes its storage ${quoted(storage.key)} in two ways`);
    }
    byKey.set(storage.key, storage);
  }
  if (!Array.isArray(keys)) throw corrupt(name, 'has no list of storages');

  const offsets = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? byKey.get(key) : undefined;
    if (!storage || offsets.has(storage.key)) throw corrupt(name, 'lists storages that none of its tensors has');
    if (at + 8 > size) throw corrupt(name, 'is truncated before its last storage');
    const count = new DataView((await source.read(at, 8)).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.storedCount)) {
      throw corrupt(
        name,
        `has a storage of ${count.toString()} elements instead of the declared ${storage.storedCount}`,
      );
    }
    offsets.set(storage.key, at + 8);
    at += 8 + storage.storedCount * bytesPerElement[storage.dtype];
    if (at > size) throw corrupt(name, `is truncated: it has ${size} bytes, but its storages need ${at}`);
  }
  const missing = [...byKey.keys()].find((key) => !offsets.has(key));
  if (missing !== undefined) throw corrupt(name, `lacks the storage ${quoted(missing)}`);
  return torchContents(source, root, ({ key }) => offsets.get(key) ?? Number.NaN);
}
