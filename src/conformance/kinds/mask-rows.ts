// mask_rows.json: the columns of each row of the official mask that are regenerated, against the mask that our code draws.
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import { inpaintMask } from '../../vision/mask.ts';
import type { Comparison } from '../comparison.ts';

/** Pairs [first, last] of columns, both regenerated. */
type Runs = readonly (readonly [number, number])[];

/**
 * Returns how many pixels of the mask differ.
 *
 * @param text - JSON with `size` and `generated_region_runs_per_row`.
 * @param name - the file, for messages.
 */
export function compareMaskRows(text: string, name: string): Comparison {
  const { size, rows } = parseMaskRows(text, name);
  const mask = inpaintMask(size);
  let error = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const regenerated = rows[y].some(([first, last]) => x >= first && x <= last);
      if (mask[y * size + x] !== (regenerated ? 0 : 1)) error++;
    }
  }
  return { what: 'mask', measure: 'differences', error, tolerance: 0, passed: error === 0 };
}

function parseMaskRows(text: string, name: string): { size: number; rows: readonly Runs[] } {
  const unusable = (): LatentSyncError =>
    new LatentSyncError(
      'input-invalid',
      wording`${name} must be JSON with "size" and a list of runs for each row in "generated_region_runs_per_row".`,
      { remedy: 'Use the original golden file.' },
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable();
  }
  if (typeof json !== 'object' || json === null) throw unusable();
  const { size, generated_region_runs_per_row: rows } = json as Record<string, unknown>;
  if (typeof size !== 'number' || !Array.isArray(rows) || rows.length !== size || !rows.every(isRuns)) throw unusable();
  return { size, rows };
}

function isRuns(value: unknown): value is Runs {
  const isRun = (run: unknown): boolean =>
    Array.isArray(run) && run.length === 2 && run.every((column) => Number.isInteger(column));
  return Array.isArray(value) && value.every(isRun);
}
