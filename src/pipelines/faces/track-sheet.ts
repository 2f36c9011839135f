// A contact sheet of the people of a video: a frame of each of their tracks, the face framed, with the person's number and the times.
import type { VideoReader } from '../../media/video-reader.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { clockTime } from '../../util/times.ts';
import { drawBox, drawLabel, labelSize, type PaintColor } from '../../vision/annotate.ts';
import { contactSheet } from '../../vision/contact-sheet.ts';
import type { Box } from '../../vision/geometry.ts';
import { resizeArea } from '../../vision/resize.ts';
import type { FacesSummary, TrackSummary } from './faces-summary.ts';
import { personColor } from './person-color.ts';
import type { FaceTrack } from './track-sums.ts';
import type { TrackTable, TrackTableEntry } from './track-table.ts';

/** Pixels that a sheet of many tracks has at most, unless its pictures would be narrower than {@link NARROWEST}. */
const SHEET_PIXELS = 16e6;
const WIDEST = 400;
const NARROWEST = 128;

const BLACK: PaintColor = [0, 0, 0];
const WHITE: PaintColor = [255, 255, 255];
/**
 * Returns the sheet of a table, RGBA; undefined when no face is followed in the video.
 *
 * @throws What reading the video throws; LatentSyncError `aborted` when the signal fires.
 */
export async function trackSheet(
  video: VideoReader,
  table: TrackTable,
  { tracks, durationSeconds }: FacesSummary,
  options: { signal?: AbortSignal } = {},
): Promise<Image8 | undefined> {
  const { width, height } = video.info;
  const fitting = Math.floor(Math.sqrt((SHEET_PIXELS * width) / (height * Math.max(1, tracks.length))));
  const cellWidth = Math.min(width, WIDEST, Math.max(NARROWEST, fitting));
  const cells: Image8[] = [];
  for (const found of table.tracks.toSorted((a, b) => a.person - b.person || a.track - b.track)) {
    throwIfAborted(options.signal);
    const { entry, box } = clearestFrame(table, found);
    const cell = await readFrame(video, entry, cellWidth, options.signal);
    annotate(cell, tracks[found.track], box, { scale: cell.width / width, withTenths: durationSeconds < 600 });
    cells.push(cell);
  }
  return cells.length === 0 ? undefined : contactSheet(cells, { cellWidth });
}

/** Returns the frame next to the middle of a track in which the face was found, not interpolated, and where it is there. */
function clearestFrame(
  table: TrackTable,
  { track, firstRow, lastRow, firstBox }: FaceTrack,
): { entry: TrackTableEntry; box: Box } {
  const middle = (firstRow + lastRow) >> 1;
  for (let distance = 0; distance <= lastRow - firstRow; distance++) {
    for (const row of [middle - distance, middle + distance]) {
      if (row < firstRow || row > lastRow) continue;
      const entry = table.entry(row);
      const face = entry.faces.find((other) => other.track === track);
      if (face?.bridged === false) return { entry, box: face.box };
    }
  }
  return { entry: table.entry(firstRow), box: firstBox }; // a track begins with a face that was found
}

async function readFrame(
  video: VideoReader,
  { sourceIndex, timestampSeconds }: TrackTableEntry,
  cellWidth: number,
  signal: AbortSignal | undefined,
): Promise<Image8> {
  // A little earlier, because times are computed in more than one way.
  for await (const frame of video.frames({ startSeconds: Math.max(0, timestampSeconds - 0.0005), signal })) {
    if (frame.sourceIndex < sourceIndex) {
      video.recycle(frame);
      continue;
    }
    const { width, height, data } = frame;
    return resizeArea(
      createImage8(width, height, 4, data),
      cellWidth,
      Math.max(1, Math.round((height * cellWidth) / width)),
    );
  }
  throw new Error(`There is no frame at ${timestampSeconds.toFixed(2)} s.`);
}

function annotate(
  cell: Image8,
  { person, fromSeconds, toSeconds }: TrackSummary,
  { x, y, width, height }: Box,
  { scale, withTenths }: { scale: number; withTenths: boolean },
): void {
  const color = personColor(person);
  const box = { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
  drawBox(cell, { x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 }, BLACK, 4);
  drawBox(cell, box, color, 2);
  drawLabel(cell, String(person), 0, 0, {
    color: BLACK,
    background: color,
    scale: Math.max(2, Math.round(cell.width / 100)),
  });
  const times = `${clockTime(fromSeconds, withTenths)}–${clockTime(toSeconds, withTenths)}`;
  const small = cell.width >= 240 ? 2 : 1;
  const { height: labelHeight } = labelSize(times, small);
  drawLabel(cell, times, 0, cell.height - labelHeight, { color: WHITE, background: BLACK, scale: small });
}
