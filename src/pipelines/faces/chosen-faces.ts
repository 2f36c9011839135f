// ChosenFaces: the table of all faces of a video and who was chosen → the one face of each frame that is lip-synced.
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import type { FacePlace } from './face-option.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { likeness, SAME_PERSON } from './people.ts';
import type { FaceTrack } from './track-sums.ts';
import { unusableReasons, type UnusableReason } from './usable-faces.ts';
import type { TrackTable, TrackTableFace } from './track-table.ts';

/** Who is lip-synced: somebody in every shot, a person of the table by number, the one that looks like an identity, or everybody. */
export type FaceChoice = FacePlace | 'all' | number | FaceIdentity;

/** A frame of the video. */
export interface ChosenFrame {
  readonly sourceIndex: number;
  /** From the start of the first frame of the video. */
  readonly timestampSeconds: number;
  /** The chosen face; undefined where it is not to be seen, or cannot be redrawn. */
  readonly face: TrackTableFace | undefined;
}

/** Who passes through a shot for less than this part of the longest time that somebody is seen in it is not chosen by place. */
const LEAST_PRESENCE = 0.25;

/** Of everybody, so many are lip-synced at the same time: each takes the memory of a window. */
const MOST_AT_ONCE = 16;

/** In {@link ChosenFaces}: nobody. */
const NOBODY = -1;

/** The chosen face of each frame, of which there is at most one. */
export class ChosenFaces {
  readonly #table: TrackTable;
  /** By row, the track of the chosen face: a person has one at a time. */
  readonly #tracks: Int32Array;
  /** By row, where that face cannot be redrawn. */
  readonly #unusable = new Map<number, UnusableReason>();

  /** @param tracks - of the table, no two of them at the same time. */
  constructor(table: TrackTable, tracks: Iterable<FaceTrack>) {
    this.#table = table;
    this.#tracks = new Int32Array(table.rowCount).fill(NOBODY);
    for (const track of tracks) this.#choose(track);
  }

  /**
   * Returns the faces of those who are chosen: as many of these as there are tracks at the same time, at least one.
   *
   * @param videoName - the video, as errors call it.
   * @throws LatentSyncError `no-face` when a person was chosen whom the video does not show.
   */
  static of(table: TrackTable, choice: FaceChoice, videoName: string): ChosenFaces[] {
    if (choice !== 'all') return [new ChosenFaces(table, chosenTracks(table, choice, videoName))];
    const groups = successive(table.tracks);
    return (groups.length === 0 ? [[]] : groups).map((tracks) => new ChosenFaces(table, tracks));
  }

  #choose({ track, firstRow, lastRow }: FaceTrack): void {
    this.#tracks.fill(track, firstRow, lastRow + 1);
    const faces = Array.from({ length: lastRow + 1 - firstRow }, (_, index) => this.#seen(firstRow + index)!);
    for (const [index, reason] of unusableReasons(faces).entries()) {
      if (reason) this.#unusable.set(firstRow + index, reason);
    }
  }

  /** Returns the chosen face of a row, whether it can be redrawn or not. */
  #seen(row: number): TrackTableFace | undefined {
    const chosen = this.#tracks[row];
    return chosen === NOBODY ? undefined : this.#table.entry(row).faces.find(({ track }) => track === chosen);
  }

  /** Returns the face of a frame of the video; undefined where there is none, or the frame was not looked at. */
  face(sourceIndex: number): TrackTableFace | undefined {
    const row = this.#table.rowOf(sourceIndex);
    return row === undefined || this.#unusable.has(row) ? undefined : this.#seen(row);
  }

  /** Returns the track of the chosen face of a frame, whether it can be redrawn or not; undefined where there is none. */
  track(sourceIndex: number): number | undefined {
    const row = this.#table.rowOf(sourceIndex);
    const track = row === undefined ? NOBODY : this.#tracks[row];
    return track === NOBODY ? undefined : track;
  }

  /** Returns why the face of a frame cannot be redrawn; undefined where it can, or there is none. */
  unusable(sourceIndex: number): UnusableReason | undefined {
    const row = this.#table.rowOf(sourceIndex);
    return row === undefined ? undefined : this.#unusable.get(row);
  }

  /** Returns the shot of a frame of the video; undefined where it was not looked at. */
  shot(sourceIndex: number): number | undefined {
    return this.#table.shot(sourceIndex);
  }

  /** Returns what is known of a frame of the video; undefined where it was not looked at. */
  frame(sourceIndex: number): ChosenFrame | undefined {
    const entry = this.#table.frame(sourceIndex);
    return entry && { sourceIndex, timestampSeconds: entry.timestampSeconds, face: this.face(sourceIndex) };
  }
}

/** Returns the tracks of those who are chosen. */
function chosenTracks(table: TrackTable, choice: Exclude<FaceChoice, 'all'>, videoName: string): FaceTrack[] {
  if (typeof choice === 'string') {
    return [...byShot(table).values()].flatMap((tracks) => {
      const chosen = personAt(choice, tracks);
      return tracks.filter(({ person }) => person === chosen);
    });
  }
  const chosen = typeof choice === 'number' ? numbered(table, choice, videoName) : recognized(table, choice, videoName);
  return table.tracks.filter(({ person }) => person === chosen);
}

/** Returns tracks in groups, within each of which one begins after the other has ended; of too many at once, those with the largest faces. */
function successive(tracks: readonly FaceTrack[]): FaceTrack[][] {
  const groups: FaceTrack[][] = [];
  const isFree = (group: readonly FaceTrack[], { firstRow, lastRow }: FaceTrack): boolean =>
    group.every((other) => other.lastRow < firstRow || other.firstRow > lastRow);
  for (const track of tracks.toSorted((a, b) => b.meanArea - a.meanArea || a.firstRow - b.firstRow)) {
    const group = groups.find((tracksOf) => isFree(tracksOf, track));
    if (group) group.push(track);
    else if (groups.length < MOST_AT_ONCE) groups.push([track]);
  }
  return groups;
}

function byShot({ tracks }: TrackTable): Map<number, FaceTrack[]> {
  const shots = new Map<number, FaceTrack[]>();
  for (const track of tracks) {
    const own = shots.get(track.shot);
    if (own) own.push(track);
    else shots.set(track.shot, [track]);
  }
  return shots;
}

/** A person in a shot: sums over the frames. */
interface Presence {
  frames: number;
  area: number;
  x: number;
}

/** Returns the person at a place among those of a shot. */
function personAt(place: FacePlace, tracks: readonly FaceTrack[]): number {
  const people = new Map<number, Presence>();
  for (const { person, firstRow, lastRow, meanArea, meanX } of tracks) {
    const own = people.get(person) ?? { frames: 0, area: 0, x: 0 };
    const frames = lastRow + 1 - firstRow;
    people.set(person, { frames: own.frames + frames, area: own.area + meanArea * frames, x: own.x + meanX * frames });
  }
  const longest = Math.max(...Array.from(people.values(), ({ frames }) => frames));
  const present = [...people].filter(([, { frames }]) => frames >= LEAST_PRESENCE * longest);
  const left = (presence: Presence): number => presence.x / presence.frames;
  const middle = present.reduce((sum, [, presence]) => sum + left(presence), 0) / present.length;
  const ranks: Record<FacePlace, (presence: Presence) => number> = {
    largest: ({ area }) => area,
    left: (presence) => -left(presence),
    right: left,
    center: (presence) => -Math.abs(left(presence) - middle),
  };
  const rank = ranks[place];
  return present.reduce((best, other) => (rank(other[1]) > rank(best[1]) ? other : best))[0];
}

function numbered(table: TrackTable, person: number, videoName: string): number {
  if (person <= table.personCount) return person;
  throw new LatentSyncError(
    'no-face',
    wording`${videoName} does not show person ${String(person)}: ${peopleIn(table)}.`,
    {
      remedy: 'Look at the list and the contact sheet of its people, and choose one of their numbers.',
    },
  );
}

function recognized(table: TrackTable, wanted: FaceIdentity, videoName: string): number {
  let person = 0;
  let most = -Infinity;
  for (let other = 1; other <= table.personCount; other++) {
    const identity = table.identity(other);
    const value = identity ? likeness(identity, wanted) : -Infinity;
    if (value > most) [person, most] = [other, value];
  }
  if (most >= SAME_PERSON) return person;
  throw new LatentSyncError(
    'no-face',
    wording`${videoName} does not show the person of the picture: ${peopleIn(table)}.`,
    {
      remedy: 'Choose a picture that shows the face larger and from the front, or choose the person by number.',
    },
  );
}

function peopleIn({ personCount }: TrackTable): string {
  if (personCount === 0) return 'no face was found in it';
  return personCount === 1 ? 'there is one person in it' : `there are ${personCount} people in it`;
}
