// Checkpoint: named tensors in a file of any format, read one at a time.
import type { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { quoted } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { ByteSource } from './byte-source.ts';
import { readSafetensors } from './safetensors.ts';
import { sniffFormat, type FileFormat } from './sniff.ts';
import { byteLengthOf, MAX_TENSOR_BYTES, type CheckpointContents, type StoredTensor } from './stored-tensor.ts';
import { readTorchLegacy } from './torch-legacy.ts';
import { readTorchZip } from './torch-zip.ts';

export type { StoredTensor } from './stored-tensor.ts';

/** Named tensors, in a file or in memory. Disposing it closes the file. */
export interface Checkpoint extends AsyncDisposable {
  /** As the user named it. */
  readonly name: string;
  /** Absolute path when it is a file on disk. */
  readonly path: string | undefined;
  readonly format: FileFormat | 'memory';
  /** By key. Wrappers such as `state_dict` are stripped, nested dicts joined with dots. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** safetensors: the string metadata. PyTorch: the plain values next to the tensors (`global_step`, `dims`). */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Returns one tensor, contiguous.
   *
   * @throws RangeError when the key does not exist.
   * @throws LatentSyncError when the file cannot be read.
   */
  read(key: string): Promise<Tensor>;
}

const readers: Readonly<Record<FileFormat, (source: ByteSource) => Promise<CheckpointContents>>> = {
  safetensors: readSafetensors,
  'torch-zip': readTorchZip,
  'torch-legacy': readTorchLegacy,
};

/** A checkpoint over an open file. */
class StoredCheckpoint implements Checkpoint {
  readonly name: string;
  readonly path: string | undefined;
  readonly format: FileFormat;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly #source: ByteSource;
  readonly #contents: CheckpointContents;

  constructor(source: ByteSource, format: FileFormat, contents: CheckpointContents) {
    this.name = source.name;
    this.path = source.path;
    this.format = format;
    this.tensors = contents.tensors;
    this.metadata = contents.metadata;
    this.#source = source;
    this.#contents = contents;
  }

  async read(key: string): Promise<Tensor> {
    const stored = this.tensors.get(key);
    if (!stored) throw new RangeError(`${this.name} has no tensor ${quoted(key)}.`);
    const length = byteLengthOf(stored.dtype, stored.shape) ?? Infinity;
    if (length > MAX_TENSOR_BYTES) {
      throw new LatentSyncError(
        'insufficient-memory',
        wording`Tensor ${quoted(key)} in ${this.name} has ${length} bytes; an array in memory can have at most ${MAX_TENSOR_BYTES}.`,
        { remedy: 'Split the tensor before saving it.' },
      );
    }
    return this.#contents.readTensor(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.close();
  }
}

/**
 * Opens a checkpoint: safetensors, or a PyTorch file in either of its formats, distinguished by their bytes. Only headers are
 * read. Nothing in the file is executed. The source belongs to the checkpoint from here on and is closed with it, or
 * immediately if opening fails.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, naming the file, what is wrong with it, and the remedy.
 * @example
 * await using checkpoint = await openCheckpoint(new BlobSource(file));
 * const weight = await checkpoint.read('conv_in.weight');
 */
export async function openCheckpoint(source: ByteSource): Promise<Checkpoint> {
  try {
    const format = await sniffFormat(source);
    return new StoredCheckpoint(source, format, await readers[format](source));
  } catch (error) {
    await source.close();
    throw error;
  }
}
