import { describe, expect, it } from 'vitest';
import { checkpointFromTensors } from '../checkpoint/checkpoint-views.ts';
import { hashed } from '../models/hashed-weights.ts';
import { Tensor } from '../tensor/tensor.ts';
import { GoldenFile } from './golden-file.ts';

function goldenOf(metadata: Record<string, string>): GoldenFile {
  const tensors = new Map<string, Tensor>([
    ['x', Tensor.int64([2], [1, 2])],
    ['y', Tensor.float32([1])],
  ]);
  return new GoldenFile(checkpointFromTensors('memory', tensors, metadata), 'unet/x.safetensors');
}

describe('GoldenFile', () => {
  it('reads texts, numbers, lists and shapes', () => {
    const golden = goldenOf({ kind: 'unet', scale: '1.7', shape: '[1, 2]', words: '["a"]', flag: 'false', empty: '' });
    expect(golden.kind).toBe('unet');
    expect(golden.text('empty')).toBe('');
    expect(golden.number('scale')).toBe(1.7);
    expect(golden.number('other', 3)).toBe(3);
    expect(golden.shape('shape')).toEqual([1, 2]);
    expect(golden.shape('other', [4])).toEqual([4]);
    expect(golden.words('words')).toEqual(['a']);
    expect(golden.words('other')).toEqual([]);
    expect(golden.boolean('flag')).toBe(false);
  });

  it('names the file and the field that cannot be used', () => {
    const golden = goldenOf({ scale: 'much', shape: '[1, -2]', words: '[1]', flag: '1', json: '{', empty: '' });
    expect(() => golden.text('kind')).toThrow(
      'unet/x.safetensors has no "kind" in its metadata.\nUse the original golden file.',
    );
    expect(() => golden.number('scale')).toThrow('must have a number as "scale" in its metadata (got "much").');
    expect(() => golden.number('empty')).toThrow('must have a number as "empty"');
    expect(() => golden.shape('shape')).toThrow('must have a shape as "shape" in its metadata (got "[1, -2]").');
    expect(() => golden.words('words')).toThrow('must have a list of strings as "words"');
    expect(() => golden.numbers('scale')).toThrow('must have JSON as "scale"');
    expect(() => golden.boolean('flag')).toThrow('must have true or false as "flag"');
    expect(() => golden.json('json')).toThrow('must have JSON as "json"');
    expect(() => goldenOf({}).hashed('x', [1])).toThrow('has no "hash_prefix"');
  });

  it('puts the prefix before the names of inputs', () => {
    expect(goldenOf({ hash_prefix: 'p.' }).hashed('in', [3], 2, 1)).toEqual(hashed('p.in', [3], 2, 1));
  });

  it('knows which tensors were used', async () => {
    const golden = goldenOf({});
    expect(golden.unused).toEqual(['x', 'y']);
    expect((await golden.float32('x')).data).toEqual(Float32Array.of(1, 2));
    expect(golden.unused).toEqual(['y']);
    await expect(golden.tensor('z')).rejects.toThrow('unet/x.safetensors has no tensor "z".');
  });
});
