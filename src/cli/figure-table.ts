// Measured figures as lines of a table: what, how much, what is promised, and whether it is kept.
import type { Figure } from '../util/figure.ts';

const COLUMNS = { name: 26, value: 12, unit: 11, bound: 11 };

function row(name: string, value: string, unit: string, bound: string, outcome: string): string {
  return [
    name.padEnd(COLUMNS.name),
    value.padStart(COLUMNS.value),
    unit.padEnd(COLUMNS.unit),
    bound.padStart(COLUMNS.bound),
    outcome,
  ]
    .join('  ')
    .trimEnd();
}

/** The line above the figures. */
export const figureHeading = row('figure', 'value', 'unit', 'promised', '');

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
  return row(name, figureNumber(value), unit, promised, outcome);
}
