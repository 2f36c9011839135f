// Measured figures as lines of a table: what, how much, what is promised, and whether the promise is kept.
import type { Figure } from '../util/figure.ts';
import { type Column, tableRow } from './text-layout.ts';

const COLUMNS: readonly Column[] = [
  { width: 26 },
  { width: 12, align: 'right' },
  { width: 11 },
  { width: 11, align: 'right' },
  { width: 0 },
];

/** The line above the figures. */
export const figureHeading = tableRow(['figure', 'value', 'unit', 'promised'], COLUMNS);

/** Returns a number as figures show it: three digits, and a dash for what could not be measured. */
export function figureNumber(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/**
 * Returns the line of a figure.
 *
 * @param met - whether the promise is kept; undefined when nothing is promised.
 */
export function figureLine({ name, value, unit, bound }: Figure, met: boolean | undefined): string {
  const promised = bound === undefined ? '' : 'atLeast' in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
  const outcome = met === undefined ? '' : met ? 'ok' : 'MISSED';
  return tableRow([name, figureNumber(value), unit, promised, outcome], COLUMNS);
}
