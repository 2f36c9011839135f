// Kind "hash": the generator of tensors from names, which all other kinds build on.
import { hashedParameter } from '../../models/hashed-weights.ts';
import { compareExactly } from '../comparison.ts';
import type { Kind } from '../kind.ts';

/** `a` is a plain tensor, everything else a parameter of that name. */
export const hash: Kind = async function* (golden) {
  const prefix = golden.text('hash_prefix');
  for (const name of golden.names) {
    const shape = golden.shapeOf(name)!;
    const tensor = name === 'a' ? golden.hashed(name, shape) : hashedParameter(name, shape, prefix);
    yield await compareExactly(golden, name, tensor);
  }
};
