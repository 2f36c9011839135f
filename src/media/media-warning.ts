// Warnings of the readers: what a file lost or what was put right in it, where, and how much; however damaged it is, they are few.

/**
 * What a warning is about.
 *
 * - `frames-lost`: frames cannot be decoded; the one before is shown in their place, at the start the one after.
 * - `sound-lost`: sound is missing or cannot be decoded; it is silent there.
 * - `cut-off`: the file ends before it says it does; it is used as far as it goes.
 */
export type MediaWarningKind = 'frames-lost' | 'sound-lost' | 'cut-off';

/** Something that is not as it should be in a media file that is read nevertheless. Can be written as JSON. */
export interface MediaWarning {
  readonly kind: MediaWarningKind;
  /** The file, as errors call it. */
  readonly file: string;
  /** Where it begins: seconds from the first frame, or from the start of the sound. Undefined: it concerns the whole file. */
  readonly fromSeconds?: number;
  /** Where it ends. */
  readonly toSeconds?: number;
  /** How many frames are concerned. */
  readonly frames?: number;
  /** How many seconds are concerned: fewer than lie between the two times where several losses are told as one. */
  readonly seconds?: number;
  /** In plain words, beginning with the file's name. */
  readonly message: string;
}

/** Receives warnings; must not throw. */
export type OnMediaWarning = (warning: MediaWarning) => void;

/** A stretch of a file in which something was lost. */
interface Loss {
  from: number;
  to: number;
  /** Frames. */
  frames: number;
  /** Of the stretch, what was lost: seconds. */
  seconds: number;
}

/** Losses closer together than this are told as one. Seconds. */
const NEAR_SECONDS = 1;
/** After so many warnings each doubles the distance, so that their number only grows with the logarithm of the length. */
const MANY_WARNINGS = 10;

/** Tells losses of one kind, in any order; those close together as one. */
class Losses {
  readonly #tell: (loss: Loss) => void;
  #pending: Loss | undefined;
  #told = 0;

  constructor(tell: (loss: Loss) => void) {
    this.#tell = tell;
  }

  add(loss: Loss): void {
    const near = NEAR_SECONDS * 2 ** Math.max(0, this.#told - MANY_WARNINGS);
    const pending = this.#pending;
    if (pending && loss.from <= pending.to + near && loss.to >= pending.from - near) {
      this.#pending = {
        from: Math.min(pending.from, loss.from),
        to: Math.max(pending.to, loss.to),
        frames: pending.frames + loss.frames,
        seconds: pending.seconds + loss.seconds,
      };
      return;
    }
    this.flush();
    this.#pending = loss;
  }

  /** Tells what has waited for more to come. */
  flush(): void {
    if (!this.#pending) return;
    this.#tell(this.#pending);
    this.#pending = undefined;
    this.#told++;
  }
}

/** Collects what the reader of a track finds, and tells each thing once however often the track is read. */
export class DamageReport {
  /** What warnings call the file. */
  readonly file: string;
  readonly #onWarning: OnMediaWarning | undefined;
  readonly #framesLost = new Losses((loss) => {
    this.#tellFramesLost(loss);
  });
  readonly #soundLost = new Losses((loss) => {
    this.#tellSoundLost(loss);
  });
  /** One for each frame that is known to be lost. */
  #lostFrames = new Uint8Array(0);
  /** Sound is read from its start: what lies before was told when it was read first. */
  #soundHeard = 0;

  constructor(file: string, onWarning: OnMediaWarning | undefined) {
    this.file = file;
    this.#onWarning = onWarning;
  }

  /** Tells something at once. The text continues the sentence that the file's name begins, after a colon. */
  warn(warning: Omit<MediaWarning, 'file' | 'message'>, text: string): void {
    this.#onWarning?.({ ...warning, file: this.file, message: `${this.file}: ${text}` });
  }

  /** A frame was lost. Times are seconds from the first frame. */
  frameLost(index: number, { from, to }: { from: number; to: number }, frameCount: number): void {
    if (this.#lostFrames.length === 0) this.#lostFrames = new Uint8Array(frameCount);
    if (this.#lostFrames[index] !== 0) return;
    this.#lostFrames[index] = 1;
    this.#framesLost.add({ from, to, frames: 1, seconds: to - from });
  }

  /** Whether any sound is known to be lost. */
  get hasLostSound(): boolean {
    return this.#soundHeard > 0;
  }

  /** The file ends early. Times are seconds from the first frame, or from the start of the sound. */
  cutOff(end: number, promised: number): void {
    const text = `ends early, after ${time(end)} of ${time(promised)} s.`;
    this.warn({ kind: 'cut-off', fromSeconds: end, toSeconds: promised, seconds: promised - end }, text);
  }

  /** Sound was lost. Times are seconds from its start. */
  soundLost(from: number, to: number): void {
    if (to <= this.#soundHeard) return;
    this.#soundHeard = to;
    this.#soundLost.add({ from, to, frames: 0, seconds: to - from });
  }

  /** Tells what has waited for more to come: the file has been read as far as is wanted. */
  flush(): void {
    this.#framesLost.flush();
    this.#soundLost.flush();
  }

  #tellFramesLost({ from, to, frames, seconds }: Loss): void {
    const whole = seconds > 0.999 * (to - from);
    const before = from > 0 ? 'before' : 'after';
    const text =
      frames === 1
        ? `1 frame at ${time(from)} s cannot be decoded; the one ${before} is shown.`
        : `${frames} frames ${whole ? 'from' : 'between'} ${time(from)} ${whole ? 'to' : 'and'} ${time(to)} s ` +
          `cannot be decoded; ${whole ? `the one ${before} is` : 'those before are'} shown.`;
    this.warn({ kind: 'frames-lost', fromSeconds: from, toSeconds: to, frames, seconds }, text);
  }

  #tellSoundLost({ from, to, seconds }: Loss): void {
    const where = seconds > 0.999 * (to - from) ? `at ${time(from)} s` : `between ${time(from)} and ${time(to)} s`;
    const text = `${time(seconds)} s of sound ${where} are lost; it is silent there.`;
    this.warn({ kind: 'sound-lost', fromSeconds: from, toSeconds: to, seconds }, text);
  }
}

function time(seconds: number): string {
  return seconds.toFixed(2);
}
