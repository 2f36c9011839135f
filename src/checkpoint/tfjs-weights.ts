// The weights of a TensorFlow.js model: its manifest lists them in the order in which their bytes lie, some quantized.
// Format: https://www.tensorflow.org/js/guide/save_load (weightsManifest) and the converter's quantization options.
import { bytesPerElement, dataFromBytes, elementCount, Tensor, toFloat32, type DType } from '../tensor/tensor.ts';
import { quoted } from '../util/printable.ts';
import { checkKey, corrupt } from './checkpoint-error.ts';
import { isRecord } from './json-values.ts';
import { byteLengthOf } from './stored-tensor.ts';

const elementTypes = ['float32', 'int32', 'bool'] as const satisfies readonly DType[];
const quantizedTypes = ['float16', 'uint8', 'uint16'] as const satisfies readonly DType[];

/** How one weight is stored: as itself, as 16-bit floats, or as whole numbers q that stand for q · scale + min. */
interface StoredAs {
  readonly dtype: DType;
  readonly scale: number;
  readonly min: number;
}

interface WeightSpec {
  readonly key: string;
  readonly dtype: (typeof elementTypes)[number];
  readonly shape: readonly number[];
  readonly stored: StoredAs;
  readonly byteLength: number;
}

function parseStoredAs(name: string, label: string, dtype: WeightSpec['dtype'], quantization: unknown): StoredAs {
  if (quantization === undefined) return { dtype, scale: 1, min: 0 };
  const { dtype: stored, scale, min } = isRecord(quantization) ? quantization : {};
  const known = quantizedTypes.find((type) => type === stored);
  const isAffine = known !== 'float16';
  const hasRange = Number.isFinite(scale) && Number.isFinite(min);
  if (known === undefined || dtype === 'bool' || (isAffine && !hasRange) || (!isAffine && dtype !== 'float32')) {
    throw corrupt(name, `quantizes ${label} in a way that is not supported (${quoted(JSON.stringify(quantization))})`);
  }
  return isAffine ? { dtype: known, scale: scale as number, min: min as number } : { dtype: known, scale: 1, min: 0 };
}

function parseSpec(name: string, entry: unknown): WeightSpec {
  const { name: key, dtype: dtypeName, shape, quantization } = isRecord(entry) ? entry : {};
  if (typeof key !== 'string') throw corrupt(name, 'lists a weight without a name');
  checkKey(name, key);
  const label = `weight ${quoted(key)}`;
  const dtype = elementTypes.find((type) => type === dtypeName);
  if (dtype === undefined) {
    throw corrupt(name, `stores ${label} as ${quoted(String(dtypeName))}, which is not supported`);
  }
  const stored = parseStoredAs(name, label, dtype, quantization);
  // Checked in the widest type, so that the decoded values fit too.
  if (!Array.isArray(shape) || byteLengthOf('float64', shape) === undefined) {
    throw corrupt(name, `gives ${label} an impossible shape`);
  }
  const sizes = shape as number[];
  return { key, dtype, shape: sizes, stored, byteLength: elementCount(sizes) * bytesPerElement[stored.dtype] };
}

function decode({ dtype, shape, stored }: WeightSpec, bytes: Uint8Array): Tensor {
  const tensor = new Tensor<DType>(stored.dtype, shape, dataFromBytes(stored.dtype, new Uint8Array(bytes)));
  if (stored.dtype === dtype) return tensor;
  const values = toFloat32(tensor);
  if (stored.dtype === 'float16') return values;
  const real = Float64Array.from(values.data, (level) => level * stored.scale + stored.min);
  return dtype === 'int32'
    ? new Tensor('int32', shape, Int32Array.from(real, Math.round))
    : Tensor.float32(shape, Float32Array.from(real));
}

/**
 * Returns the weights of a manifest by name, decoded to float32, int32 or bool.
 *
 * @param name - the model, as error messages call it.
 * @param manifest - `weightsManifest` of the model's JSON.
 * @param bytes - all weight files, one after the other in the order of the manifest's paths.
 * @throws LatentSyncError `checkpoint-corrupt` unless the weights fill the bytes exactly.
 */
export function parseTfjsWeights(name: string, manifest: unknown, bytes: Uint8Array): Map<string, Tensor> {
  if (!Array.isArray(manifest)) throw corrupt(name, 'has no weightsManifest');
  const weights = new Map<string, Tensor>();
  let offset = 0;
  for (const group of manifest as unknown[]) {
    const specs = isRecord(group) ? group.weights : undefined;
    if (!Array.isArray(specs)) throw corrupt(name, 'has a group in its weightsManifest that lists no weights');
    for (const entry of specs as unknown[]) {
      const spec = parseSpec(name, entry);
      if (weights.has(spec.key)) throw corrupt(name, `lists weight ${quoted(spec.key)} twice`);
      const end = offset + spec.byteLength;
      if (end > bytes.length) {
        throw corrupt(name, `needs more than the ${bytes.length} bytes of weights that it has (${quoted(spec.key)})`);
      }
      weights.set(spec.key, decode(spec, bytes.subarray(offset, end)));
      offset = end;
    }
  }
  if (offset !== bytes.length) throw corrupt(name, `has ${bytes.length - offset} bytes after its last weight`);
  return weights;
}
