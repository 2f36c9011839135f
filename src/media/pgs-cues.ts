// PGS, the subtitles of Blu-ray: pictures in display sets, each of which is shown until the next one.
import type { CueTrack, ShownPart, SubtitleCue } from './cue-track.ts';

// Segments: type: uint8; byte length: uint16; content.
const SEGMENT_HEAD_BYTES = 3;
const COMPOSITION = 0x16;
const END = 0x80;

// Of a composition: width, height: uint16; frame rate: uint8; its number: uint16; state, update of the palette, palette: uint8;
// number of objects that are shown: uint8.
const COMPOSITION_BYTES = 11;
const NUMBER_AT = 5;
const STATE_AT = 7;
const OBJECTS_AT = 10;
/** It needs nothing of the sets before. */
const WHOLE_STATES = 0xc0;

/** Bytes of a display set: a picture of a whole screen. */
const MOST_BYTES = 4 << 20;

/** What a composition says. */
interface Composition {
  data: Uint8Array;
  isWhole: boolean;
  isShown: boolean;
}

/** Display sets within a part of a video. What is shown at its start is shown from there on, and nothing after its end. */
export class PgsCues implements CueTrack {
  readonly #part: ShownPart;
  /** The segments of the set that is not complete yet, and when it begins. */
  #segments: Uint8Array[] = [];
  #start = 0;
  #bytes = 0;
  /** The last set before the part, if it is still shown then. */
  #before: SubtitleCue | undefined;
  /** The composition that is shown. */
  #shown: Composition | undefined;
  lost = 0;

  constructor(part: ShownPart) {
    this.#part = part;
  }

  add({ start, data }: SubtitleCue): SubtitleCue[] {
    const sets: SubtitleCue[] = [];
    // Blu-ray's own files have every segment in a packet of its own.
    for (let at = 0; at + SEGMENT_HEAD_BYTES <= data.length;) {
      const end = at + SEGMENT_HEAD_BYTES + data[at + 1] * 256 + data[at + 2];
      if (end > data.length) break;
      if (data[at] === COMPOSITION || this.#segments.length === 0) this.#begin(start);
      this.#segments.push(data.subarray(at, end));
      this.#bytes += end - at;
      if (data[at] === END) sets.push(...this.#complete());
      else if (this.#bytes > MOST_BYTES) this.#lose();
      at = end;
    }
    return sets;
  }

  advance(seconds: number): SubtitleCue[] {
    return seconds >= this.#part.fromSeconds ? this.#atStart() : [];
  }

  end(): SubtitleCue[] {
    const sets = this.#atStart();
    const { fromSeconds, toSeconds } = this.#part;
    if (!this.#shown) return sets;
    return [...sets, { start: toSeconds - fromSeconds, duration: 0, data: clearing(this.#shown) }];
  }

  #begin(start: number): void {
    this.#segments = [];
    this.#start = start;
    this.#bytes = 0;
  }

  #lose(): void {
    this.lost++;
    this.#begin(0);
  }

  #complete(): SubtitleCue[] {
    const composition = compositionOf(this.#segments[0]);
    const bytes = this.#bytes;
    const segments = this.#segments;
    const start = this.#start;
    this.#begin(0);
    if (!composition) {
      this.lost++;
      return [];
    }
    const { fromSeconds, toSeconds } = this.#part;
    const set = { start: Math.max(start, fromSeconds) - fromSeconds, duration: 0, data: join(segments, bytes) };
    if (start < fromSeconds) {
      const isNeeded = composition.isShown && composition.isWhole;
      this.#before = isNeeded ? set : undefined;
      this.#shown = isNeeded ? composition : undefined;
      return [];
    }
    if (start >= toSeconds) return [];
    const before = start > fromSeconds ? this.#atStart() : [];
    this.#before = undefined;
    this.#shown = composition.isShown ? composition : undefined;
    return [...before, set];
  }

  /** Returns what is shown when the part begins. */
  #atStart(): SubtitleCue[] {
    const sets = this.#before ? [this.#before] : [];
    this.#before = undefined;
    return sets;
  }
}

function compositionOf(segment: Uint8Array): Composition | undefined {
  if (segment[0] !== COMPOSITION || segment.length < SEGMENT_HEAD_BYTES + COMPOSITION_BYTES) return undefined;
  const data = segment.slice(SEGMENT_HEAD_BYTES, SEGMENT_HEAD_BYTES + COMPOSITION_BYTES);
  return { data, isWhole: (data[STATE_AT] & WHOLE_STATES) !== 0, isShown: data[OBJECTS_AT] > 0 };
}

/** Returns the display set that shows nothing after another. */
function clearing({ data: shown }: Composition): Uint8Array {
  const data = new Uint8Array(2 * SEGMENT_HEAD_BYTES + COMPOSITION_BYTES);
  data.set([COMPOSITION, 0, COMPOSITION_BYTES]);
  data.set(shown, SEGMENT_HEAD_BYTES);
  const number = SEGMENT_HEAD_BYTES + NUMBER_AT;
  const next = (data[number] * 256 + data[number + 1] + 1) & 0xffff;
  data.set([next >> 8, next & 0xff], number);
  data.fill(0, SEGMENT_HEAD_BYTES + STATE_AT, SEGMENT_HEAD_BYTES + COMPOSITION_BYTES);
  data.set([END, 0, 0], SEGMENT_HEAD_BYTES + COMPOSITION_BYTES);
  return data;
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
