// JobRecord: what a running job takes down for its report: times, the table of faces, and thumbnails of frames as they are written.
import type { Image8 } from '../tensor/image.ts';
import { StageClock } from '../util/stage-clock.ts';
import type { EncodedFaces } from './face-windows.ts';
import type { TrackTable } from './faces/track-table.ts';
import type { Lane } from './lanes.ts';
import type { Timeline } from './timeline.ts';

/** Work that an earlier job may have done, so that it is not done again. */
export type KeptStage = 'faces' | 'audio';

/** A frame of the output, small. */
export interface Thumbnail {
  /** Position in the output. */
  readonly frame: number;
  readonly seconds: number;
  readonly image: Image8;
}

/** What a {@link JobRecord} takes down. */
export interface JobRecordOptions {
  /** Counts the times. Default: a new one. */
  clock?: StageClock;
  /** Seconds from one thumbnail to the next; the first one comes after half of that. Default: none are taken. */
  thumbnailSeconds?: number;
  /** Pixels of the longer side of a thumbnail. Default 160. */
  thumbnailSize?: number;
}

/** A frame of the output. */
export interface WrittenFrame {
  readonly index: number;
  readonly timestampSeconds: number;
}

/** What a job draws. */
export interface JobPlan {
  readonly table: TrackTable;
  readonly timeline: Timeline;
  readonly lanes: readonly Lane[];
}

/** What happened in a job. Its size does not depend on how long the video is, but for the table. */
export class JobRecord {
  /** Times of the stages, and of their parts. */
  readonly clock: StageClock;
  /** By their number in the order of the output. */
  readonly #thumbnails = new Map<number, Thumbnail>();
  readonly #options: JobRecordOptions;
  #hasKeptFaces = false;
  readonly #faces: EncodedFaces = { encoded: 0, kept: 0 };
  readonly #audio = { encoded: 0, kept: 0 };
  #plan: JobPlan | undefined;

  constructor(options: JobRecordOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new StageClock();
  }

  /** What is drawn; undefined until that is known. */
  get plan(): JobPlan | undefined {
    return this.#plan;
  }

  /** The work that was found done. */
  get keptStages(): ReadonlySet<KeptStage> {
    const kept = new Set<KeptStage>();
    if (this.#hasKeptFaces) kept.add('faces');
    if (this.#audio.kept > 0 && this.#audio.encoded === 0) kept.add('audio');
    return kept;
  }

  /** The table of the faces was kept. */
  foundFaces(): void {
    this.#hasKeptFaces = true;
  }

  /** How many faces were encoded, and how many were not because their latents were kept. */
  get faces(): Readonly<EncodedFaces> {
    return this.#faces;
  }

  /** The latents of some more faces are there. */
  encoded({ encoded, kept }: EncodedFaces): void {
    this.#faces.encoded += encoded;
    this.#faces.kept += kept;
  }

  /** How many windows of the audio were encoded, and how many were not because their features were kept. */
  get audio(): Readonly<{ encoded: number; kept: number }> {
    return this.#audio;
  }

  /** The features of one more window of the audio are there. */
  heard({ isKept }: { isKept: boolean }): void {
    this.#audio[isKept ? 'kept' : 'encoded']++;
  }

  /** The faces of the video are known, and what is drawn where. */
  planned(plan: JobPlan): void {
    this.#plan = plan;
  }

  /** The thumbnails, in the order of the output. */
  get thumbnails(): readonly Thumbnail[] {
    return Array.from(this.#thumbnails)
      .sort(([a], [b]) => a - b)
      .map(([, thumbnail]) => thumbnail);
  }

  /** Returns where thumbnails are missing before the first one: an interrupted job has written those frames. Seconds. */
  missingThumbnails(durationSeconds: number): number[] {
    const { thumbnailSeconds = Infinity } = this.#options;
    const taken = Math.min(...this.#thumbnails.keys());
    const times: number[] = [];
    for (let number = 0; number < taken && (number + 0.5) * thumbnailSeconds < durationSeconds; number++) {
      times.push((number + 0.5) * thumbnailSeconds);
    }
    return times;
  }

  /**
   * A frame is about to be written, or is read from what is written; `draw` returns it as it will be seen, no longer than so many
   * pixels.
   */
  written({ index, timestampSeconds }: WrittenFrame, draw: (longerSide: number) => Image8): void {
    const { thumbnailSeconds, thumbnailSize = 160 } = this.#options;
    if (thumbnailSeconds === undefined) return;
    const number = Math.floor((timestampSeconds + TOLERANCE) / thumbnailSeconds - 0.5);
    if (number < 0 || this.#thumbnails.has(number)) return;
    const image = this.clock.timeSync('report', () => draw(thumbnailSize));
    this.#thumbnails.set(number, { frame: index, seconds: timestampSeconds, image });
  }
}

/** Seconds: times are computed in more than one way, and files round them. */
const TOLERANCE = 0.0005;
