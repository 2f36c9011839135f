// Subtitles on their way from one file into another, of which they are shown as a part.

/** A subtitle, as a packet has it. */
export interface SubtitleCue {
  /** Seconds. */
  readonly start: number;
  /** Seconds that it is shown; 0 where only the next one ends it. */
  readonly duration: number;
  readonly data: Uint8Array;
  /** WebVTT: what it is called, and where and how it is shown. */
  readonly identifier?: string;
  readonly settings?: string;
}

/** A subtitle of one of several tracks. */
export interface TrackCue extends SubtitleCue {
  /** Its place among the tracks. */
  readonly track: number;
}

/** The part of a video that is shown: seconds in the file's own time. */
export interface ShownPart {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What makes the subtitles of an output. Times of what it returns are from the start of the part. */
export interface CueTrack {
  /** How many subtitles there was no room for. */
  readonly lost: number;
  /** Takes the next subtitle of the source, in order of time. */
  add(cue: SubtitleCue): SubtitleCue[];
  /** Returns what can be told once nothing comes any more that begins before a time. */
  advance(seconds: number): SubtitleCue[];
  /** Returns what is left. */
  end(): SubtitleCue[];
}
