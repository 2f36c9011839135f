// Tells what kind of file a checkpoint is from its first bytes, and says what it is instead if it is not one.
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { corrupt } from './checkpoint-error.ts';

/** The formats that can be read. */
export type FileFormat = 'safetensors' | 'torch-zip' | 'torch-legacy';

const SNIFFED_BYTES = 512;
const USE_A_CHECKPOINT = 'Choose a .safetensors file, or a .pt, .pth, .bin or .ckpt file written by torch.save.';

const otherFormats: readonly { at?: number; magic: string; what: string; remedy?: string }[] = [
  { magic: '\x1f\x8b', what: 'is compressed with gzip', remedy: 'Unpack it first.' },
  { magic: 'BZh', what: 'is compressed with bzip2', remedy: 'Unpack it first.' },
  { magic: '\xfd7zXZ', what: 'is compressed with xz', remedy: 'Unpack it first.' },
  { magic: '\x28\xb5\x2f\xfd', what: 'is compressed with zstd', remedy: 'Unpack it first.' },
  { magic: 'GGUF', what: 'is a GGUF model' },
  { magic: '\x89HDF', what: 'is an HDF5 file' },
  { magic: '\x93NUMPY', what: 'is a NumPy array' },
  { at: 4, magic: 'TFL3', what: 'is a TensorFlow Lite model' },
  {
    at: 257,
    magic: 'ustar',
    what: 'is a tar archive, or was saved by a PyTorch older than 0.2',
    remedy: 'Unpack it, or load it in PyTorch and save it again.',
  },
];

function hasMagic(bytes: Uint8Array, magic: string, at = 0): boolean {
  return Array.from(magic).every((character, i) => bytes[at + i] === character.charCodeAt(0));
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}

function textProblem(name: string, text: string): Error {
  if (text.startsWith('version https://git-lfs')) {
    const size = /^size (\d{1,15})$/m.exec(text)?.[1];
    return corrupt(
      name,
      `is a Git LFS pointer, not the file itself${size === undefined ? '' : ` (which has ${size} bytes)`}`,
      'Run "git lfs pull" in its folder, or download the file itself.',
    );
  }
  if (/^\s*<(!doctype|html|\?xml|error)/i.test(text)) {
    return corrupt(
      name,
      'is a web page, not a checkpoint: the server sent an error page instead of the file',
      'Download it again. If the site requires a login or a token, sign in first.',
    );
  }
  if (/^\s*\{/.test(text)) {
    const what = text.includes('"weight_map"') ? 'an index of several checkpoint files' : 'a JSON file';
    return corrupt(name, `is ${what}, not a checkpoint`, USE_A_CHECKPOINT);
  }
  return corrupt(
    name,
    `is a text file, not a checkpoint: it begins with ${quoted(text.slice(0, 60))}`,
    USE_A_CHECKPOINT,
  );
}

/** ModelProto begins with field 1, ir_version (a small varint), then a field of text or the graph. */
function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 0x08 && bytes[1] >= 1 && bytes[1] < 32 && [0x12, 0x1a, 0x3a, 0x42].includes(bytes[2]);
}

/**
 * Returns the format of a checkpoint.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, saying what the file is instead.
 */
export async function sniffFormat(source: ByteSource): Promise<FileFormat> {
  const { name, size } = source;
  if (size === 0) throw corrupt(name, 'is empty');
  const bytes = await source.read(0, Math.min(size, SNIFFED_BYTES));
  if (hasMagic(bytes, 'PK\x03\x04') || hasMagic(bytes, 'PK\x05\x06')) return 'torch-zip';
  if (bytes[0] === 0x80 && bytes[1] >= 1 && bytes[1] <= 5) return 'torch-legacy';
  // A safetensors file begins with the length of its JSON header; of a sensible one the upper bytes are not text.
  if (size >= 8 && bytes[8] === 0x7b && !isText(bytes.subarray(0, 8))) return 'safetensors';
  if (isText(bytes)) throw textProblem(name, new TextDecoder().decode(bytes));
  if (isOnnx(bytes)) {
    throw corrupt(name, 'is an ONNX model, not a checkpoint of tensors', USE_A_CHECKPOINT);
  }
  for (const { at, magic, what, remedy } of otherFormats) {
    if (hasMagic(bytes, magic, at)) throw corrupt(name, `${what}, not a checkpoint`, remedy ?? USE_A_CHECKPOINT);
  }
  if (bytes.every((byte) => byte === 0)) throw corrupt(name, 'begins with only zeros: its download was not completed');
  const shown = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw corrupt(name, `is not a checkpoint: it begins with the bytes ${shown}`, USE_A_CHECKPOINT);
}
