// TrackTable: for every frame of a video its shot, and all faces that are followed; what the first pass over a video finds.
import { Tensor } from '../../tensor/tensor.ts';
import { FACE_COLORS } from '../../vision/face-colors.ts';
import { MOUTH_LOOK_BYTES } from '../../vision/mouth-look.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { GrowingColumn } from './growing-column.ts';
import { MOUTH_CHANGE_STEPS, mouthChanges, UNKNOWN_MOUTH_CHANGE } from './mouth-changes.ts';
import { groupTracks, TrackIdentities, type TrackGroup } from './people.ts';
import type { FrameFace } from './track-faces.ts';
import { TrackSums, type FaceTrack, type RowRange } from './track-sums.ts';

/** A face in one frame. */
export interface TrackTableFace extends Omit<FrameFace, 'mouthLook'> {
  /** Counts the people of the table from 1, in the order in which they appear. */
  readonly person: number;
  /** How much its mouth differs from what it usually looks like in the shot, see `mouthLookChange`; absent where nothing is known of it. */
  readonly mouthChange?: number;
}

/** What is put in for a frame. */
export interface TrackTableInput {
  /** Position of the frame in the video. */
  readonly sourceIndex: number;
  /** From the start of the first frame of the video. */
  readonly timestampSeconds: number;
  /** Whether the frame begins a new shot. */
  readonly isCut: boolean;
  /** In order of their tracks. */
  readonly faces: readonly FrameFace[];
}

/** One row of the table. */
export interface TrackTableEntry extends TrackTableInput {
  readonly faces: readonly TrackTableFace[];
}

const UNKNOWN = 255;

/** Steps of the bytes that hold sharpness, per unit. */
const SHARPNESS_STEPS = 200;

const NO_LOOK = new Uint8Array(MOUTH_LOOK_BYTES);

/** Columns of the table. */
interface Columns {
  // One row per frame, [N].
  sourceIndex: Int32Array;
  seconds: Float64Array;
  shot: Int32Array;
  /** The first of its faces; they end where those of the next frame begin. */
  firstFace: Int32Array;
  // One row per face, [M].
  track: Int32Array;
  bridged: Uint8Array;
  /** [M, 4]: x, y, width, height. */
  box: Float64Array;
  /** [M, 6]: x, y of each point. */
  points: Float64Array;
  /** NaN where unknown, as with the turn. */
  eyeOpening: Float32Array;
  turn: Float32Array;
  /** 0 or 1; 255 where unknown. */
  mouthCutOff: Uint8Array;
  /** In steps; 255 where unknown. */
  sharpness: Uint8Array;
  mouthChange: Uint8Array;
  dissolving: Uint8Array;
  // One row per track, [T].
  person: Int32Array;
  // One row per person, [P].
  /** [P, E]; zeros where a person was not identified. */
  embedding: Float32Array;
  /** [P, colors]. */
  colors: Float32Array;
}

/** Rows in the order of their frames; a lookup by frame takes logarithmic time. */
export class TrackTable {
  readonly #columns: Columns;
  readonly #tracks: readonly FaceTrack[];

  private constructor(columns: Columns) {
    this.#columns = columns;
    this.#tracks = tracksOf(columns);
  }

  /**
   * Returns the table of entries that are in the order of their frames.
   *
   * @param identities - by what the people of the tracks are recognized, complete when the entries end; `one-person`: all tracks are of
   *   the same. Default: every track is of a person of its own.
   */
  static async from(
    entries: AsyncIterable<TrackTableInput> | Iterable<TrackTableInput>,
    identities: TrackIdentities | 'one-person' = new TrackIdentities(),
  ): Promise<TrackTable> {
    const int32 = (): GrowingColumn<Int32Array> => new GrowingColumn((length) => new Int32Array(length));
    const float64 = (): GrowingColumn<Float64Array> => new GrowingColumn((length) => new Float64Array(length));
    const [sourceIndex, shot, firstFace, track] = [int32(), int32(), int32(), int32()];
    const [seconds, box, points] = [float64(), float64(), float64()];
    const bridged = new GrowingColumn((length) => new Uint8Array(length));
    const eyeOpening = new GrowingColumn((length) => new Float32Array(length));
    const turn = new GrowingColumn((length) => new Float32Array(length));
    const mouthCutOff = new GrowingColumn((length) => new Uint8Array(length));
    const sharpness = new GrowingColumn((length) => new Uint8Array(length));
    const dissolving = new GrowingColumn((length) => new Uint8Array(length));
    const looks = new GrowingColumn((length) => new Uint8Array(length));
    const shotOfFace = int32();
    let [rows, shots, faceCount] = [0, 0, 0];
    for await (const { sourceIndex: index, timestampSeconds, isCut, faces } of entries) {
      if (isCut && rows > 0) shots++;
      rows++;
      sourceIndex.push(index);
      seconds.push(timestampSeconds);
      shot.push(shots);
      firstFace.push(faceCount);
      for (const face of faces) {
        const { x, y, width, height } = face.box;
        track.push(face.track);
        bridged.push(face.bridged ? 1 : 0);
        box.push(x, y, width, height);
        points.push(...face.points.flat());
        eyeOpening.push(face.eyeOpening ?? NaN);
        turn.push(face.turn ?? NaN);
        mouthCutOff.push(face.isMouthCutOff === undefined ? UNKNOWN : Number(face.isMouthCutOff));
        const steps = Math.min(UNKNOWN - 1, Math.round((face.sharpness ?? 0) * SHARPNESS_STEPS));
        sharpness.push(face.sharpness === undefined ? UNKNOWN : steps);
        looks.push(...(face.mouthLook ?? NO_LOOK));
        dissolving.push(face.isDissolving ? 1 : 0);
        shotOfFace.push(shots);
      }
      faceCount += faces.length;
    }
    const found = {
      sourceIndex: sourceIndex.finish(),
      seconds: seconds.finish(),
      shot: shot.finish(),
      firstFace: firstFace.finish(),
      track: track.finish(),
      bridged: bridged.finish(),
      box: box.finish(),
      points: points.finish(),
      eyeOpening: eyeOpening.finish(),
      turn: turn.finish(),
      mouthCutOff: mouthCutOff.finish(),
      sharpness: sharpness.finish(),
      mouthChange: new Uint8Array(0),
      dissolving: dissolving.finish(),
    };
    const nobody = { person: new Int32Array(0), embedding: new Float32Array(0), colors: new Float32Array(0) };
    const people = peopleOf(tracksOf({ ...found, ...nobody }), identities);
    const person = found.track.map((number) => people.person[number]);
    const mouthChange = mouthChanges({ looks: looks.finish(), shot: shotOfFace.finish(), person });
    return new TrackTable({ ...found, ...people, mouthChange });
  }

  /**
   * Returns the table that {@link TrackTable.toTensors} has stored.
   *
   * @throws RangeError when a column is missing or has another type or length.
   */
  static fromTensors(tensors: ReadonlyMap<string, Tensor>): TrackTable {
    const lengthOf = (name: string): number => tensors.get(name)?.shape[0] ?? 0;
    const [frames, faces, people] = [lengthOf('seconds'), lengthOf('track'), lengthOf('colors')];
    const column = <D extends 'int32' | 'uint8' | 'float32' | 'float64'>(name: string, dtype: D, length: number) => {
      const tensor = tensors.get(name);
      if (!tensor?.is(dtype) || tensor.data.length !== length) {
        throw new RangeError(`tensors must have the column ${name}, ${dtype} [${length}].`);
      }
      return tensor.data;
    };
    const embeddingNumbers = tensors.get('embedding')?.shape[1] ?? 0;
    return new TrackTable({
      sourceIndex: column('source_index', 'int32', frames),
      seconds: column('seconds', 'float64', frames),
      shot: column('shot', 'int32', frames),
      firstFace: column('first_face', 'int32', frames),
      track: column('track', 'int32', faces),
      bridged: column('bridged', 'uint8', faces),
      box: column('box', 'float64', faces * 4),
      points: column('points', 'float64', faces * 6),
      eyeOpening: column('eye_opening', 'float32', faces),
      turn: column('turn', 'float32', faces),
      mouthCutOff: column('mouth_cut_off', 'uint8', faces),
      sharpness: column('sharpness', 'uint8', faces),
      mouthChange: column('mouth_change', 'uint8', faces),
      dissolving: column('dissolving', 'uint8', faces),
      person: column('person', 'int32', lengthOf('person')),
      embedding: column('embedding', 'float32', people * embeddingNumbers),
      colors: column('colors', 'float32', people * FACE_COLORS),
    });
  }

  /**
   * Returns the columns: `source_index`, `seconds`, `shot`, `first_face` of the frames [N], `track`, `bridged`, `eye_opening`,
   * `turn`, `mouth_cut_off`, `sharpness`, `mouth_change`, `dissolving`, `box` and `points` of the faces [M, …], `person` of the tracks [T], `embedding` and `colors` of the people [P, …].
   */
  toTensors(): Map<string, Tensor> {
    const { sourceIndex, seconds, shot, firstFace, track, bridged, box, points } = this.#columns;
    const { eyeOpening, turn, mouthCutOff, sharpness, mouthChange, dissolving, person, embedding, colors } =
      this.#columns;
    const [rows, faces, people] = [this.rowCount, track.length, this.personCount];
    return new Map<string, Tensor>([
      ['source_index', new Tensor('int32', [rows], sourceIndex)],
      ['seconds', new Tensor('float64', [rows], seconds)],
      ['shot', new Tensor('int32', [rows], shot)],
      ['first_face', new Tensor('int32', [rows], firstFace)],
      ['track', new Tensor('int32', [faces], track)],
      ['bridged', new Tensor('uint8', [faces], bridged)],
      ['box', new Tensor('float64', [faces, 4], box)],
      ['points', new Tensor('float64', [faces, 6], points)],
      ['eye_opening', new Tensor('float32', [faces], eyeOpening)],
      ['turn', new Tensor('float32', [faces], turn)],
      ['mouth_cut_off', new Tensor('uint8', [faces], mouthCutOff)],
      ['sharpness', new Tensor('uint8', [faces], sharpness)],
      ['mouth_change', new Tensor('uint8', [faces], mouthChange)],
      ['dissolving', new Tensor('uint8', [faces], dissolving)],
      ['person', new Tensor('int32', [person.length], person)],
      ['embedding', new Tensor('float32', [people, embedding.length / Math.max(1, people)], embedding)],
      ['colors', new Tensor('float32', [people, FACE_COLORS], colors)],
    ]);
  }

  /** Frames that were looked at. */
  get rowCount(): number {
    return this.#columns.sourceIndex.length;
  }

  /** Shots that they are of. */
  get shotCount(): number {
    return this.rowCount === 0 ? 0 : this.#columns.shot[this.rowCount - 1] + 1;
  }

  /** People that they show. */
  get personCount(): number {
    return this.#columns.colors.length / FACE_COLORS;
  }

  /** Frames that show a face. */
  get framesWithFace(): number {
    let count = 0;
    for (let row = 0; row < this.rowCount; row++) if (this.#facesEnd(row) > this.#columns.firstFace[row]) count++;
    return count;
  }

  /** Returns the faces of a frame of the video, in order of their tracks; none where it was not looked at. */
  faces(sourceIndex: number): TrackTableFace[] {
    const row = this.rowOf(sourceIndex);
    return row === undefined ? [] : this.#faces(row);
  }

  /** Returns the shot of a frame of the video; undefined where it was not looked at. */
  shot(sourceIndex: number): number | undefined {
    const row = this.rowOf(sourceIndex);
    return row === undefined ? undefined : this.#columns.shot[row];
  }

  /** Returns what is known of a frame of the video; undefined where it was not looked at. */
  frame(sourceIndex: number): TrackTableEntry | undefined {
    const row = this.rowOf(sourceIndex);
    return row === undefined ? undefined : this.entry(row);
  }

  /** Returns a row. */
  entry(row: number): TrackTableEntry {
    const { sourceIndex, seconds, shot } = this.#columns;
    return {
      sourceIndex: sourceIndex[row],
      timestampSeconds: seconds[row],
      isCut: row > 0 && shot[row] !== shot[row - 1],
      faces: this.#faces(row),
    };
  }

  /** Returns the face of a track in its successive frames. */
  facesOf({ track, firstRow, lastRow }: FaceTrack): TrackTableFace[] {
    const length = lastRow + 1 - firstRow;
    return Array.from({ length }, (_, index) => this.#faces(firstRow + index).find((face) => face.track === track)!);
  }

  /** The tracks, in order of their numbers. */
  get tracks(): readonly FaceTrack[] {
    return this.#tracks;
  }

  /** Whether everybody has been identified. */
  get isIdentified(): boolean {
    for (let person = 1; person <= this.personCount; person++) if (!this.identity(person)) return false;
    return true;
  }

  /** Returns by what a person is recognized; undefined where that is not known. */
  identity(person: number): FaceIdentity | undefined {
    const { embedding, colors } = this.#columns;
    const numbers = embedding.length / this.personCount;
    const own = embedding.subarray((person - 1) * numbers, person * numbers);
    if (own.every((value) => value === 0)) return undefined;
    return { embedding: own, colors: colors.subarray((person - 1) * FACE_COLORS, person * FACE_COLORS) };
  }

  /** Returns where nobody is to be seen. */
  withoutFace(): RowRange[] {
    const { seconds, firstFace } = this.#columns;
    const ranges: RowRange[] = [];
    const isEmpty = (row: number): boolean => this.#facesEnd(row) === firstFace[row];
    for (let firstRow = 0, end; firstRow < this.rowCount; firstRow = end) {
      end = firstRow + 1;
      if (!isEmpty(firstRow)) continue;
      while (end < this.rowCount && isEmpty(end)) end++;
      ranges.push({ firstRow, lastRow: end - 1, firstSeconds: seconds[firstRow], lastSeconds: seconds[end - 1] });
    }
    return ranges;
  }

  /** Returns the row of a frame of the video; undefined where it was not looked at. */
  rowOf(sourceIndex: number): number | undefined {
    const { sourceIndex: indices } = this.#columns;
    let low = 0;
    let high = indices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indices[middle] < sourceIndex) low = middle + 1;
      else high = middle;
    }
    return indices[low] === sourceIndex ? low : undefined;
  }

  #facesEnd(row: number): number {
    return row + 1 < this.rowCount ? this.#columns.firstFace[row + 1] : this.#columns.track.length;
  }

  #faces(row: number): TrackTableFace[] {
    const { firstFace, track, person, bridged, box, points, eyeOpening, turn, mouthCutOff } = this.#columns;
    const { sharpness, mouthChange, dissolving } = this.#columns;
    const faces: TrackTableFace[] = [];
    for (let face = firstFace[row]; face < this.#facesEnd(row); face++) {
      const [x, y, width, height] = box.subarray(4 * face, 4 * face + 4);
      const at = points.subarray(6 * face, 6 * face + 6);
      faces.push({
        track: track[face],
        person: person[track[face]],
        box: { x, y, width, height },
        points: [
          [at[0], at[1]],
          [at[2], at[3]],
          [at[4], at[5]],
        ],
        bridged: bridged[face] === 1,
        ...(!Number.isNaN(eyeOpening[face]) && { eyeOpening: eyeOpening[face] }),
        ...(!Number.isNaN(turn[face]) && { turn: turn[face] }),
        ...(mouthCutOff[face] !== UNKNOWN && { isMouthCutOff: mouthCutOff[face] === 1 }),
        ...(sharpness[face] !== UNKNOWN && { sharpness: sharpness[face] / SHARPNESS_STEPS }),
        ...(mouthChange[face] !== UNKNOWN_MOUTH_CHANGE && { mouthChange: mouthChange[face] / MOUTH_CHANGE_STEPS }),
        ...(dissolving[face] === 1 && { isDissolving: true }),
      });
    }
    return faces;
  }
}

/** Sums up the tracks of a table. */
function tracksOf(columns: Columns): FaceTrack[] {
  const { seconds, shot, firstFace, track, person, bridged, box, turn } = columns;
  const tracks: TrackSums[] = [];
  for (let row = 0; row < seconds.length; row++) {
    const end = row + 1 < seconds.length ? firstFace[row + 1] : track.length;
    for (let face = firstFace[row]; face < end; face++) {
      const [x, y, width, height] = box.subarray(4 * face, 4 * face + 4);
      (tracks[track[face]] ??= new TrackSums(row)).add(row, { x, y, width, height }, bridged[face], turn[face]);
    }
  }
  return tracks.map((sums, number) => ({
    track: number,
    person: person[number],
    shot: shot[sums.firstRow],
    firstSeconds: seconds[sums.firstRow],
    lastSeconds: seconds[sums.lastRow],
    ...sums.means,
  }));
}

function onePerson(tracks: readonly FaceTrack[]): TrackGroup[] {
  return tracks.length === 0 ? [] : [{ tracks: tracks.map(({ track }) => track), identity: undefined }];
}

/** Returns the columns of the people that tracks show. */
function peopleOf(
  tracks: readonly FaceTrack[],
  identities: TrackIdentities | 'one-person',
): Pick<Columns, 'person' | 'embedding' | 'colors'> {
  const groups = identities === 'one-person' ? onePerson(tracks) : groupTracks(tracks, identities);
  const numbers = Math.max(0, ...groups.map(({ identity }) => identity?.embedding.length ?? 0));
  const person = new Int32Array(tracks.length);
  const embedding = new Float32Array(groups.length * numbers);
  const colors = new Float32Array(groups.length * FACE_COLORS).fill(NaN);
  for (const [index, { tracks: own, identity }] of groups.entries()) {
    for (const track of own) person[track] = index + 1;
    if (!identity) continue;
    embedding.set(identity.embedding, index * numbers);
    colors.set(identity.colors, index * FACE_COLORS);
  }
  return { person, embedding, colors };
}
