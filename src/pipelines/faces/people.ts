// Which tracks show the same person: by what faces, hair and clothes look like, and because nobody is in two places at once.
import { colorDistance, FACE_COLORS } from '../../vision/face-colors.ts';
import { intersectionOverUnion } from '../../vision/geometry.ts';
import type { FaceIdentity, FacePortrait } from './face-landmarker.ts';
import type { FaceTrack } from './track-sums.ts';

/** {@link likeness} of one person is at least this. Measured in docs/people.md. */
export const SAME_PERSON = 0.74;
/** What each ΔE between hair and clothes takes from the product of embeddings. */
const COLOR_COST = 0.01;
/** Greater distances count as this one: light changes, and so do clothes. */
const MOST_COLOR_DISTANCE = 15;
/** What is taken for the distance of colors where the frame shows neither hair nor clothes. */
const UNKNOWN_COLORS = 8;

/** Who appears so soon after somebody was lost, where that was, is likely the same; it counts as much as this product. */
const CONTINUED_ROWS = 60;
const CONTINUED_OVERLAP = 0.3;
const CONTINUED_GAIN = 0.2;

/** Returns how alike two people are; {@link SAME_PERSON} and more is one person. */
export function likeness(a: FaceIdentity, b: FaceIdentity): number {
  let product = 0;
  for (let i = 0; i < a.embedding.length; i++) product += a.embedding[i] * b.embedding[i];
  const distance = colorDistance(a.colors, b.colors) ?? UNKNOWN_COLORS;
  return product - COLOR_COST * Math.min(MOST_COLOR_DISTANCE, distance);
}

/** Means of identities. */
class IdentityMean {
  readonly #sum: Float64Array;
  readonly #colors = new Float64Array(FACE_COLORS);
  readonly #known = new Uint32Array(FACE_COLORS);

  constructor(embeddingNumbers: number) {
    this.#sum = new Float64Array(embeddingNumbers);
  }

  add({ embedding, colors }: FaceIdentity, weight = 1): void {
    for (let i = 0; i < this.#sum.length; i++) this.#sum[i] += weight * embedding[i];
    for (const [i, color] of colors.entries()) {
      if (Number.isNaN(color)) continue;
      this.#colors[i] += weight * color;
      this.#known[i] += weight;
    }
  }

  /** The mean; its embedding has length 1. */
  get identity(): FaceIdentity {
    const length = Math.hypot(...this.#sum);
    return {
      embedding: Float32Array.from(this.#sum, (value) => value / length),
      colors: Float32Array.from(this.#colors, (sum, i) => (this.#known[i] === 0 ? NaN : sum / this.#known[i])),
    };
  }
}

/** Collects by what the people of tracks are recognized. */
export class TrackIdentities {
  readonly #means = new Map<number, IdentityMean>();
  readonly #counts = new Map<number, number>();

  /** Adds how the person of a track looks in a frame. */
  add(track: number, identity: FaceIdentity): void {
    let mean = this.#means.get(track);
    if (!mean) this.#means.set(track, (mean = new IdentityMean(identity.embedding.length)));
    mean.add(identity);
    this.#counts.set(track, (this.#counts.get(track) ?? 0) + 1);
  }

  /** Returns the mean of a track, and of how many frames; undefined where its person was never identified. */
  of(track: number): { identity: FaceIdentity; frames: number } | undefined {
    const mean = this.#means.get(track);
    return mean && { identity: mean.identity, frames: this.#counts.get(track)! };
  }
}

/** Portraits that are kept of the first track of a video, while it is the only one. */
const MOST_PORTRAITS = 8;

/** Identifies people when there is somebody to tell them from: as soon as there are two tracks. */
export class TrackPortraits {
  readonly identities = new TrackIdentities();
  readonly #identify: (portrait: FacePortrait) => Promise<FaceIdentity>;
  #waiting: FacePortrait[] | undefined;
  #firstTrack: number | undefined;

  /** @param options - `always`: identifies the person of a single track as well. Default false. */
  constructor(
    identify: (portrait: FacePortrait) => Promise<FaceIdentity>,
    options: { readonly always?: boolean } = {},
  ) {
    this.#identify = identify;
    this.#waiting = options.always ? undefined : [];
  }

  /** Takes a portrait of the person of a track. */
  async add(track: number, portrait: FacePortrait): Promise<void> {
    this.#firstTrack ??= track;
    const waiting = this.#waiting;
    if (waiting && track === this.#firstTrack) {
      if (waiting.length < MOST_PORTRAITS) waiting.push(portrait);
      return;
    }
    this.#waiting = undefined;
    for (const early of waiting ?? []) this.identities.add(this.#firstTrack, await this.#identify(early));
    this.identities.add(track, await this.#identify(portrait));
  }
}

/** What {@link groupTracks} has to know of a track. */
export type GroupedTrack = Pick<FaceTrack, 'track' | 'shot' | 'firstRow' | 'lastRow' | 'firstBox' | 'lastBox'>;

/** Tracks of one person. */
export interface TrackGroup {
  readonly tracks: readonly number[];
  /** Undefined where the person was never identified. */
  readonly identity: FaceIdentity | undefined;
}

interface Cluster {
  tracks: GroupedTrack[];
  identity: FaceIdentity | undefined;
  frames: number;
}

/** Returns the tracks by person, in the order in which the people appear; those most alike are joined first. */
export function groupTracks(tracks: readonly GroupedTrack[], identities: TrackIdentities): TrackGroup[] {
  const clusters: (Cluster | undefined)[] = tracks.map((track) => {
    const mean = identities.of(track.track);
    return { tracks: [track], identity: mean?.identity, frames: mean?.frames ?? 0 };
  });
  const nearest = clusters.map((_, index) => nearestOf(clusters, index));
  for (;;) {
    const best = nearest.reduce(
      (most, { likeness: value }, index) => (value > nearest[most].likeness ? index : most),
      0,
    );
    if (!(nearest[best]?.likeness >= SAME_PERSON)) break;
    const { index: other } = nearest[best];
    const [first, second] = best < other ? [best, other] : [other, best];
    clusters[first] = join(clusters[first]!, clusters[second]!);
    clusters[second] = undefined;
    for (const [index, { index: near }] of nearest.entries()) {
      const isConcerned = index === first || index === second || near === first || near === second;
      if (isConcerned) nearest[index] = nearestOf(clusters, index);
    }
    // The joined one may be nearer to others than what they had.
    for (const [index, cluster] of clusters.entries()) {
      if (!cluster || index === first) continue;
      const value = joinable(cluster, clusters[first]);
      if (value > nearest[index].likeness) nearest[index] = { index: first, likeness: value };
    }
  }
  const groups = clusters.filter((cluster) => cluster !== undefined);
  return groups.map(({ tracks: own, identity }) => ({ tracks: own.map(({ track }) => track), identity }));
}

function nearestOf(clusters: readonly (Cluster | undefined)[], index: number): { index: number; likeness: number } {
  const best = { index: -1, likeness: -Infinity };
  const own = clusters[index];
  for (const [other, cluster] of clusters.entries()) {
    if (other === index) continue;
    const value = joinable(own, cluster);
    if (value > best.likeness) [best.index, best.likeness] = [other, value];
  }
  return best;
}

/** Whether a track begins soon after another one ended, in the same shot and place. */
function isContinued(one: GroupedTrack, other: GroupedTrack): boolean {
  const [first, second] = one.firstRow < other.firstRow ? [one, other] : [other, one];
  return (
    first.shot === second.shot &&
    second.firstRow - first.lastRow <= CONTINUED_ROWS &&
    intersectionOverUnion(first.lastBox, second.firstBox) >= CONTINUED_OVERLAP
  );
}

/** Returns how alike two people are; −∞ where they are seen at the same time. */
function joinable(a: Cluster | undefined, b: Cluster | undefined): number {
  if (!a?.identity || !b?.identity) return -Infinity;
  const some = (test: (one: GroupedTrack, two: GroupedTrack) => boolean): boolean =>
    a.tracks.some((one) => b.tracks.some((two) => test(one, two)));
  if (some((one, two) => one.firstRow <= two.lastRow && two.firstRow <= one.lastRow)) return -Infinity;
  return likeness(a.identity, b.identity) + (some(isContinued) ? CONTINUED_GAIN : 0);
}

function join(a: Cluster, b: Cluster): Cluster {
  const mean = new IdentityMean(a.identity!.embedding.length);
  mean.add(a.identity!, a.frames);
  mean.add(b.identity!, b.frames);
  return { tracks: [...a.tracks, ...b.tracks], identity: mean.identity, frames: a.frames + b.frames };
}
