// WatchedPerson: what a person's face does over a video, one frame after another.
import type { FaceMesh } from '../models/face-mesh.ts';
import type { FaceLandmarker, FaceLandmarks } from '../pipelines/faces/face-landmarker.ts';
import type { TrackTableFace } from '../pipelines/faces/track-table.ts';
import type { Image8 } from '../tensor/image.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import { FaceFigures, type PictureFigures } from './face-figures.ts';
import type { PersonSourceFigures } from './judgment.ts';
import { measureFace, type MeasuredFace } from './mouth-track.ts';
import { correlation, mean } from './signals.ts';
import { SourceComparison } from './source-comparison.ts';

/** Side of the aligned faces. */
const SIDE = 256;

/** Frames from one comparison of embeddings to the next, and most of them. */
const EMBEDDING_INTERVAL = 25;
const MOST_EMBEDDINGS = 8;

/** With what faces are measured. */
export interface WatchContext {
  readonly mesh: FaceMesh;
  /** Tells people apart; opened when a source is compared. */
  readonly landmarker: () => Promise<FaceLandmarker>;
  readonly signal: AbortSignal | undefined;
}

/** A person of a video. */
export class WatchedPerson {
  readonly person: number;
  /** In each frame of the video, NaN where the mouth is not seen. */
  readonly opening: Float64Array;
  readonly #context: WatchContext;
  readonly #aligner = new FaceAligner(SIDE, { direct: true });
  readonly #figures = new FaceFigures(SIDE);
  readonly #comparison = new SourceComparison(SIDE);
  readonly #sourceOpening: Float64Array;
  readonly #embeddings: number[] = [];
  #last: { track: number; index: number } | undefined;
  #compared = 0;

  constructor(person: number, frames: number, context: WatchContext) {
    this.person = person;
    this.opening = new Float64Array(frames).fill(NaN);
    this.#sourceOpening = new Float64Array(frames).fill(NaN);
    this.#context = context;
  }

  /**
   * Looks at a frame that shows the person.
   *
   * @param index - of the frame.
   * @param isUsable - whether the mouth can be made out.
   * @param source - the frame of the source that is shown at that time.
   */
  async watch(
    index: number,
    image: Image8,
    { face, isUsable, source }: { face: TrackTableFace; isUsable: boolean; source: Image8 | undefined },
  ): Promise<void> {
    if (this.#last?.track !== face.track || this.#last.index !== index - 1) {
      this.#aligner.reset();
      this.#figures.restart();
    }
    this.#last = { track: face.track, index };
    const { face: aligned, affineMatrix } = this.#aligner.align(image, face.points);
    this.#figures.add(aligned);
    if (!isUsable || face.bridged) return;
    const { mesh, signal } = this.#context;
    const measured = await measureFace(aligned, mesh, { signal });
    this.opening[index] = measured.opening;
    if (!source) return;
    const original = this.#aligner.cut(source, affineMatrix);
    const measuredSource = await measureFace(original, mesh, { signal });
    this.#sourceOpening[index] = measuredSource.opening;
    this.#comparison.add(
      { face: original, landmarks: measuredSource.landmarks },
      { face: aligned, landmarks: measured.landmarks },
    );
    if (this.#compared++ % EMBEDDING_INTERVAL === 0 && this.#embeddings.length < MOST_EMBEDDINGS) {
      const [a, b] = [await this.#embed(original, measuredSource), await this.#embed(aligned, measured)];
      this.#embeddings.push(a.reduce((sum, value, i) => sum + value * b[i], 0));
    }
  }

  /** Frames in which the mouth was seen. */
  get seenFrames(): number {
    return this.opening.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  }

  get picture(): PictureFigures {
    return this.#figures.figures;
  }

  /** Undefined where there is no source. */
  get source(): PersonSourceFigures | undefined {
    const figures = this.#comparison.figures;
    if (!figures) return undefined;
    const both = Array.from(this.opening.keys()).filter((i) => !Number.isNaN(this.#sourceOpening[i]));
    return {
      ...figures,
      openingCorrelation: correlation(
        both.map((i) => this.opening[i]),
        both.map((i) => this.#sourceOpening[i]),
      ),
      embedding: mean(this.#embeddings),
    };
  }

  async #embed(face: Image8, { landmarks }: MeasuredFace): Promise<Float32Array> {
    const landmarker = await this.#context.landmarker();
    const box = { x: 0, y: 0, width: face.width, height: face.height };
    const seen: FaceLandmarks = { kind: 'mesh468', box, score: 1, landmarks };
    const { embedding } = await landmarker.identify(landmarker.portrait(face, seen), { signal: this.#context.signal });
    return embedding;
  }
}
