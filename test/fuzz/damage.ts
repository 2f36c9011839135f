// Damage as it happens, and as somebody means it: bytes of a media file → bytes that differ, and what was done to them.
import type { TorchGenerator } from '../../src/util/random.ts';
import type { Field } from './field.ts';
import { fieldsOf } from './fields.ts';
import { nestedElements } from './matroska-fields.ts';
import { nestedBoxes } from './mp4-fields.ts';

/** The kinds of damage. */
export const damageKinds = ['truncated', 'overwritten', 'rearranged', 'head-bits', 'bits', 'fields', 'nested'] as const;

/** A kind of damage. */
export type DamageKind = (typeof damageKinds)[number];

/** A damaged file. */
export interface DamagedFile {
  bytes: Buffer;
  kind: DamageKind;
  /** What was done, in words. */
  what: string;
}

/** Structures are hit most often: that is where a number means something. */
const chances: readonly DamageKind[] = [
  'truncated',
  'overwritten',
  'rearranged',
  'head-bits',
  'bits',
  'fields',
  'fields',
  'fields',
  'fields',
  'nested',
];

/** Damages a file. The same numbers of `random` do the same. */
export function damage(bytes: Buffer, random: TorchGenerator): DamagedFile {
  const kind = pick(chances, random);
  const damaged =
    (kind === 'nested' ? nest(bytes, random) : undefined) ?? ways[kind === 'nested' ? 'fields' : kind](bytes, random);
  return damaged;
}

function pick<T>(items: readonly T[], random: TorchGenerator): T {
  return items[random.integer(items.length)];
}

const HEAD_BYTES = 4096;

const ways: Readonly<Record<Exclude<DamageKind, 'nested'>, (bytes: Buffer, random: TorchGenerator) => DamagedFile>> = {
  truncated: (bytes, random) => {
    const length = 1 + random.integer(bytes.length - 1);
    return { kind: 'truncated', bytes: Buffer.from(bytes.subarray(0, length)), what: `cut off after ${length} bytes` };
  },
  overwritten: overwrite,
  rearranged: rearrange,
  'head-bits': (bytes, random) => ({
    ...flipBits(bytes, Math.min(HEAD_BYTES, bytes.length), random),
    kind: 'head-bits',
  }),
  bits: (bytes, random) => ({ ...flipBits(bytes, bytes.length, random), kind: 'bits' }),
  fields: changeFields,
};

function overwrite(bytes: Buffer, random: TorchGenerator): DamagedFile {
  const damaged = Buffer.from(bytes);
  const done: string[] = [];
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const length = 1 + random.integer(Math.min(2048, bytes.length));
    const start = random.integer(bytes.length - length + 1);
    const filling = pick(['zeros', 'ones', 'noise'] as const, random);
    for (let at = start; at < start + length; at++) {
      damaged[at] = filling === 'zeros' ? 0 : filling === 'ones' ? 255 : random.integer(256);
    }
    done.push(`${filling} in bytes ${start} to ${start + length - 1}`);
  }
  return { kind: 'overwritten', bytes: damaged, what: done.join(', ') };
}

function rearrange(bytes: Buffer, random: TorchGenerator): DamagedFile {
  const length = 1 + random.integer(Math.min(4096, bytes.length));
  const start = random.integer(bytes.length - length + 1);
  const [before, part, after] = [
    bytes.subarray(0, start),
    bytes.subarray(start, start + length),
    bytes.subarray(start + length),
  ];
  const place = `bytes ${start} to ${start + length - 1}`;
  const way = pick(['removed', 'repeated', 'moved'] as const, random);
  const parts = {
    removed: [before, after],
    repeated: [before, ...Array.from({ length: 2 + random.integer(20) }, () => part), after],
    moved: [part, before, after],
  };
  return { kind: 'rearranged', bytes: Buffer.concat(parts[way]), what: `${place} ${way}` };
}

function flipBits(bytes: Buffer, range: number, random: TorchGenerator): Omit<DamagedFile, 'kind'> {
  const damaged = Buffer.from(bytes);
  const places: number[] = [];
  for (let count = pick([1, 2, 4, 16, 64], random); count > 0; count--) {
    const at = random.integer(range);
    damaged[at] ^= 1 << random.integer(8);
    places.push(at);
  }
  return { bytes: damaged, what: `bits of bytes ${places.join(', ')}` };
}

function changeFields(bytes: Buffer, random: TorchGenerator): DamagedFile {
  const damaged = Buffer.from(bytes);
  const fields = fieldsOf(bytes);
  const done: string[] = [];
  for (let count = pick([1, 1, 2, 3], random); count > 0; count--) {
    const field = pick(fields, random);
    const value = absurdValue(readField(damaged, field), field, random);
    writeField(damaged, field, value);
    field.seal?.(damaged);
    done.push(`${field.name} at ${field.offset} = 0x${value.toString(16)}`);
  }
  return { kind: 'fields', bytes: damaged, what: done.join(', ') };
}

function nest(bytes: Buffer, random: TorchGenerator): DamagedFile | undefined {
  const depth = pick([20, 200, 1000, 5000], random);
  const nested = nestedBoxes(bytes, depth) ?? nestedElements(bytes, depth);
  if (!nested) return undefined;
  const { offset, inserted } = nested;
  const parts = [bytes.subarray(0, offset), inserted, bytes.subarray(offset)];
  return { kind: 'nested', bytes: Buffer.concat(parts), what: `${depth} levels inserted at ${offset}` };
}

function absurdValue(value: bigint, { length }: Field, random: TorchGenerator): bigint {
  const all = (1n << BigInt(8 * length)) - 1n;
  const half = 1n << BigInt(8 * length - 1);
  const values = [
    0n,
    1n,
    all,
    all - 1n,
    half,
    half - 1n,
    value + 1n,
    value - 1n,
    value * 2n,
    value * 1000n,
    value >> 1n,
  ];
  return (random.integer(4) === 0 ? BigInt(random.integer(2 ** 32 - 1)) : pick(values, random)) & all;
}

function readField(bytes: Buffer, { offset, length, littleEndian = false }: Field): bigint {
  const digits = Buffer.from(bytes.subarray(offset, offset + length));
  if (littleEndian) digits.reverse();
  return BigInt(`0x${digits.toString('hex')}`);
}

/** Puts a number into a field. */
export function writeField(bytes: Buffer, { offset, length, littleEndian = false }: Field, value: bigint): void {
  const digits = Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
  if (littleEndian) digits.reverse();
  digits.copy(bytes, offset);
}
