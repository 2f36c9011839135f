// Kind "torch_cpu_randn": PyTorch's CPU generator, bit for bit.
import { elementCount } from '../../tensor/tensor.ts';
import { TorchGenerator } from '../../util/random.ts';
import { compareExactly, type Comparison } from '../comparison.ts';
import type { Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';

/**
 * `seed<s>.randn_<shape>` is the first call after seeding, `seed<s>.randn_next_<shape>` the second one. The name
 * does not say which first call preceded it; only the right one can match.
 */
export const torchCpuRandn: Kind = async function* (golden) {
  const calls = golden.names.flatMap((name) => {
    const [seed, next] = partsOf(/^seed(-?\d+)\.randn_(next_)?[\dx]+$/, name);
    return seed === undefined ? [] : [{ name, seed: Number(seed), next: next !== undefined }];
  });
  for (const { name, seed, next } of calls) {
    const shape = golden.shapeOf(name)!;
    const firstCalls = calls.filter((call) => call.seed === seed && !call.next);
    const comparisons: Comparison[] = [];
    for (const before of next ? firstCalls : [undefined]) {
      const generator = new TorchGenerator(seed);
      if (before) generator.randn(elementCount(golden.shapeOf(before.name)!));
      comparisons.push(await compareExactly(golden, name, { shape, data: generator.randn(elementCount(shape)) }));
    }
    if (comparisons.length > 0) yield comparisons.reduce((best, other) => (other.error < best.error ? other : best));
  }
};
