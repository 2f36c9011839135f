// Points files on disk: read, whole but for very large ones, and written to be edited.
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { ANOTHER_FILE, type OutputFormat } from '../../media/output-file-node.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { fileError } from '../../util/file-errors.ts';
import { printable } from '../../util/printable.ts';
import { writeWholeFile } from '../../util/whole-file-node.ts';
import { wording } from '../../util/wording.ts';
import { formatPoints, parsePoints, type PointsFile, type PointsFormat } from './points-file.ts';
import type { PointsTemplate } from './points-template.ts';

/** What {@link writePointsTemplate} writes. */
export const pointsFormat: OutputFormat = { name: 'a points file', extensions: ['.csv', '.json'], stem: 'points' };

/** Bytes: a row for each of the frames of three hours at 30 frames per second. */
const MOST_BYTES = 32e6;

/**
 * Returns what a points file says, .csv or .json.
 *
 * @throws LatentSyncError `input-invalid`, or as {@link fileError} when it cannot be read.
 */
export async function readPoints(path: string): Promise<PointsFile> {
  const name = printable(path);
  const format = formatOf(path);
  if (!format) {
    throw new LatentSyncError(
      'input-invalid',
      wording`${name} is not a points file: its name must end in .csv or .json.`,
      {
        remedy: 'Name it after what is in it.',
      },
    );
  }
  const bytes = await readBytes(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  return parsePoints(textOf(bytes, name), { name, format });
}

/** Writes rows to be edited; the file is .csv or .json, as its name says. */
export async function writePointsTemplate(path: string, { rows, comment }: PointsTemplate): Promise<void> {
  await writeWholeFile(path, formatPoints(rows, { format: formatOf(path)!, comment }), { remedy: ANOTHER_FILE });
}

function formatOf(path: string): PointsFormat | undefined {
  const extension = extname(path).toLowerCase();
  return extension === '.csv' || extension === '.json' ? extension : undefined;
}

async function readBytes(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const stats = await file.stat();
  if (stats.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
  if (!stats.isFile() || stats.size > MOST_BYTES) {
    const fault = stats.isFile() ? `is larger than ${MOST_BYTES / 1e6} MB` : 'is not a regular file';
    throw new LatentSyncError('input-invalid', wording`${path} ${fault}.`, { remedy: 'Choose a points file.' });
  }
  return await file.readFile();
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new LatentSyncError('input-invalid', wording`${name} is not text in UTF-8.`, {
      remedy: 'Save it as CSV or JSON in UTF-8.',
      cause: error,
    });
  }
}
