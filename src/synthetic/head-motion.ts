// How a speaker moves apart from the mouth: small turns and nods with the melody, blinks, glances, brows. Seeded.
import { neutralExpression, type Expression, type MouthShape } from './expression.ts';
import type { TimedPhoneme } from './phonemes.ts';
import { clamp, hash3, noise2, SeededRandom, smoothstep } from './random.ts';

/** How lively a speaker is. */
export interface HeadMotionOptions {
  /** Scale of the head's turns; 1 stays within about ±8°. Defaults to 1. */
  liveliness?: number;
  /** Mean turn of the head to the viewer's right, radians. Defaults to 0. */
  yaw?: number;
  /** Mean nod upwards, radians. Defaults to 0. */
  pitch?: number;
  /** Mean smile, 0 to 1. Defaults to 0.12. */
  smile?: number;
  /** How far the upper lip is raised off the teeth while the mouth is open, beyond what sounds ask for. Defaults to 0. */
  showsTeeth?: number;
}

/** Seconds that a blink takes to close, stay and open. */
const BLINK = { close: 0.07, shut: 0.04, open: 0.13 } as const;

/** Movements of one speaker over one utterance. */
export class HeadMotion {
  readonly #layer: number;
  readonly #options: Required<HeadMotionOptions>;
  readonly #blinks: number[] = [];
  readonly #accents: { time: number; nod: number; brow: number }[];

  /** @param duration - seconds for which blinks are planned. */
  constructor(seed: number, phonemes: readonly TimedPhoneme[], duration: number, options: HeadMotionOptions = {}) {
    this.#layer = seed & 0xffff;
    this.#options = { liveliness: 1, yaw: 0, pitch: 0, smile: 0.12, showsTeeth: 0, ...options };
    const random = new SeededRandom(seed).fork('motion');
    for (let time = random.uniform(0.5, 2); time < duration; time += random.uniform(1.6, 4.5)) this.#blinks.push(time);
    this.#accents = phonemes
      .filter(({ stress }) => stress === 1)
      .map(({ start, end }) => ({
        time: (start + end) / 2,
        nod: random.next() < 0.55 ? random.uniform(0.3, 1) : 0,
        brow: random.next() < 0.3 ? random.uniform(0.3, 0.9) : 0,
      }));
  }

  /** Returns the face at a time with a given mouth. */
  at(time: number, mouth: MouthShape): Expression {
    const { liveliness, yaw, pitch, smile, showsTeeth } = this.#options;
    const layer = this.#layer;
    const wander = (rate: number, k: number): number =>
      0.75 * noise2(time * rate, k, layer) + 0.25 * noise2(time * rate * 2.7, k + 9, layer);
    let nod = 0;
    let brows = 0.12 * wander(0.5, 4);
    for (const accent of this.#accents) {
      const d = (time - accent.time) / 0.16;
      if (Math.abs(d) > 4) continue;
      nod -= accent.nod * Math.exp(-d * d);
      brows += accent.brow * Math.exp(-((d / 1.6) ** 2));
    }
    // Glances jump from one place to the next.
    const glance = Math.floor(time / 0.8 + 0.3 * noise2(time, 77, layer));
    const away = hash3(glance, 5, layer) < 0.25 ? 1 : 0.25;
    const open = smoothstep(0.02, 0.35, mouth.jaw + mouth.lowerDrop);
    return {
      ...neutralExpression(),
      mouth: { ...mouth, upperRaise: mouth.upperRaise + showsTeeth * open },
      blink: this.#blinkAt(time),
      gazeX: away * 0.14 * (2 * hash3(glance, 1, layer) - 1) - 0.5 * liveliness * 0.1 * wander(0.45, 1) - 0.5 * yaw,
      gazeY: away * 0.05 * (2 * hash3(glance, 2, layer) - 1),
      brows: clamp(brows, -0.5, 1),
      smile: Math.max(0, smile + 0.08 * wander(0.3, 5)),
      yaw: yaw + liveliness * 0.1 * wander(0.45, 1),
      pitch: pitch + liveliness * (0.045 * wander(0.55, 2) + 0.035 * nod),
      roll: liveliness * 0.05 * wander(0.4, 3),
      shiftX: liveliness * 0.5 * wander(0.35, 6),
      shiftY: liveliness * (0.25 * wander(0.4, 7) + 0.12 * nod),
    };
  }

  #blinkAt(time: number): number {
    let blink = 0;
    for (const start of this.#blinks) {
      const since = time - start;
      const { close, shut, open } = BLINK;
      if (since < 0 || since > close + shut + open) continue;
      blink = Math.max(blink, smoothstep(0, close, since) * smoothstep(close + shut + open, close + shut, since));
    }
    return blink;
  }
}
