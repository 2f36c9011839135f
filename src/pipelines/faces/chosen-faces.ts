// ChosenFaces: the table of all faces of a video and who was chosen → the one face of each frame that is lip-synced.
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import type { FacePlace } from './face-option.ts';
import type { FaceIdentity } from './face-landmarker.ts';
import { likeness, SAME_PERSON } from './people.ts';
import type { FaceTrack } from './track-sums.ts';
import { unusableReasons, type UnusableReason } from './usable-faces.ts';
import type { TrackTable, TrackTableFace } from './track-table.ts';

/** Who is lip-synced: somebody in every shot, a person of the table by number, or the one that looks like an identity. */
export type FaceChoice = FacePlace | number | FaceIdentity;

/** A frame of the video. */
export interface ChosenFrame {
  readonly sourceIndex: number;
  /** From the start of the first frame of the video. */
  readonly timestampSeconds: number;
  /** The chosen face; undefined where it is not to be seen, or cannot be redrawn. */
  readonly face: TrackTableFace | undefined;
  /** Why it cannot be redrawn. */
  readonly unusable?: UnusableReason;
}

/** Who passes through a shot for less than this part of the longest time that somebody is seen in it is not chosen by place. */
const LEAST_PRESENCE = 0.25;

/** The chosen face of each frame. */
export class ChosenFaces {
  readonly #table: TrackTable;
  /** The person of each shot; 0 where nobody is chosen. */
  readonly #persons: Int32Array;
  /** By row, where a face cannot be redrawn. */
  readonly #unusable = new Map<number, UnusableReason>();

  /**
   * @param videoName - the video, as errors call it.
   * @throws LatentSyncError `no-face` when a person was chosen whom the video does not show.
   */
  constructor(table: TrackTable, choice: FaceChoice, videoName: string) {
    this.#table = table;
    this.#persons = new Int32Array(table.shotCount);
    if (typeof choice === 'string') {
      for (const tracks of byShot(table).values()) this.#persons[tracks[0].shot] = personAt(choice, tracks);
    } else
      this.#persons.fill(
        typeof choice === 'number' ? numbered(table, choice, videoName) : recognized(table, choice, videoName),
      );
    this.#findUnusable();
  }

  /** Returns the face of a frame of the video; undefined where there is none, or the frame was not looked at. */
  face(sourceIndex: number): TrackTableFace | undefined {
    return this.frame(sourceIndex)?.face;
  }

  /** Returns the shot of a frame of the video; undefined where it was not looked at. */
  shot(sourceIndex: number): number | undefined {
    return this.#table.shot(sourceIndex);
  }

  /** Returns what is known of a frame of the video; undefined where it was not looked at. */
  frame(sourceIndex: number): ChosenFrame | undefined {
    const entry = this.#table.frame(sourceIndex);
    if (!entry) return undefined;
    const { timestampSeconds } = entry;
    const row = this.#table.rowOf(sourceIndex)!;
    const unusable = this.#unusable.get(row);
    return unusable
      ? { sourceIndex, timestampSeconds, face: undefined, unusable }
      : { sourceIndex, timestampSeconds, face: this.#chosen(row) };
  }

  #chosen(row: number): TrackTableFace | undefined {
    const { sourceIndex, faces } = this.#table.entry(row);
    const person = this.#persons[this.#table.shot(sourceIndex)!];
    return faces.find((face) => face.person === person);
  }

  #findUnusable(): void {
    for (const { shot, person, firstRow, lastRow } of this.#table.tracks) {
      if (this.#persons[shot] !== person) continue;
      const rows = Array.from({ length: lastRow + 1 - firstRow }, (_, index) => firstRow + index);
      for (const [index, reason] of unusableReasons(rows.map((row) => this.#chosen(row)!)).entries()) {
        if (reason) this.#unusable.set(firstRow + index, reason);
      }
    }
  }
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
