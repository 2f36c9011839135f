// The subtitles of one track: packets of a source → packets of an output that shows a part of it, in another codec where need be.
import type { CueTrack, ShownPart, SubtitleCue } from './cue-track.ts';
import { PgsCues } from './pgs-cues.ts';
import type { SubtitleCodec } from './subtitle-formats.ts';
import { EMPTY_MOV_TEXT, formatSubtitle, parseSubtitle, type TextCodec, type TextRun } from './subtitle-text.ts';

/** Subtitles shorter than this are not worth showing: what a cut leaves of one. Seconds. */
const SHORTEST = 0.001;

/** Bytes of a subtitle, and subtitles of a track, that are believed: a picture of a whole screen, and two per second for a day. */
const MOST_BYTES = 4 << 20;
const MOST_CUES = 200_000;

/** Returns what makes subtitles of a codec those of an output. */
export function cueTrack(from: SubtitleCodec, to: SubtitleCodec, part: ShownPart): CueTrack {
  if (from === 'pgs') return new BoundedCues(new PgsCues(part));
  if (to === 'mov_text') return new BoundedCues(new DisjointCues(from as TextCodec, part));
  return new BoundedCues(new CutCues(from, to as CutCodec, part));
}

/** Passes on what is within bounds. */
class BoundedCues implements CueTrack {
  readonly #track: CueTrack;
  #count = 0;
  #lost = 0;

  constructor(track: CueTrack) {
    this.#track = track;
  }

  get lost(): number {
    return this.#lost + this.#track.lost;
  }

  add(cue: SubtitleCue): SubtitleCue[] {
    if (cue.data.length <= MOST_BYTES && this.#count < MOST_CUES) {
      this.#count++;
      return this.#track.add(cue);
    }
    this.#lost++;
    return [];
  }

  advance(seconds: number): SubtitleCue[] {
    return this.#track.advance(seconds);
  }

  end(): SubtitleCue[] {
    return this.#track.end();
  }
}

/** Returns what of a subtitle lies in a part; undefined where that is nothing. */
function cut(cue: SubtitleCue, { fromSeconds, toSeconds }: ShownPart): SubtitleCue | undefined {
  const { start, duration } = cue;
  const from = Math.max(start, fromSeconds);
  const to = Math.min(start + duration, toSeconds);
  const isIn = duration > 0 ? to - from >= SHORTEST : start >= fromSeconds && start < toSeconds;
  return isIn ? { ...cue, start: from - fromSeconds, duration: duration > 0 ? to - from : 0 } : undefined;
}

type CutCodec = Exclude<SubtitleCodec, 'mov_text' | 'pgs'>;

/** Subtitles that may overlap: each as it is, or with its text in another codec. */
class CutCues implements CueTrack {
  readonly #convert: ((data: Uint8Array) => Uint8Array | undefined) | undefined;
  readonly #part: ShownPart;
  lost = 0;

  constructor(from: SubtitleCodec, to: CutCodec, part: ShownPart) {
    this.#part = part;
    if (from === to || to === 'ass' || to === 'dvd') return;
    this.#convert = (data) => {
      const runs = parseSubtitle(from as TextCodec, data);
      return runs.length === 0 ? undefined : formatSubtitle(to, runs);
    };
  }

  add(cue: SubtitleCue): SubtitleCue[] {
    const shown = cut(cue, this.#part);
    if (!shown) return [];
    const data = this.#convert ? this.#convert(cue.data) : cue.data;
    return data && data.length > 0 ? [{ ...shown, data }] : [];
  }

  advance(): SubtitleCue[] {
    return [];
  }

  end(): SubtitleCue[] {
    return [];
  }
}

/** Subtitles that are shown at the same time, at most: more are no work of people. */
const MOST_AT_ONCE = 16;
/** How long a subtitle is shown where nothing ends it. Seconds. */
const ORDINARY_DURATION = 10;
/** Seconds of a sample of MP4, whose length has 31 bits. */
const LONGEST_SAMPLE = 1800;

interface OpenCue {
  end: number;
  /** The next one ends it. */
  isOpenEnded: boolean;
  data: Uint8Array;
  runs: readonly TextRun[];
}

/** MP4's text, of which one sample is shown at a time: subtitles that overlap become lines of the same one. */
class DisjointCues implements CueTrack {
  readonly #codec: TextCodec;
  readonly #part: ShownPart;
  /** Those that are shown from {@link DisjointCues.#at} on. */
  #open: OpenCue[] = [];
  #at = 0;
  /** Where the last sample ended. */
  #sampleEnd = 0;
  lost = 0;

  constructor(codec: TextCodec, part: ShownPart) {
    this.#codec = codec;
    this.#part = part;
  }

  add(cue: SubtitleCue): SubtitleCue[] {
    const shown = cut(cue, this.#part);
    const runs = shown ? parseSubtitle(this.#codec, cue.data) : [];
    if (!shown || runs.length === 0) return [];
    const start = Math.max(shown.start, this.#at);
    for (const open of this.#open) if (open.isOpenEnded) open.end = Math.min(open.end, start);
    const samples = this.#tell(start, true);
    this.#at = start;
    if (this.#open.length === MOST_AT_ONCE) {
      this.lost++;
      return samples;
    }
    const isOpenEnded = shown.duration === 0;
    const longest = this.#part.toSeconds - this.#part.fromSeconds;
    const end = isOpenEnded ? Math.min(start + ORDINARY_DURATION, longest) : shown.start + shown.duration;
    if (end - start >= SHORTEST) this.#open.push({ end, isOpenEnded, data: cue.data, runs });
    return samples;
  }

  advance(seconds: number): SubtitleCue[] {
    return this.#tell(seconds - this.#part.fromSeconds, false);
  }

  end(): SubtitleCue[] {
    return this.#tell(Infinity, false);
  }

  /** Returns the samples that end by a time, and if asked for, what comes before it of one that goes on. */
  #tell(until: number, splits: boolean): SubtitleCue[] {
    const samples: SubtitleCue[] = [];
    while (this.#open.length > 0 && this.#at < until) {
      const next = Math.min(this.#at + LONGEST_SAMPLE, ...this.#open.map((cue) => cue.end));
      if (next > until && !splits) break;
      const end = Math.min(next, until);
      samples.push(...this.#sample(this.#at, end));
      this.#at = end;
      this.#open = this.#open.filter((cue) => cue.end > end);
    }
    return samples;
  }

  #sample(start: number, end: number): SubtitleCue[] {
    const data = end - start < SHORTEST ? undefined : this.#data();
    if (!data) return [];
    const samples: SubtitleCue[] = [];
    for (; start - this.#sampleEnd > LONGEST_SAMPLE; this.#sampleEnd += LONGEST_SAMPLE) {
      samples.push({ start: this.#sampleEnd, duration: LONGEST_SAMPLE, data: EMPTY_MOV_TEXT });
    }
    this.#sampleEnd = end;
    samples.push({ start, duration: end - start, data });
    return samples;
  }

  #data(): Uint8Array | undefined {
    const [first, ...others] = this.#open;
    if (others.length === 0 && this.#codec === 'mov_text') return first.data;
    const lines = others.flatMap(({ runs }) => [{ text: '\n', style: 0 }, ...runs]);
    const data = formatSubtitle('mov_text', [...first.runs, ...lines]);
    if (!data) this.lost++;
    return data;
  }
}
