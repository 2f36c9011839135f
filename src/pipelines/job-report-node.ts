// The report of a job in Node: checked before the job, written whole after it.
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { openVideo } from '../media/input-file-node.ts';
import { ANOTHER_FILE, checkOutput } from '../media/output-file-node.ts';
import { encodePng } from '../media/png-node.ts';
import { OptionError } from '../util/assert.ts';
import { linkTarget, writeWholeFile } from '../util/whole-file-node.ts';
import { reportHtml } from './job-report-html.ts';
import { reportJson, type JobReportSource } from './job-report.ts';
import { PictureSampler } from '../vision/picture-sampler.ts';

const PIECE = 1 << 16;
/** Times in files are rounded. Seconds. */
const FILE_ROUNDING = 0.0004;

/** Returns whether a report is a page, by its name. */
export function isPage(path: string): boolean {
  return extname(path).toLowerCase() === '.html';
}

/**
 * Checks where a report is to be written.
 *
 * @param others - the inputs and the output of the job.
 * @throws OptionError when it has another extension, or is one of the others; LatentSyncError `output-not-writable`.
 */
export async function checkReport(path: string, others: readonly string[]): Promise<void> {
  if (!['.json', '.html'].includes(extname(path).toLowerCase())) {
    throw new OptionError('report', 'end in .json or .html', path);
  }
  for (const other of others) {
    if (await isSameFile(path, other)) {
      throw new OptionError('report', 'be a file of its own, neither an input nor the output', path);
    }
  }
  await checkOutput(path, [], { name: 'a report', extensions: ['.json', '.html'], stem: 'report' });
}

async function isSameFile(first: string, second: string): Promise<boolean> {
  const [a, b] = await Promise.all([first, second].map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  if (a && b) return a.ino === b.ino && a.dev === b.dev;
  return (await linkTarget(first)) === (await linkTarget(second));
}

/** Takes the thumbnails of frames that an interrupted job had written from the finished output. */
async function addMissingThumbnails({ record, timeline }: JobReportSource, output: string): Promise<void> {
  const missing = record.missingThumbnails(timeline.durationSeconds);
  if (missing.length === 0) return;
  await using video = await openVideo(output);
  const sampler = new PictureSampler(video.layout);
  for (const seconds of missing) {
    const startSeconds = Math.max(0, seconds - video.leadSeconds - FILE_ROUNDING);
    for await (const { index, timestampSeconds, data } of video.pictures({ startSeconds })) {
      record.written({ index, timestampSeconds: timestampSeconds + video.leadSeconds }, (longerSide) =>
        sampler.thumbnail(data, longerSide),
      );
      break;
    }
  }
}

/**
 * Writes a report, JSON or HTML by its name.
 *
 * @param source - `output` is there, complete.
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`.
 */
export async function writeReport(path: string, source: Omit<JobReportSource, 'version'>): Promise<void> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const whole = { ...source, version };
  if (isPage(path)) {
    await addMissingThumbnails(whole, whole.output);
    const images = whole.record.thumbnails.map(({ image }) => {
      return `data:image/png;base64,${encodePng(image).toString('base64')}`;
    });
    await writeWholeFile(path, reportHtml(whole, images), { remedy: ANOTHER_FILE });
    return;
  }
  const encoder = new TextEncoder();
  await writeWholeFile(
    path,
    async (file) => {
      let waiting = '';
      for (const text of reportJson(whole)) {
        waiting += text;
        if (waiting.length < PIECE) continue;
        await file.write(encoder.encode(waiting));
        waiting = '';
      }
      await file.write(encoder.encode(waiting));
    },
    { remedy: ANOTHER_FILE },
  );
}
