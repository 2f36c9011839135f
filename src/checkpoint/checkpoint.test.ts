import { describe, expect, it } from 'vitest';
import { collectBytes } from '../../test/support/collect-bytes.ts';
import { Tensor } from '../tensor/tensor.ts';
import { BlobSource, BytesSource, type ByteSource } from './byte-source.ts';
import { openCheckpoint } from './checkpoint.ts';
import { checkpointFromTensors, modernAttentionKey, renameKeys, selectKeys, selectPrefix } from './checkpoint-views.ts';
import { writeSafetensors } from './safetensors-writer.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const zeros = '\0'.repeat(300);

describe('openCheckpoint', () => {
  it.each<[string, string, RegExp]>([
    ['an empty file', '', /is empty/],
    ['one byte', '\x01', /is not a checkpoint: it begins with the bytes 01/],
    ['a web page', '\n<html><body>', /is a web page/],
    ['an XML error', '<?xml version="1.0"?><Error><Code>AccessDenied</Code>', /is a web page.*login or a token/s],
    ['a JSON file', '{"error":"Repository not found"}', /is a JSON file/],
    ['an index of shards', '{"metadata":{},"weight_map":{"a":"b"}}', /is an index of several checkpoint files/],
    ['text with a terminal escape', 'Access to model is restricted.\r\nPlease log in.', /begins with "Access to model/],
    ['an ONNX model', '\x08\x08\x12\x07pytorch', /is an ONNX model/],
    ['gzip', '\x1f\x8b\x08' + zeros, /compressed with gzip.*\nUnpack it/],
    ['GGUF', 'GGUF\x03\0\0\0', /is a GGUF model/],
    ['a tar archive', 'a/b'.padEnd(257, '\0') + 'ustar', /is a tar archive/],
    ['zeros', zeros, /only zeros/],
    ['other bytes', '\x7fELF\x02\x01\x01\0', /begins with the bytes 7f 45 4c 46/],
    [
      'a pickle that torch.save did not write',
      '\x80\x04]\x94.',
      /is a Python pickle that was not written by torch\.save/,
    ],
    ['an empty zip archive', 'PK\x05\x06' + '\0'.repeat(18), /without the data\.pkl/],
    ['a short zip archive', 'PK\x03\x04', /too few for a zip archive/],
  ])('says what %s is', async (_, content, message) => {
    await expect(openCheckpoint(new BytesSource('model.pt', latin1(content)))).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(message) as string,
    });
  });

  it('closes the source when opening fails, and with the checkpoint', async () => {
    let closed = 0;
    const counting = (bytes: Uint8Array): ByteSource => {
      const source = new BytesSource('x', bytes);
      return {
        name: 'x',
        size: source.size,
        read: (offset, length) => source.read(offset, length),
        close() {
          closed++;
          return Promise.resolve();
        },
      };
    };
    await expect(openCheckpoint(counting(new Uint8Array()))).rejects.toThrow('is empty');
    expect(closed).toBe(1);
    const bytes = await collectBytes((sink) => writeSafetensors(sink, checkpointFromTensors('m', new Map())));
    const view = renameKeys(await openCheckpoint(counting(bytes)), (key) => key);
    expect(closed).toBe(1);
    await view[Symbol.asyncDispose]();
    expect(closed).toBe(2);
  });

  it('reads a Blob as a browser gives it', async () => {
    const tensor = Tensor.int64([2], [1, -2]);
    const source = checkpointFromTensors('m', new Map([['a', tensor]]));
    const bytes = await collectBytes((sink) => writeSafetensors(sink, source));
    const checkpoint = await openCheckpoint(new BlobSource(new File([Uint8Array.from(bytes)], 'mine.safetensors')));
    expect([checkpoint.name, checkpoint.path, checkpoint.format]).toEqual([
      'mine.safetensors',
      undefined,
      'safetensors',
    ]);
    expect(await checkpoint.read('a')).toEqual(tensor);
  });
});

describe('checkpoint views', () => {
  const checkpoint = checkpointFromTensors(
    'memory',
    new Map([
      ['encoder.a', Tensor.float32([1], Float32Array.of(1))],
      ['encoder.b', Tensor.float32([1], Float32Array.of(2))],
      ['decoder.a', Tensor.float32([1], Float32Array.of(3))],
    ]),
    { step: 5 },
  );

  it('rename, select and strip keys, and keep the rest', async () => {
    const renamed = renameKeys(checkpoint, (key) => key.replace('encoder', 'enc'));
    expect([...renamed.tensors.keys()]).toEqual(['enc.a', 'enc.b', 'decoder.a']);
    expect(renamed.tensors.get('enc.b')?.key).toBe('enc.b');
    expect((await renamed.read('enc.b')).data).toEqual(Float32Array.of(2));
    await expect(renamed.read('encoder.b')).rejects.toThrow('memory has no tensor "encoder.b"');
    const selected = selectKeys(checkpoint, (key) => key.startsWith('encoder.'));
    expect([...selected.tensors.keys()]).toEqual(['encoder.a', 'encoder.b']);
    await expect(selected.read('decoder.a')).rejects.toThrow(RangeError);
    const stripped = selectPrefix(checkpoint, 'encoder.');
    expect([...stripped.tensors.keys()]).toEqual(['a', 'b']);
    expect((await stripped.read('a')).data).toEqual(Float32Array.of(1));
    expect([stripped.name, stripped.format, stripped.metadata]).toEqual(['memory', 'memory', { step: 5 }]);
  });

  it('refuse two tensors of one name', () => {
    expect(() => renameKeys(checkpoint, (key) => key.slice(-1))).toThrow(
      'memory has both "encoder.a" and "decoder.a", two names for the same tensor "a"',
    );
  });
});

describe('modernAttentionKey', () => {
  it.each([
    ['encoder.mid_block.attentions.0.query.weight', 'encoder.mid_block.attentions.0.to_q.weight'],
    ['encoder.mid_block.attentions.0.key.bias', 'encoder.mid_block.attentions.0.to_k.bias'],
    ['decoder.mid_block.attentions.0.value.weight', 'decoder.mid_block.attentions.0.to_v.weight'],
    ['decoder.mid_block.attentions.0.proj_attn.weight', 'decoder.mid_block.attentions.0.to_out.0.weight'],
    ['decoder.mid_block.attentions.0.to_q.weight', 'decoder.mid_block.attentions.0.to_q.weight'],
    ['decoder.mid_block.attentions.0.group_norm.weight', 'decoder.mid_block.attentions.0.group_norm.weight'],
    ['encoder.blocks.0.attn.query.weight', 'encoder.blocks.0.attn.query.weight'],
  ])('turns %s into %s', (key, expected) => {
    expect(modernAttentionKey(key)).toBe(expected);
  });
});
