// What is recorded of the clips of a video, in a file named after it beside them: how they were cut, what filters measured, which are dropped.
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../hub/files-node.ts';
import { option, wording } from '../../util/wording.ts';
import { writeWholeFile } from '../../util/whole-file-node.ts';
import type { Box } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { CLIP_SUFFIX } from './training-clip-node.ts';

/** Why a clip is dropped: SyncNet cannot judge it, its sound is too far off, or does not belong to it, or it does not look good enough. */
export const dropReasons = ['short', 'offset', 'confidence', 'quality'] as const;

/** One of {@link dropReasons}. */
export type DropReason = (typeof dropReasons)[number];

/** One clip. */
export interface ClipRecord {
  file: string;
  /** The first of its frames, 25 per second, from the start of the video. */
  firstFrame: number;
  /** The face in each frame, as [x, y, width, height] in pixels. */
  boxes: [number, number, number, number][];
  /** The points of the face in the first, the middle and the last frame. */
  points: AlignmentPoints[];
  /** By how many frames its sound came early, which was corrected, and SyncNet's confidence; undefined of a clip that is too short. */
  sync?: { offset: number; confidence: number };
  /** HyperIQA's score. */
  quality?: number;
  dropped?: DropReason;
}

/** Frames that are in no clip, by the reason. */
export interface FramesLeftOut {
  /** No face, or one that the pipeline would not redraw. */
  noFace: number;
  /** Several faces, where there may be only one. */
  severalFaces: number;
  /** A face that is smaller than asked for. */
  smallFace: number;
  /** In a piece of less than a second. */
  shortPiece: number;
}

/** How clips are cut. */
export interface CutSettings {
  seconds: number;
  resolution: number;
  oneFace: boolean;
  minFace: number;
}

/** What is recorded of a video. */
export interface VideoRecord extends CutSettings {
  /** Bytes and time of change of the video. */
  size: number;
  modified: number;
  clips: ClipRecord[];
  leftOut: FramesLeftOut;
  /** Weights that the clips were measured with, by sha256. */
  syncnet?: string;
  hyperiqa?: string;
}

/** The folder of the clips, with one within for those that are dropped. */
export class ClipFolder {
  readonly path: string;
  readonly #dropped: string;

  constructor(path: string) {
    this.path = path;
    this.#dropped = join(path, 'dropped');
  }

  /** Returns where a clip's file lies now; undefined if it is gone. */
  find(file: string): string | undefined {
    return [this.path, this.#dropped].map((folder) => join(folder, file)).find((path) => existsSync(path));
  }

  /** Returns the record of a video; undefined if there is none, none that can be read, or one whose clips are not all there. */
  async read(video: string): Promise<VideoRecord | undefined> {
    const path = this.#recordPath(video);
    if (!existsSync(path)) return undefined;
    try {
      const record = JSON.parse(await readFile(path, 'utf8')) as VideoRecord;
      const isWhole = record.clips.every(
        ({ file, boxes, points }) =>
          isClipOf(video, file) && this.find(file) !== undefined && Array.isArray(boxes) && Array.isArray(points),
      );
      return isWhole && typeof record.leftOut === 'object' ? record : undefined;
    } catch {
      return undefined;
    }
  }

  /** Writes the record of a video. */
  async write(video: string, record: VideoRecord): Promise<void> {
    await writeWholeFile(this.#recordPath(video), `${JSON.stringify(record)}\n`);
  }

  /** Moves clips to where they belong by what was measured, and writes the record. */
  async settle(
    video: string,
    record: VideoRecord,
    reasonToDrop: (clip: ClipRecord) => DropReason | undefined,
  ): Promise<void> {
    for (const clip of record.clips) {
      clip.dropped = reasonToDrop(clip);
      const folder = clip.dropped === undefined ? this.path : this.#dropped;
      const [target, found] = [join(folder, clip.file), this.find(clip.file)];
      if (found === undefined || found === target) continue;
      await makeDirectory(folder, {
        what: 'folder of dropped clips',
        remedy: wording`Choose another ${option('output')}.`,
      });
      await rename(found, target);
    }
    await this.write(video, record);
  }

  /** Removes the clips of a video and its record, including clips that an interrupted import left without one. */
  async remove(video: string): Promise<void> {
    await rm(this.#recordPath(video), { force: true });
    for (const folder of [this.path, this.#dropped].filter((path) => existsSync(path))) {
      for (const file of await readdir(folder)) if (isClipOf(video, file)) await rm(join(folder, file));
    }
  }

  #recordPath(video: string): string {
    return join(this.path, `${video}.json`);
  }
}

/** Returns the name of the clip of a video that begins with a frame. */
export function clipName(video: string, firstFrame: number): string {
  return `${video}-${String(firstFrame).padStart(6, '0')}${CLIP_SUFFIX}`;
}

function isClipOf(video: string, file: string): boolean {
  if (!file.startsWith(`${video}-`) || !file.endsWith(CLIP_SUFFIX)) return false;
  return /^\d+$/.test(file.slice(video.length + 1, -CLIP_SUFFIX.length));
}

/** Returns the numbers of the first, the middle and the last of so many frames, by which a clip's quality is judged. */
export function judgedFrames(count: number): [number, number, number] {
  return [0, Math.floor(count / 2), count - 1];
}

/** Returns a box as it is recorded: tenths of a pixel are enough. */
export function recordedBox({ x, y, width, height }: Box): ClipRecord['boxes'][number] {
  const tenths = (value: number): number => Math.round(10 * value) / 10;
  return [tenths(x), tenths(y), tenths(width), tenths(height)];
}
