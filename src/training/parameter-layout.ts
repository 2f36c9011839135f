// Which parameters of a network are trained, and where they are in one flat vector.
import type { Module } from '../nn/module.ts';
import { LatentSyncError } from '../util/errors.ts';
import { quoted } from '../util/printable.ts';

/** One parameter's place. */
export interface ParameterEntry {
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** The trained parameters in their order. */
export interface ParameterLayout {
  readonly entries: ReadonlyMap<string, ParameterEntry>;
  /** Number of elements. */
  readonly size: number;
}

/** Parameters that are computed, not learned. */
const FIXED = /(^|\.)(pe|positional_embedding|running_mean|running_var)$/;

/** Options of {@link layoutOf}. */
export interface LayoutOptions {
  /** Parts of keys such as `motion_modules.`: only parameters with one of them are trained. Default: all. */
  trainable?: readonly string[];
  /** What keys begin with, in front of their paths in the module. Default: nothing. */
  prefix?: string;
}

/**
 * Returns the layout of a module's trained parameters, in the module's order. Position tables are never trained.
 *
 * @throws LatentSyncError `config-invalid` when no key contains one of the parts.
 */
export function layoutOf(module: Module, { trainable, prefix = '' }: LayoutOptions = {}): ParameterLayout {
  const entries = new Map<string, ParameterEntry>();
  const used = new Set<string>();
  let size = 0;
  for (const [path, { shape }] of module.namedParameters()) {
    const key = `${prefix}${path}`;
    if (FIXED.test(key)) continue;
    if (trainable) {
      const parts = trainable.filter((part) => key.includes(part));
      if (parts.length === 0) continue;
      for (const part of parts) used.add(part);
    }
    const count = shape.reduce((product, dim) => product * dim, 1);
    entries.set(key, { shape, offset: size, size: count });
    size += count;
  }
  const unknown = trainable?.filter((part) => !used.has(part)) ?? [];
  if (unknown.length > 0) {
    throw new LatentSyncError(
      'config-invalid',
      `Parts of "trainable_modules" match no parameter: ${unknown.map((part) => quoted(part)).join(', ')}.`,
      { remedy: 'Use parts of parameter names, such as "motion_modules." or "attentions.".' },
    );
  }
  return { entries, size };
}

/** Returns a layout of the parameters of two, the second's after the first's. */
export function joinedLayout(first: ParameterLayout, second: ParameterLayout): ParameterLayout {
  const entries = new Map(first.entries);
  for (const [key, entry] of second.entries) entries.set(key, { ...entry, offset: first.size + entry.offset });
  return { entries, size: first.size + second.size };
}
