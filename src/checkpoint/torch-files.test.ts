import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectBytes } from '../../test/support/collect-bytes.ts';
import { writeTorchScript } from '../../test/support/torch-script.ts';
import { Tensor } from '../tensor/tensor.ts';
import { BytesSource } from './byte-source.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { openCheckpointFile } from './checkpoint-file-node.ts';

const folder = fileURLToPath(new URL('../../test/fixtures/checkpoints/', import.meta.url));

describe('files of PyTorch 2.13', () => {
  let expected: Checkpoint;
  beforeAll(async () => {
    expected = await openCheckpointFile(`${folder}torch-2.13-types.safetensors`);
  });
  afterAll(() => expected[Symbol.asyncDispose]());

  it.each(['torch-2.13-types.pt', 'torch-2.13-types-protocol-5.pt', 'torch-2.13-types-legacy.pt'])(
    '%s gives every type and layout exactly, and the plain values beside',
    async (file) => {
      await using checkpoint = await openCheckpointFile(folder + file);
      expect([...checkpoint.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
      for (const key of expected.tensors.keys()) {
        expect({ key, tensor: await checkpoint.read(key) }).toEqual({ key, tensor: await expected.read(key) });
      }
      const strided = [...checkpoint.tensors.values()].filter(({ location }) => !location).map(({ key }) => key);
      expect(strided.sort()).toEqual(['channels_last', 'expanded', 'strided', 'transposed']);
      expect(checkpoint.metadata).toEqual({
        extra: {
          ...{ i: 5, big: 2n ** 70n, negative: -(2 ** 31), float: 1.5, none: null, flag: true, text: 'ünï 😀' },
          ...{ bytes: Uint8Array.of(0, 255), no_bytes: new Uint8Array(), set: [1], frozen: [3], tuple: [1, [2]] },
          ...{ size: [1, 2], device: 'cuda:1', dtype: 'torch.float16', list: [1, [2, 'x']] },
        },
      });
    },
  );

  it.each([
    ['torch-2.13-module.pt', /asks for the Python object "torch\.nn\.modules\.linear\.Linear"/],
    ['torch-2.13-sparse.pt', /asks for the Python object "torch\._utils\._rebuild_sparse_tensor"/],
  ])('%s is refused', async (file, message) => {
    await expect(openCheckpointFile(folder + file)).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a TorchScript archive', () => {
  it('gives the tensors of its module, and nothing else', async () => {
    await using checkpoint = await openCheckpointFile(`${folder}torch-2.13-script.pt`);
    expect(Array.from(checkpoint.tensors.values(), ({ key, dtype, shape }) => [key, dtype, shape])).toEqual([
      ['weight', 'float32', [3, 2]],
      ['bias', 'float32', [3]],
    ]);
    expect((await checkpoint.read('bias')).shape).toEqual([3]);
    expect(checkpoint.metadata).toEqual({});
  });

  it('gives those of modules within modules by their paths', async () => {
    const tensors = new Map(
      ['a.0.weight', 'a.0.bias', 'b'].map((key, i) => [key, Tensor.float32([2], Float32Array.of(i, -i))]),
    );
    const bytes = await collectBytes((sink) =>
      writeTorchScript(sink, { tensors, read: (key) => Promise.resolve(tensors.get(key)!) }),
    );
    await using checkpoint = await openCheckpoint(new BytesSource('network.pt', bytes));
    expect([...checkpoint.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [key, tensor] of tensors) expect(await checkpoint.read(key)).toEqual(tensor);
  });

  it('is refused when it asks for more than its own classes, or is none', async () => {
    await expect(
      openCheckpoint(patched('torch-2.13-script.pt', '__torch__.torch.nn.modules', 'torch.nn.modules.modules._')),
    ).rejects.toThrow(/asks for the Python object "torch\.nn\.modules\.modules\._\.linear\.Linear"/);
    await expect(openCheckpoint(patched('torch-2.13-script.pt', 'constants.pkl', 'constants.txt'))).rejects.toThrow(
      /asks for the Python object "__torch__\.torch\.nn\.modules\.linear\.Linear"/,
    );
  });
});

describe('a file of Python 2 and PyTorch 0.3', () => {
  it('is read, storages that were on a GPU included', async () => {
    await using checkpoint = await openCheckpointFile(`${folder}python-2-legacy.pt`);
    expect(checkpoint.format).toBe('torch-legacy');
    expect(checkpoint.metadata).toEqual({ long: 5, wide: 2 ** 40 });
    expect(await checkpoint.read('netcnnaud.0.weight')).toEqual(
      Tensor.float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
    );
    expect(await checkpoint.read('netcnnaud.0.bias')).toEqual(Tensor.float32([2], Float32Array.of(7, 8)));
    expect(await checkpoint.read('tail')).toEqual(Tensor.float32([2], Float32Array.of(5, 6)));
  });
});

describe('archives that were packed again', () => {
  it('are read when only the pickle is compressed', async () => {
    await using checkpoint = await openCheckpointFile(`${folder}deflated-pickle.pt`);
    await using original = await openCheckpointFile(`${folder}../golden/checkpoints/zip.pt`);
    for (const key of original.tensors.keys()) {
      expect(await checkpoint.read(key)).toEqual(await original.read(key));
    }
  });

  it('are refused when tensors are compressed', async () => {
    await expect(openCheckpointFile(`${folder}deflated.pt`)).rejects.toThrow(
      /has a compressed part "zip\/data\/\d".*\nUse the file as torch\.save wrote it/,
    );
  });
});

/** A fixture with one text replaced by another of the same length. */
function patched(file: string, text: string, replacement: string): BytesSource {
  const bytes = readFileSync(folder + file);
  let at = bytes.indexOf(text, 0, 'latin1');
  expect(at).toBeGreaterThan(0);
  for (; at >= 0; at = bytes.indexOf(text, at + 1, 'latin1')) bytes.write(replacement, at, 'latin1');
  return new BytesSource(file, bytes);
}

describe('a PyTorch file', () => {
  it('of a big-endian machine is refused', async () => {
    await expect(openCheckpoint(patched('torch-2.13-types.pt', 'little', 'biggy!'))).rejects.toThrow(
      /"biggy!" byte order/,
    );
    await expect(
      openCheckpoint(patched('torch-2.13-types-legacy.pt', 'little_endianq\x02\x88', 'little_endianq\x02\x89')),
    ).rejects.toThrow(/big-endian byte order/);
  });

  it('that describes one storage in two ways is refused', async () => {
    await expect(
      openCheckpoint(patched('python-2-legacy.pt', '94001q\x07U\x03cpuq\x08K\x06', '94001q\x07U\x03cpuq\x08K\x07')),
    ).rejects.toThrow(/has a storage of 6 elements instead of the declared 7|in two ways/);
  });

  it('without one of its storages is refused', async () => {
    await expect(openCheckpoint(patched('torch-2.13-types.pt', '/data/3', '/data/x'))).rejects.toThrow(
      /lacks the storage "3"/,
    );
  });

  it('whose archive has no pickle is refused', async () => {
    await expect(openCheckpoint(patched('torch-2.13-types.pt', 'data.pkl', 'data.txt'))).rejects.toThrow(
      /without the data\.pkl/,
    );
  });

  it('whose parts are named otherwise in the directory is refused', async () => {
    const bytes = readFileSync(`${folder}torch-2.13-types.pt`);
    bytes.write('X', bytes.indexOf('/data/0') + 6);
    await expect(openCheckpoint(new BytesSource('x.pt', bytes))).rejects.toThrow(
      /another name for its part .* than its directory does/,
    );
  });
});
