// Writes tensors as torch.jit.save does those of a module: an object of a class that the archive's own code defines, with such objects as
// attributes. Layout: torch/csrc/jit/serialization/pickler.cpp and export_module.cpp.
import type { ByteSink } from '../../src/checkpoint/byte-sink.ts';
import { PickleWriter } from '../../src/checkpoint/pickle-writer.ts';
import type { TensorSource } from '../../src/checkpoint/tensor-source.ts';
import { crc32, ZipWriter } from '../../src/checkpoint/zip-writer.ts';

/** Returns the keys below a path by the name of the next part; a key that ends there stands alone. */
function byNextPart(keys: readonly string[], path: string): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const key of keys) {
    const [part] = key.slice(path.length).split('.');
    parts.set(part, [...(parts.get(part) ?? []), key]);
  }
  return parts;
}

/** The bytes of one value, without a pickle's beginning and end. */
function pickled(write: (writer: PickleWriter) => PickleWriter): number[] {
  return [...write(new PickleWriter()).finish().subarray(2, -1)];
}

/** Writes the archive of a scripted module with float32 tensors. Each module also knows whether it is trained. */
export async function writeTorchScript(sink: ByteSink, source: TensorSource): Promise<void> {
  const keys = [...source.tensors.keys()];
  const tensorOf = (key: string): number[] =>
    pickled((writer) =>
      writer.tensor({
        storageType: 'FloatStorage',
        storageKey: String(keys.indexOf(key)),
        shape: source.tensors.get(key)!.shape,
      }),
    );
  const pickleOf = (below: readonly string[], path = ''): number[] => [
    ...new TextEncoder().encode(`c__torch__.networks.___torch_mangle_7\nBlock\n`), // GLOBAL
    ...[0x29, 0x81, 0x7d, 0x28], // EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK
    ...pickled((writer) => writer.value('training')),
    0x89, // NEWFALSE
    ...[...byNextPart(below, path)].flatMap(([attribute, within]) => [
      ...pickled((writer) => writer.value(attribute)),
      ...(within[0] === path + attribute ? tensorOf(within[0]) : pickleOf(within, `${path}${attribute}.`)),
    ]),
    ...[0x75, 0x62], // SETITEMS, BUILD
  ];
  const zip = new ZipWriter(sink, 64);
  const add = (path: string, bytes: Uint8Array): Promise<void> =>
    zip.add(`network/${path}`, { size: bytes.length, crc: crc32(bytes), pieces: [bytes] });
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  await add('data.pkl', Uint8Array.of(0x80, 2, ...pickleOf(keys), 0x2e));
  for (const [index, key] of keys.entries()) await add(`data/${index}`, (await source.read(key)).bytes);
  await add('code/__torch__/networks.py', text('raise SystemError("this code must not run")\n'));
  await add('constants.pkl', Uint8Array.of(0x80, 2, 0x29, 0x2e));
  await add('version', text('3\n'));
  await zip.finish();
}
