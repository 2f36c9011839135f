import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tensor, toFloat32, toHalf } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { BytesSource } from './byte-source.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { openCheckpointFile } from './checkpoint-file-node.ts';

const fixtures = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
const golden = `${fixtures}golden/checkpoints/`;
const PWNED = '/tmp/latentsync_pwned'; // what the malicious files would create

let expected: Checkpoint;
beforeAll(async () => {
  rmSync(PWNED, { force: true });
  expected = await openCheckpointFile(`${golden}expected.safetensors`);
});
afterAll(() => expected[Symbol.asyncDispose]());

describe('golden checkpoints', () => {
  it.each([
    ['zip.pt', 'torch-zip', { global_step: 12345 }],
    ['legacy.pt', 'torch-legacy', { global_step: 12345 }],
    ['bare_state_dict.pt', 'torch-zip', {}],
  ])('%s holds exactly the expected tensors', async (file, format, metadata) => {
    await using checkpoint = await openCheckpointFile(golden + file);
    expect(checkpoint.format).toBe(format);
    expect(checkpoint.metadata).toEqual(metadata);
    expect([...checkpoint.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    for (const key of expected.tensors.keys()) {
      expect({ key, tensor: await checkpoint.read(key) }).toEqual({ key, tensor: await expected.read(key) });
    }
  });

  it('whisper_style.pt holds them in half precision, below model_state_dict, with dims beside', async () => {
    await using checkpoint = await openCheckpointFile(`${golden}whisper_style.pt`);
    expect(checkpoint.metadata).toMatchObject({ dims: { n_mels: 80, n_audio_state: 8, n_text_layer: 1 } });
    for (const key of expected.tensors.keys()) {
      const tensor = await expected.read(key);
      const half = tensor.is('int64') ? tensor : toHalf(toFloat32(tensor), 'float16');
      expect({ key, tensor: await checkpoint.read(key) }).toEqual({ key, tensor: half });
    }
  });

  it('say where the bytes of contiguous tensors lie, and only of those', async () => {
    for (const file of ['zip.pt', 'legacy.pt', 'expected.safetensors']) {
      await using checkpoint = await openCheckpointFile(golden + file);
      const bytes = readFileSync(golden + file);
      const strided: string[] = [];
      for (const { key, location } of checkpoint.tensors.values()) {
        if (!location) strided.push(key);
        else {
          const { offset, length } = location;
          expect(new Uint8Array(bytes.subarray(offset, offset + length))).toEqual((await checkpoint.read(key)).bytes);
        }
      }
      expect(strided.sort()).toEqual(file === 'expected.safetensors' ? [] : ['transposed', 'view']);
    }
  });

  it.each([
    [
      'malicious_reduce.pt',
      /asks for the Python object "posix\.system".*nothing was executed\.\nUse a file that contains/,
    ],
    [
      'malicious_legacy.pt',
      /asks for the Python object "__builtin__\.eval".*nothing was executed\.\nUse a file that contains/,
    ],
    ['truncated.pt', /ends without a zip directory: it is incomplete\.\nDownload/],
    ['truncated.safetensors', /is truncated: it has 2168 bytes, but its tensors need 2268\.\nDownload/],
    ['huge_header.safetensors', /claims a header of 1152921504606846976 bytes.*\nDownload/],
    ['overlap.safetensors', /has overlapping tensors, "a" and "b"\.\nDownload/],
    ['not_a_checkpoint.pt', /is a web page, not a checkpoint.*\nDownload/],
    [
      'lfs_pointer.pt',
      /is a Git LFS pointer, not the file itself \(which has 5065830000 bytes\)\.\nRun "git lfs pull"/,
    ],
  ])('%s is refused with what is wrong and what to do, and nothing runs', async (file, message) => {
    const opened = openCheckpointFile(golden + file);
    await expect(opened).rejects.toBeInstanceOf(LatentSyncError);
    await expect(opened).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(message) as string,
    });
    await expect(opened).rejects.toThrow(file);
    expect(existsSync(PWNED)).toBe(false);
  });
});

describe('damaged checkpoints', () => {
  const largestTensor = 2 ** 20 * 8; // an expanded tensor of a million wide elements

  /** Opens and reads everything; anything but a clear refusal fails the test. */
  async function survive(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await using checkpoint = await openCheckpoint(new BytesSource(name, bytes));
      for (const { key, location } of checkpoint.tensors.values()) {
        const tensor = await checkpoint.read(key);
        expect(tensor).toBeInstanceOf(Tensor);
        expect(tensor.data.byteLength).toBeLessThanOrEqual(Math.max(bytes.length, largestTensor));
        if (location) expect(location.offset + location.length).toBeLessThanOrEqual(bytes.length);
      }
    } catch (error) {
      if (!(error instanceof LatentSyncError)) throw error;
      expect(error.code).toBe('checkpoint-corrupt');
      expect(error.message.startsWith(name)).toBe(true);
    }
  }

  const files = ['golden/checkpoints/', 'checkpoints/'].flatMap((folder) =>
    readdirSync(fixtures + folder)
      .filter((file) => /\.(pt|safetensors)$/.test(file))
      .map((file) => folder + file),
  );

  it.each(files)('%s: flipped, overwritten, moved and missing bytes are refused or harmless', async (file) => {
    const original = readFileSync(fixtures + file);
    const position = fc.nat(original.length - 1);
    const flips = fc.array(fc.tuple(position, fc.nat(255)), { maxLength: 6 });
    const extremes = fc.tuple(position, fc.constantFrom(0x00, 0x7f, 0xff), fc.constantFrom(2, 4, 8));
    const copies = fc.tuple(position, position, fc.nat(40));
    const damages = fc.record({ bytes: flips, extreme: fc.option(extremes), copy: fc.option(copies, { freq: 2 }) });
    await fc.assert(
      fc.asyncProperty(damages, fc.option(position, { freq: 8 }), async ({ bytes, extreme, copy }, cut) => {
        const damaged = Uint8Array.from(original);
        for (const [at, value] of bytes) damaged[at] = value;
        if (extreme) damaged.fill(extreme[1], extreme[0], extreme[0] + extreme[2]);
        if (copy) damaged.copyWithin(copy[0], copy[1], copy[1] + copy[2]);
        await survive(file, cut === null ? damaged : damaged.slice(0, cut));
      }),
      { numRuns: 120, seed: 1247 },
    );
  });

  it('any bytes at all are refused or harmless', async () => {
    const heads = ['', 'PK\x03\x04', '\x80\x02', '\x02\0\0\0\0\0\0\0{'].map((text) => Buffer.from(text, 'latin1'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 600 }), (head, tail) =>
        survive('noise', Buffer.concat([head, tail])),
      ),
      { numRuns: 500, seed: 1247 },
    );
  });
});
