// Reader of what torch.save writes since PyTorch 1.6: a zip archive with data.pkl and one stored entry per storage. TorchScript archives
// are laid out alike; of these the tensors are read, and the code is not.
// Layout: torch/serialization.py (_save) and caffe2/serialize/inline_container.h.
import { bytesPerElement } from '../tensor/tensor.ts';
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { corrupt } from './checkpoint-error.ts';
import { MAX_PICKLE_BYTES, unpickle, type UnpickleOptions } from './pickle.ts';
import { PickleError, type PickleValue, type TorchStorage } from './pickle-values.ts';
import type { CheckpointContents } from './stored-tensor.ts';
import { scriptGlobal, torchGlobal, torchStorage } from './torch-globals.ts';
import { torchContents } from './torch-state.ts';
import { ZipArchive } from './zip.ts';

const PICKLE_NAME = 'data.pkl';
const LOCATED_AT_ONCE = 64;

/** Returns the folder within the archive that holds everything, with its slash. */
function rootFolder(name: string, archive: ZipArchive): string {
  const pickles = [...archive.entries.keys()].filter((path) => path === PICKLE_NAME || /^[^/]+\/data\.pkl$/.test(path));
  const path = pickles.at(0);
  if (path === undefined) {
    throw corrupt(
      name,
      'is a zip archive without the data.pkl that torch.save writes',
      'Choose the .pt file itself; if it is inside this archive, unpack it first.',
    );
  }
  if (pickles.length > 1) throw corrupt(name, 'contains more than one data.pkl');
  return path.slice(0, -PICKLE_NAME.length);
}

async function checkByteOrder(name: string, archive: ZipArchive, folder: string): Promise<void> {
  const byteorder = archive.entries.get(`${folder}byteorder`);
  if (!byteorder) return;
  const order = new TextDecoder().decode(await archive.read(byteorder, 64));
  if (order !== 'little') {
    throw corrupt(
      name,
      `stores its numbers in ${quoted(order)} byte order; only little-endian files are supported`,
      'Load it in PyTorch on a little-endian machine and save it again there.',
    );
  }
}

/** Refuses what the pickle machine refuses, with the file's name. */
function readPickle(name: string, bytes: Uint8Array, options: UnpickleOptions): PickleValue {
  try {
    return unpickle(bytes, options).value;
  } catch (error) {
    if (error instanceof PickleError) throw pickleRefused(name, error);
    throw error;
  }
}

/** Returns the error for a file whose pickle was refused. */
export function pickleRefused(name: string, error: PickleError): Error {
  return corrupt(
    name,
    error.message,
    'Use a file that contains only tensors: the published one, one saved with torch.save(network.state_dict(), path), or safetensors.',
  );
}

/**
 * Reads a PyTorch zip file: its directory, its pickle, and where each storage lies. Of a TorchScript archive, the tensors of its module are
 * those of the module's state dict; its code and its constants are not read.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, naming what is wrong.
 */
export async function readTorchZip(source: ByteSource): Promise<CheckpointContents> {
  const { name } = source;
  const archive = await ZipArchive.open(source);
  const folder = rootFolder(name, archive);
  await checkByteOrder(name, archive, folder);
  const pickleEntry = archive.entries.get(folder + PICKLE_NAME);
  if (!pickleEntry) throw corrupt(name, 'lost its data.pkl');

  const storages = new Map<string, TorchStorage>();
  const isScript = archive.entries.has(`${folder}constants.pkl`);
  const root = readPickle(name, await archive.read(pickleEntry, MAX_PICKLE_BYTES), {
    resolve: isScript ? scriptGlobal : torchGlobal,
    persistentLoad: (id) => {
      const storage = torchStorage(id);
      storages.set(`${storage.dtype} ${storage.storedCount} ${storage.key}`, storage);
      return storage;
    },
  });

  const offsets = new Map<string, number>();
  async function locate({ key, dtype, storedCount }: TorchStorage): Promise<void> {
    const entry = archive.entries.get(`${folder}data/${key}`);
    if (!entry) throw corrupt(name, `lacks the storage ${quoted(key)}`);
    const { offset, length } = await archive.locate(entry);
    const expected = storedCount * bytesPerElement[dtype];
    if (length !== expected) {
      throw corrupt(name, `has a storage ${quoted(key)} of ${length} bytes instead of the declared ${expected}`);
    }
    offsets.set(key, offset);
  }
  const wanted = [...storages.values()];
  while (wanted.length > 0) await Promise.all(wanted.splice(-LOCATED_AT_ONCE).map(locate));
  return torchContents(source, root, ({ key }) => offsets.get(key) ?? Number.NaN);
}
