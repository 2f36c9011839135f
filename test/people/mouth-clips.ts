// Clips of rendered people whose mouths are seen well, or are hidden, turned away, blurred, cut off or dissolved; and how much so.
import type { VideoImage } from '../../src/media/video-reader.ts';
import type { Expression } from '../../src/synthetic/expression.ts';
import { clamp, mix, noise2, SeededRandom, smoothstep } from '../../src/synthetic/random.ts';
import { sampleIdentity } from '../../src/synthetic/identity.ts';
import { SyntheticClip } from '../../src/synthetic/synthetic-clip.ts';
import { inventUtterance } from '../../src/synthetic/utterances.ts';
import { createImage8 } from '../../src/tensor/image.ts';
import { addGrain, castShadow, coarsen, defocus, dissolve, motionBlur, relight, type Picture } from './clip-effects.ts';
import { paintOccluder } from './occluder-painter.ts';
import * as shapes from './occluder-shapes.ts';

/** What happens in a clip. */
export const MOUTH_CLIP_KINDS = [
  'speech',
  'lively',
  'light',
  'turn',
  'nod',
  'hand',
  'microphone',
  'thing',
  'covering',
  'hair',
  'beside',
  'blur',
  'dissolve',
  'border',
  'lasting',
] as const;

/** What happens in a clip. */
export type MouthClipKind = (typeof MOUTH_CLIP_KINDS)[number];

/** What is true of a frame. */
export interface MouthTruth {
  /** How much of the mouth is behind something or outside the picture: the lips and a quarter more around them, 0 to 1. */
  hidden: number;
  outside: number;
  /** How far the face is turned away, degrees. */
  turn: number;
  /** Standard deviation of the blur across the mouth, in widths of the face. */
  blur: number;
  /** How much of another picture is mixed in, 0 to 0.5. */
  mixed: number;
  /** Where the face is, in pixels. */
  face: { x: number; y: number; width: number };
}

/** How a frame is judged: nothing may be drawn, a mouth has to be drawn, or either is right. */
export type Judgment = 'bad' | 'good' | 'between';

/** Returns how a frame is judged. */
export function judged({ hidden, outside, turn, blur, mixed }: MouthTruth): Judgment {
  const isBad = hidden >= 0.25 || outside >= 0.25 || turn >= 65 || blur >= 0.05 || mixed >= 0.25;
  const isGood = hidden <= 0.05 && outside === 0 && turn <= 55 && blur <= 0.02 && mixed <= 0.05;
  return isBad ? 'bad' : isGood ? 'good' : 'between';
}

/** Frames of a clip, 25 per second. */
const MOUTH_CLIP_FRAMES = 72;

/** About how wide a rendered face is, and how far its middle is above the mouth, centimeters. */
const FACE_CENTIMETERS = 15.5;
const MOUTH_BELOW_MIDDLE = 3.5;
/** The part of the mouth that has to be seen reaches this much further than the lips. */
const MARGIN = 1.25;

/** Between two values of a frame number, smoothly; outside of keyframes the first and the last value stay. */
function keyed(keys: readonly (readonly [frame: number, value: number])[], frame: number): number {
  const next = keys.findIndex(([at]) => at > frame);
  if (next === 0) return keys[0][1];
  if (next < 0) return keys.at(-1)![1];
  const [[from, before], [to, after]] = [keys[next - 1], keys[next]];
  return mix(before, after, smoothstep(from, to, frame));
}

/** Returns when something is there: it comes, stays and goes, within the clip, and how long coming and going take. */
function visit(random: SeededRandom): { come: number; stay: number; go: number; end: number } {
  const come = 14 + random.integer(14);
  const stay = come + 4 + random.integer(10);
  const go = stay + 8 + random.integer(16);
  return { come, stay, go, end: Math.min(MOUTH_CLIP_FRAMES - 4, go + 4 + random.integer(10)) };
}

/** Something before the face, frame by frame: where its origin is from the mouth, centimeters, and how it is turned. */
interface Visitor {
  occluder: shapes.Occluder;
  at: (frame: number) => { x: number; y: number; angle: number };
  /** Whether it leans with the head. */
  isWorn: boolean;
}

/** What a clip adds to somebody who speaks. */
interface Script {
  /** Changes of the pose. */
  pose?: (frame: number, expression: Expression) => void;
  /** Where the camera looks, from the middle, in sizes of the picture. */
  pan?: (frame: number) => { x: number; y: number };
  visitors?: Visitor[];
  /** Standard deviation of a defocus, in widths of the face. */
  defocus?: (frame: number) => number;
  /** Length, in widths of the face, and direction of a motion's blur. */
  motion?: (frame: number) => { length: number; angle: number };
  /** Changes pictures in ways that do not hide the mouth. */
  picture?: (frame: number, picture: Picture) => void;
  /** Another clip that takes over, and its weight. */
  other?: { clip: PersonClip; weight: (frame: number) => number };
}

function around(random: SeededRandom, x: number, y: number, by: number): { x: number; y: number } {
  return { x: x + random.uniform(-by, by), y: y + random.uniform(-by, by) };
}

/** Something that comes from outside the picture, stays, moving a little, and goes. */
function passing(
  random: SeededRandom,
  occluder: shapes.Occluder,
  target: { x: number; y: number },
  options: { angle?: number; from?: number; lasting?: boolean } = {},
): Visitor {
  const { come, stay, go, end } = visit(random);
  const direction = options.from ?? random.uniform(-0.4 * Math.PI, 0.4 * Math.PI);
  const away = { x: 34 * Math.sin(direction), y: -34 * Math.cos(direction) };
  const angle = options.angle ?? -0.8 * direction + random.uniform(-0.3, 0.3);
  const layer = random.integer(1 << 16);
  const late = options.lasting ? MOUTH_CLIP_FRAMES : 0;
  const begin = options.lasting && random.next() < 0.5 ? -late : come;
  return {
    occluder,
    isWorn: false,
    at: (frame) => {
      const near = keyed(
        [
          [begin, 0],
          [begin + stay - come, 1],
          [go + late, 1],
          [end + late, 0],
        ],
        frame,
      );
      const sway = (k: number): number => 0.5 * near * noise2(frame / 7, k, layer);
      return {
        x: mix(away.x, target.x, near) + sway(1),
        y: mix(away.y, target.y, near) + sway(2),
        angle: angle + 0.12 * sway(3),
      };
    },
  };
}

/** Returns keyframes of something that rises to a height and falls again. */
function rising(random: SeededRandom, height: number): (frame: number) => number {
  const { come, stay, go, end } = visit(random);
  return (frame) =>
    keyed(
      [
        [come, 0],
        [stay, height],
        [go, height],
        [end, 0],
      ],
      frame,
    );
}

const SCRIPTS: Record<MouthClipKind, (random: SeededRandom, seed: number) => Script> = {
  speech: (random) => {
    const softness = random.pick([0, 0, 0.012, 0.018]);
    const factor = random.pick([1, 1, 1.6, 2.2]);
    return {
      defocus: () => softness,
      picture: (_, picture) => {
        if (factor > 1) coarsen(picture, factor);
      },
    };
  },
  lively: (random) => {
    const [rate, far] = [random.uniform(0.8, 1.8), random.uniform(1.5, 4)];
    const laugh = rising(random, 1);
    const isYawn = random.next() < 0.4;
    const across = (frame: number): number => far * Math.sin(((2 * Math.PI * rate) / 25) * frame);
    return {
      pose: (frame, expression) => {
        expression.shiftX += across(frame);
        expression.roll += 0.04 * across(frame + 4);
        expression.yaw += 0.06 * across(frame + 2);
        const { mouth } = expression;
        if (isYawn) mouth.jaw = Math.max(mouth.jaw, laugh(frame));
        else {
          expression.smile = Math.max(expression.smile, laugh(frame));
          mouth.upperRaise = Math.max(mouth.upperRaise, 0.5 * laugh(frame));
        }
      },
      // Half of a frame's time the shutter is open.
      motion: (frame) => ({
        length: Math.abs(across(frame + 0.5) - across(frame - 0.5)) / 2 / FACE_CENTIMETERS,
        angle: 0,
      }),
    };
  },
  light: (random) => {
    const kind = random.integer(4);
    const level = rising(random, random.pick([-0.55, -0.3, 0.5]));
    const tint = [random.uniform(0.75, 1.25), 1, random.uniform(0.75, 1.25)];
    const angle = random.uniform(0, 2 * Math.PI);
    const layer = random.integer(1 << 16);
    return {
      picture: (frame, picture) => {
        const amount = level(frame);
        if (kind === 0) castShadow(picture, mix(-0.6, 1.1, frame / MOUTH_CLIP_FRAMES), angle, 0.55);
        else if (kind === 1) {
          const flicker = 1 + 0.25 * noise2(frame / 1.5, 1, layer);
          relight(picture, [flicker, flicker, flicker]);
        } else {
          const share = Math.abs(amount);
          const gain = (c: number): number => (1 + amount) * (kind === 2 ? mix(1, tint[c], share) : 1);
          relight(picture, [gain(0), gain(1), gain(2)]);
        }
      },
    };
  },
  turn: (random) => {
    const yaw = (random.next() < 0.5 ? -1 : 1) * random.pick([40, 50, 75, 82, 90, 90]);
    const turned = rising(random, (yaw * Math.PI) / 180);
    const [pitch, roll] = [random.uniform(-0.25, 0.2), random.uniform(-0.2, 0.2)];
    return {
      pose: (frame, expression) => {
        const share = Math.abs(turned(frame)) / (Math.PI / 2);
        expression.yaw = expression.yaw * (1 - share) + turned(frame);
        expression.pitch += pitch * share;
        expression.roll += roll * share;
      },
    };
  },
  nod: (random) => {
    const pitch = random.pick([-40, -30, 30, 45]);
    const nodded = rising(random, (pitch * Math.PI) / 180);
    const yaw = random.uniform(-0.4, 0.4);
    return {
      pose: (frame, expression) => {
        expression.pitch += nodded(frame);
        expression.yaw += yaw;
      },
    };
  },
  hand: (random, seed) => {
    const own = sampleIdentity(seed).skin.tone;
    const skin = random.next() < 0.75 ? own : sampleIdentity(random.integer(1000)).skin.tone;
    const posture = random.pick(shapes.HAND_POSTURES);
    const target = around(random, 0, -0.5, 1.5);
    return { visitors: [passing(random, shapes.hand(random, skin, posture), target)] };
  },
  microphone: (random) => ({
    visitors: [passing(random, shapes.microphone(random), around(random, 0, -1, 1.2))],
  }),
  thing: (random) => ({
    visitors: [passing(random, shapes.thing(random), around(random, 0, -0.5, 2), { angle: random.uniform(-0.4, 0.4) })],
  }),
  covering: (random) => {
    const options = { angle: random.uniform(-0.1, 0.1), from: random.uniform(-0.3, 0.3) };
    return { visitors: [{ ...passing(random, shapes.covering(random), { x: 0, y: 0 }, options), isWorn: true }] };
  },
  hair: (random, seed) => {
    const strands = random.pick([1, 2, 3, 22, 30, 36]);
    const occluder = shapes.hair(random, sampleIdentity(seed).hairColor, strands);
    const from = random.pick([-1, 1]) * (0.5 * Math.PI + random.uniform(-0.2, 0.2));
    return {
      visitors: [passing(random, occluder, around(random, 0, 0, 1), { angle: random.uniform(-0.3, 0.3), from })],
    };
  },
  beside: (random, seed) => {
    const skin = sampleIdentity(seed).skin.tone;
    const side = random.pick([-1, 1]);
    const posture = random.pick(shapes.HAND_POSTURES);
    const places: (() => Visitor)[] = [
      // At the forehead, at a cheek, under the chin; a hand that gestures before the chest; a microphone below; a headset.
      () =>
        passing(
          random,
          shapes.hand(random, skin, posture),
          { x: 3 * side, y: 13 },
          { from: side * 1.9, angle: -side * 1.2 },
        ),
      () => passing(random, shapes.hand(random, skin, 'flat'), { x: 8.5 * side, y: 2 }, { angle: -0.3 * side }),
      () => passing(random, shapes.hand(random, skin, 'fist'), { x: 2 * side, y: -9.5 }),
      () => passing(random, shapes.hand(random, skin, posture), { x: 9 * side, y: -15 }),
      () => passing(random, shapes.microphone(random), { x: side, y: -9 }),
      () => ({ ...passing(random, shapes.headset(random), { x: 4.2 * side, y: -1.6 }), isWorn: true }),
    ];
    return { visitors: [random.pick(places)()] };
  },
  blur: (random) => {
    const kind = random.integer(3);
    const strength = rising(random, random.pick([0.03, 0.06, 0.08, 0.11]));
    const angle = random.uniform(0, Math.PI);
    if (kind === 0) return { defocus: strength };
    if (kind === 1) return { motion: (frame) => ({ length: 4 * strength(frame), angle }) };
    return { defocus: (frame) => 0.7 * strength(frame), motion: (frame) => ({ length: 2.5 * strength(frame), angle }) };
  },
  dissolve: (random, seed) => {
    const clip = new PersonClip('speech', seed + 50_000, { isAlone: true });
    const start = 18 + random.integer(24);
    const length = 8 + random.integer(18);
    return { other: { clip, weight: (frame) => clamp((frame - start) / length, 0, 1) } };
  },
  border: (random) => {
    const [side, far] = [random.pick([-1, 0, 1]), random.uniform(0.4, 0.6)];
    const out = rising(random, far);
    return { pan: (frame) => ({ x: side * out(frame), y: side === 0 ? -out(frame) : 0 }) };
  },
  lasting: (random, seed) => {
    const skin = sampleIdentity(seed).skin.tone;
    const kind = random.integer(5);
    if (kind === 4) return { defocus: () => 0.07 };
    const occluder =
      kind === 0
        ? shapes.hand(random, skin, random.pick(['flat', 'cupped', 'fist']))
        : kind === 1
          ? shapes.covering(random)
          : shapes.microphone(random);
    const visitor = passing(random, occluder, around(random, 0, -0.5, 0.6), {
      lasting: true,
      angle: kind === 1 ? 0 : random.uniform(-0.5, 0.5),
      from: random.uniform(-0.3, 0.3),
    });
    return { visitors: [{ ...visitor, isWorn: kind === 1 }] };
  },
};

/** A clip of one person, whom the seed decides. */
class PersonClip {
  readonly size: number;
  readonly #clip: SyntheticClip;
  readonly #viewHeight: number;
  readonly #grain: number;
  readonly #seed: number;
  readonly #script: Script;
  /** Side of what is drawn, in pixels: more than the picture where the camera pans. */
  readonly #drawn: number;

  constructor(kind: MouthClipKind, seed: number, { isAlone = false } = {}) {
    const random = new SeededRandom(seed).fork(kind);
    this.#seed = seed;
    this.size = 256;
    this.#viewHeight = isAlone ? 34 : random.uniform(26, 46);
    this.#grain = random.uniform(0.5, 4);
    this.#script = SCRIPTS[kind](random.fork('script'), seed);
    this.#drawn = this.#script.pan ? 2 * this.size : this.size;
    this.#clip = new SyntheticClip({
      seed,
      sounds: inventUtterance(random.fork('speech'), { seconds: 4 }),
      width: this.#drawn,
      height: this.#drawn,
      viewHeight: (this.#viewHeight * this.#drawn) / this.size,
      motion: {
        liveliness: random.uniform(0.6, 1.6),
        yaw: random.uniform(-0.2, 0.2),
        pitch: random.uniform(-0.1, 0.1),
      },
    });
  }

  /** Draws a frame and says what is true of it. */
  render(frame: number): { data: Uint8ClampedArray<ArrayBuffer>; truth: MouthTruth } {
    const { pose, pan, visitors = [], other, ...effects } = this.#script;
    const expression = this.#clip.expressionAt(frame);
    pose?.(frame, expression);
    const { x: panX, y: panY } = pan?.(frame) ?? { x: 0, y: 0 };
    const edge = (this.#drawn - this.size) / 2;
    const [left, top] = [Math.round(edge + panX * this.size), Math.round(edge + panY * this.size)];
    const data = cropped(this.#clip.head.render(expression), this.#drawn, { left, top, size: this.size });
    const picture: Picture = { data, width: this.size, height: this.size };
    const outline = this.#clip.head.mouthOutline(expression).map(([x, y]) => [x - left, y - top] as const);
    const middle = meanOf(outline);
    const scale = this.size / this.#viewHeight;
    const coverage = new Float32Array(this.size * this.size);
    const { lighting } = this.#clip.head.identity;
    for (const { occluder, at, isWorn } of visitors) {
      const { x, y, angle } = at(frame);
      const place = {
        x: middle[0] + x * scale,
        y: middle[1] - y * scale,
        pixelsPerCentimeter: scale,
        angle: angle + (isWorn ? expression.roll : 0),
      };
      paintOccluder({ ...picture, lighting }, occluder, place, coverage);
    }
    const faceWidth = FACE_CENTIMETERS * scale;
    const blur = this.#blur(picture, frame, faceWidth, effects);
    effects.picture?.(frame, picture);
    const weight = other?.weight(frame) ?? 0;
    const next = other?.clip.render(frame);
    if (next) dissolve(picture, next.data, weight);
    addGrain(picture, this.#grain, 1000 * this.#seed + frame);
    const turn = Math.acos(Math.cos(expression.yaw) * Math.cos(expression.pitch));
    const face = { x: middle[0], y: middle[1] - MOUTH_BELOW_MIDDLE * scale, width: faceWidth };
    const seen = mouthShares(outline, coverage, this.size);
    const mixed = Math.min(weight, 1 - weight);
    const own = { ...seen, turn: (180 * turn) / Math.PI, blur, face };
    return { data, truth: { ...(next && weight > 0.5 ? next.truth : own), mixed } };
  }

  #blur(picture: Picture, frame: number, faceWidth: number, { defocus: soft, motion }: Script): number {
    const sigma = soft?.(frame) ?? 0;
    if (sigma > 0) defocus(picture, sigma * faceWidth);
    const { length, angle } = motion?.(frame) ?? { length: 0, angle: 0 };
    if (length * faceWidth > 1) motionBlur(picture, length * faceWidth, angle);
    // The standard deviation of a box; a mouth is about twice as wide as high.
    const along = length / Math.sqrt(12);
    return Math.hypot(sigma, along * Math.hypot(Math.sin(angle), Math.cos(angle) / 2));
  }
}

/** Returns a square of a picture. Outside of it, its outermost pixels are repeated. */
function cropped(
  source: Uint8ClampedArray,
  stride: number,
  { left, top, size }: { left: number; top: number; size: number },
): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(4 * size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = clamp(top + y, 0, stride - 1) * stride + clamp(left + x, 0, stride - 1);
      data.set(source.subarray(4 * from, 4 * from + 4), 4 * (y * size + x));
    }
  }
  return data;
}

function meanOf(points: readonly (readonly [number, number])[]): [number, number] {
  const sum = points.reduce<[number, number]>((total, [x, y]) => [total[0] + x, total[1] + y], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** Returns how much of the mouth and its margin is covered, and how much is outside a picture of a size. */
function mouthShares(
  outline: readonly (readonly [number, number])[],
  coverage: Float32Array,
  size: number,
): Pick<MouthTruth, 'hidden' | 'outside'> {
  const [middleX, middleY] = meanOf(outline);
  // A closed mouth is a line: it counts as a third as high as wide.
  const reachX = MARGIN * Math.max(...outline.map(([x]) => Math.abs(x - middleX)), 1);
  const reachY = Math.max(MARGIN * Math.max(...outline.map(([, y]) => Math.abs(y - middleY))), reachX / 3);
  let [inside, hidden, outside] = [0, 0, 0];
  for (let y = Math.floor(middleY - reachY); y <= middleY + reachY; y++) {
    for (let x = Math.floor(middleX - reachX); x <= middleX + reachX; x++) {
      if (((x + 0.5 - middleX) / reachX) ** 2 + ((y + 0.5 - middleY) / reachY) ** 2 > 1) continue;
      inside++;
      if (x < 0 || y < 0 || x >= size || y >= size) outside++;
      else hidden += coverage[y * size + x];
    }
  }
  return { hidden: hidden / Math.max(1, inside), outside: outside / Math.max(1, inside) };
}

/** A frame of a clip, and what is true of it. */
export interface MouthFrame extends VideoImage {
  readonly truth: MouthTruth;
}

/**
 * Yields the frames of a clip.
 *
 * @param step - yields every so many frames only. Default 1.
 */
export async function* mouthClip(kind: MouthClipKind, seed: number, step = 1): AsyncGenerator<MouthFrame> {
  // Everybody is in one clip only.
  const clip = new PersonClip(kind, MOUTH_CLIP_KINDS.length * seed + MOUTH_CLIP_KINDS.indexOf(kind));
  for (let index = 0; index < MOUTH_CLIP_FRAMES; index += step) {
    await Promise.resolve();
    const { data, truth } = clip.render(index);
    const place = { index, sourceIndex: index, timestampSeconds: index / 25, durationSeconds: 1 / 25 };
    yield { ...place, data: createImage8(clip.size, clip.size, 4, data), truth };
  }
}
