// What the reader of a track finds damaged, told once however often the track is read; however damaged it is, the warnings are few.
import { cutOffWarning, formatTime, type FoundWarning, type OnMediaWarning } from './media-warning.ts';

/** A stretch of a track in which something was lost. Seconds from the first frame, or from the start of the sound. */
interface Loss {
  from: number;
  to: number;
  frames: number;
  /** Of the stretch, what was lost: seconds. */
  seconds: number;
}

/** What can be lost, and how it is told. */
const texts = {
  framesLost: (loss) => {
    const instead = isWhole(loss) ? `the one ${loss.from > 0 ? 'before' : 'after'} is` : 'those before are';
    return { kind: 'frames-lost', text: `${framesOf(loss)} cannot be decoded; ${instead} shown.` };
  },
  framesDamaged: (loss) => {
    const verb = loss.frames === 1 ? 'is' : 'are';
    return { kind: 'frames-damaged', text: `${framesOf(loss)} ${verb} damaged, and shown as far as can be decoded.` };
  },
  soundLost: (loss) => {
    return {
      kind: 'sound-lost',
      text: `${formatTime(loss.seconds)} s of sound ${placeOf(loss)} are lost; it is silent there.`,
    };
  },
  soundLeaps: (loss) => {
    return { kind: 'times-repaired', text: `the times of the sound leap ${placeOf(loss)}; the leap is left out.` };
  },
} satisfies Record<string, (loss: Loss) => Pick<FoundWarning, 'kind' | 'text'>>;

/** How a frame can be damaged. */
export type FrameDamage = 'framesLost' | 'framesDamaged';

/** How sound can be damaged. */
export type SoundDamage = 'soundLost' | 'soundLeaps';

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

/** Collects what the reader of a track finds. */
export class DamageReport {
  /** What warnings call the file. */
  readonly file: string;
  readonly #onWarning: OnMediaWarning | undefined;
  readonly #losses = new Map<keyof typeof texts, Losses>();
  #isCutOff = false;
  #isTransparent = false;
  /** One for each frame that is known to be damaged. */
  #knownFrames = new Uint8Array(0);
  /** Sound is read from its start: what lies before was told when it was read first. */
  readonly #heard = new Map<SoundDamage, number>();

  constructor(file: string, onWarning: OnMediaWarning | undefined) {
    this.file = file;
    this.#onWarning = onWarning;
  }

  /** Whether any sound is known to be damaged. */
  get hasDamagedSound(): boolean {
    return this.#heard.size > 0;
  }

  /** Tells something at once. */
  warn({ text, ...warning }: FoundWarning): void {
    this.#onWarning?.({ ...warning, file: this.file, message: `${this.file}: ${text}` });
  }

  /** Pictures are transparent, at least in places, and the frames are not. */
  transparencyLost(): void {
    if (this.#isTransparent) return;
    this.#isTransparent = true;
    this.warn({ kind: 'transparency-lost', text: 'its transparency is lost: the frames are opaque.' });
  }

  /** The track ends early, at a time, and should at another, if that is known. */
  cutOff(end: number, promised: number): void {
    if (this.#isCutOff) return;
    this.#isCutOff = true;
    this.warn(cutOffWarning(end, promised));
  }

  /** A frame is damaged: one of so many, counted from 0, which is shown from a time to another. */
  frame(
    damage: FrameDamage,
    index: number,
    { from, to, frameCount }: { from: number; to: number; frameCount: number },
  ): void {
    if (this.#knownFrames.length === 0) this.#knownFrames = new Uint8Array(frameCount);
    if (this.#knownFrames[index] !== 0) return;
    this.#knownFrames[index] = 1;
    this.#add(damage, { from, to, frames: 1, seconds: to - from });
  }

  /** Sound is damaged, from a time to another. */
  sound(damage: SoundDamage, from: number, to: number): void {
    if (to <= (this.#heard.get(damage) ?? -1)) return;
    this.#heard.set(damage, to);
    this.#add(damage, { from, to, frames: 0, seconds: to - from });
  }

  /** Tells what has waited for more to come: the track has been read as far as is wanted. */
  flush(): void {
    for (const losses of this.#losses.values()) losses.flush();
  }

  #add(damage: keyof typeof texts, loss: Loss): void {
    let losses = this.#losses.get(damage);
    if (!losses) {
      losses = new Losses((told) => {
        this.#tell(damage, told);
      });
      this.#losses.set(damage, losses);
    }
    losses.add(loss);
  }

  #tell(damage: keyof typeof texts, loss: Loss): void {
    const { from, to, frames, seconds } = loss;
    const amount = frames > 0 ? { frames, seconds } : { seconds };
    this.warn({ ...texts[damage](loss), fromSeconds: from, toSeconds: to, ...amount });
  }
}

/** Whether all of a stretch is lost. */
function isWhole({ from, to, seconds }: Loss): boolean {
  return seconds >= 0.999 * (to - from);
}

function placeOf(loss: Loss): string {
  const { from, to } = loss;
  return isWhole(loss) ? `at ${formatTime(from)} s` : `between ${formatTime(from)} and ${formatTime(to)} s`;
}

function framesOf(loss: Loss): string {
  const { from, to, frames } = loss;
  if (frames === 1) return `1 frame at ${formatTime(from)} s`;
  return isWhole(loss)
    ? `${frames} frames from ${formatTime(from)} to ${formatTime(to)} s`
    : `${frames} frames between ${formatTime(from)} and ${formatTime(to)} s`;
}
