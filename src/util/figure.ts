// A measured figure and what is promised about it.

/** One measured figure. */
export interface Figure {
  /** What was measured, as a word for machines: `unet.rate-ratio`. */
  readonly name: string;
  /** NaN when there was nothing to measure it on. */
  readonly value: number;
  /** `GFLOP/s`, `ratio`, `ms`, `s`, `MB`, `dB`, … */
  readonly unit: string;
  /** The figure that the project promises, if it does. */
  readonly bound?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Returns whether a figure is as good as promised; undefined if nothing was promised. A figure that could not be measured is not. */
export function meetsBound({ value, bound }: Figure): boolean | undefined {
  if (!bound) return undefined;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}
