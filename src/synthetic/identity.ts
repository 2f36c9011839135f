// Who is shown: everything about one synthetic person and the place they sit in, drawn from a seed.
import { directionAt, linearColor, type Lighting } from './lighting.ts';
import { clamp, mix, SeededRandom } from './random.ts';
import type { HairShape, HairStyle } from './hair-mesh.ts';

/** A linear color. */
export type Color = readonly [number, number, number];

/** Departures from the canonical head; 0 is canonical, ±1 about the range of people. */
export interface FaceShape {
  faceWidth: number;
  faceLength: number;
  jawWidth: number;
  chinHeight: number;
  chinForward: number;
  cheekbones: number;
  cheekFullness: number;
  browRidge: number;
  noseWidth: number;
  noseLength: number;
  noseForward: number;
  noseBridge: number;
  eyeSpacing: number;
  eyeSize: number;
  eyeTilt: number;
  mouthWidth: number;
  upperLip: number;
  lowerLip: number;
  mouthHeight: number;
  neckWidth: number;
  /** Departures from symmetry: the chin to the viewer's right, and the mouth's right corner upwards. */
  jawShift: number;
  mouthTilt: number;
}

/** Names of the {@link FaceShape} figures that are the same on both sides. */
const SHAPE_NAMES = [
  'faceWidth',
  'faceLength',
  'jawWidth',
  'chinHeight',
  'chinForward',
  'cheekbones',
  'cheekFullness',
  'browRidge',
  'noseWidth',
  'noseLength',
  'noseForward',
  'noseBridge',
  'eyeSpacing',
  'eyeSize',
  'eyeTilt',
  'mouthWidth',
  'upperLip',
  'lowerLip',
  'mouthHeight',
  'neckWidth',
] as const satisfies readonly (keyof FaceShape)[];

/** The surface of the skin. Shares are 0 … 1. */
export interface SkinLook {
  /** Mean albedo. */
  tone: Color;
  /** Albedo of the lips. */
  lips: Color;
  blush: number;
  freckles: number;
  pores: number;
  stubble: number;
  /** Where a beard grows, and how dense it is. */
  beard: { style: BeardStyle; density: number };
  /** Wetness of the lips. */
  lipGloss: number;
  /** Folds and lines. */
  age: number;
  oiliness: number;
}

/** How a beard is worn. */
export type BeardStyle = 'none' | 'full' | 'goatee' | 'moustache';

/** The teeth of one person. Shares are 0 … 1. */
export interface Dentition {
  seed: number;
  /** Linear color of the enamel. */
  enamel: Color;
  /** Length of the crowns relative to usual. */
  size: number;
  /** How far the teeth stand out of line. */
  crowding: number;
  /** How deep and dark it is between two teeth. */
  gaps: number;
  /** Width of the gap between the upper front teeth, centimeters. */
  diastema: number;
}

/** Clothes. */
export interface Clothing {
  style: 'crew' | 'jacket';
  color: Color;
  /** Color of what is worn under a jacket. */
  shirt: Color;
}

/** What is behind the speaker. */
export interface Backdrop {
  kind: 'context' | 'office' | 'window';
  color: Color;
  accent: Color;
  seed: number;
}

/** Everything about one synthetic speaker. */
export interface Identity {
  seed: number;
  shape: FaceShape;
  skin: SkinLook;
  teeth: Dentition;
  hair: HairShape;
  hairColor: Color;
  brows: { thickness: number; arch: number; color: Color };
  iris: Color;
  /** How far the lids hang at rest, 0 … 0.25. */
  lids: number;
  clothing: Clothing;
  lighting: Lighting;
  backdrop: Backdrop;
}

const ENAMELS = ['#f4efe4', '#efe6d2', '#e6d9bd', '#d8c49d'] as const;
const LIPSTICKS = ['#b0222f', '#c4525c', '#8e2440', '#d07a70', '#a4525a', '#7b2f33'] as const;

// Albedo of skin from the lightest to the darkest, sRGB, with matching lips.
const SKINS = [
  ['#e9c3ad', '#c4807a'],
  ['#e2b496', '#bd7770'],
  ['#d6a283', '#b06a62'],
  ['#c38c68', '#a05f55'],
  ['#a87150', '#8c5049'],
  ['#83523a', '#6f4039'],
  ['#5f3a2a', '#593530'],
] as const;
const HAIRS = ['#15110f', '#1f1712', '#33231a', '#4a3222', '#6b4a2e', '#97724a', '#6b3a22', '#8c8681'] as const;
const IRISES = ['#3a2415', '#4e3018', '#5d4526', '#6c6b3c', '#54708a', '#6a8596', '#5b6f5f'] as const;
const CLOTHES = [
  '#26303d',
  '#51586a',
  '#7a2f35',
  '#2f4d44',
  '#c9c3b8',
  '#8d95a5',
  '#1d1e22',
  '#3c5a7c',
  '#a1785a',
] as const;

// How men's faces differ from women's on average, in the units of FaceShape.
const MASCULINE: Readonly<FaceShape> = {
  faceWidth: 0.3,
  faceLength: 0.4,
  jawWidth: 1.3,
  chinHeight: 0.9,
  chinForward: 0.5,
  cheekbones: -0.4,
  cheekFullness: -0.3,
  browRidge: 1.5,
  noseWidth: 0.8,
  noseLength: 0.7,
  noseForward: 0.3,
  noseBridge: 0.7,
  eyeSpacing: 0,
  eyeSize: -1.1,
  eyeTilt: -0.5,
  mouthWidth: 0.4,
  upperLip: -1.1,
  lowerLip: -0.8,
  mouthHeight: 0,
  neckWidth: 1.6,
  jawShift: 0,
  mouthTilt: 0,
};

function scaled(color: Color, by: number): Color {
  return [color[0] * by, color[1] * by, color[2] * by];
}

function mixed(a: Color, b: Color, t: number): Color {
  return [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
}

/** Returns a color with less of its hue, by a share, and its light shifted between red and green, and blue. */
function withUndertone([r, g, b]: Color, gray: number, pink: number): Color {
  const light = 0.3 * r + 0.59 * g + 0.11 * b;
  const [red, green, blue] = [mix(r, light, gray), mix(g, light, gray), mix(b, light, gray)];
  return [red * (1 + 0.03 * pink), green * (1 - 0.05 * pink), blue * (1 + 0.12 * pink)];
}

function sampleTeeth(random: SeededRandom, age: number): Dentition {
  const place = clamp(random.uniform(0, 2.2) + 0.8 * age, 0, ENAMELS.length - 1.001);
  const below = Math.floor(place);
  return {
    seed: random.integer(1 << 20),
    enamel: mixed(linearColor(ENAMELS[below]), linearColor(ENAMELS[below + 1]), place - below),
    size: random.normal(1, 0.07),
    crowding: random.next() ** 2,
    gaps: random.uniform(0.1, 0.9),
    diastema: random.next() < 0.08 ? random.uniform(0.05, 0.2) : 0,
  };
}

function sampleBeard(random: SeededRandom): SkinLook['beard'] {
  if (random.next() > 0.4) return { style: 'none', density: 0 };
  return { style: random.pick(['full', 'full', 'goatee', 'moustache']), density: random.uniform(0.45, 1) };
}

function sampleLighting(random: SeededRandom): Lighting {
  const side = random.next() < 0.5 ? -1 : 1;
  const warmth = random.uniform(-0.06, 0.08);
  const strength = random.uniform(0.85, 1.15);
  const fill = random.uniform(0.16, 0.42);
  return {
    key: {
      direction: directionAt(side * random.uniform(15, 55), random.uniform(18, 45)),
      color: [strength * (1 + warmth), strength, strength * (1 - warmth)],
    },
    fill: {
      direction: directionAt(-side * random.uniform(30, 70), random.uniform(0, 25)),
      color: [fill * (1 - warmth), fill, fill * (1 + warmth)],
    },
    rim: {
      direction: directionAt(-side * random.uniform(120, 150), 30),
      color: scaled([1, 1, 1], random.uniform(0.2, 0.8)),
    },
    sky: scaled([0.98, 1, 1.04], random.uniform(0.26, 0.4)),
    ground: scaled([1, 0.94, 0.88], random.uniform(0.12, 0.22)),
    exposure: random.uniform(0.92, 1.08),
  };
}

/** Returns the identity that a seed stands for. */
export function sampleIdentity(seed: number): Identity {
  const random = new SeededRandom(seed).fork('identity');
  const shape = {
    ...(Object.fromEntries(SHAPE_NAMES.map((name) => [name, random.normal(0, 0.5)])) as Record<
      (typeof SHAPE_NAMES)[number],
      number
    >),
    jawShift: 0,
    mouthTilt: 0,
  };
  const masculine = random.next() < 0.5;
  for (const name of SHAPE_NAMES) shape[name] += (masculine ? 0.5 : -0.5) * MASCULINE[name];
  // What was added later has streams of its own, so that everything else of a seed stays as it was.
  const asymmetry = random.fork('asymmetry');
  shape.jawShift = asymmetry.normal(0, 0.5);
  shape.mouthTilt = asymmetry.normal(0, 0.5);
  const undertone = random.fork('undertone');
  const [gray, pink] = [undertone.uniform(0.05, 0.5), undertone.normal(0.35, 0.5)];
  const makeUp = random.fork('make-up');
  const place = random.uniform(0, SKINS.length - 1.001);
  const below = Math.floor(place);
  const toneAt = (k: 0 | 1): Color =>
    withUndertone(mixed(linearColor(SKINS[below][k]), linearColor(SKINS[below + 1][k]), place - below), gray, pink);
  const darkness = place / (SKINS.length - 1);
  const hairs = darkness > 0.5 ? HAIRS.slice(0, 3) : HAIRS;
  const hairColor = scaled(linearColor(random.pick(hairs)), random.uniform(0.85, 1.2));
  const styles: HairStyle[] = masculine ? ['short', 'short', 'swept', 'cropped'] : ['bob', 'long', 'tied', 'swept'];
  const age = random.next() ** 1.6;
  const natural = mixed(toneAt(1), linearColor('#a8434a'), masculine ? 0 : random.uniform(0, 0.5));
  const isMadeUp = !masculine && makeUp.next() < 0.4;
  return {
    seed,
    shape,
    skin: {
      tone: toneAt(0),
      lips: isMadeUp ? mixed(natural, linearColor(makeUp.pick(LIPSTICKS)), makeUp.uniform(0.4, 0.95)) : natural,
      lipGloss: isMadeUp ? makeUp.uniform(0, 1) : makeUp.uniform(0.1, 0.6),
      beard: masculine ? sampleBeard(random.fork('beard')) : { style: 'none', density: 0 },
      blush: random.uniform(0.1, 0.7) * (1 - 0.6 * darkness),
      freckles: random.next() < 0.25 ? random.uniform(0.2, 0.8) * (1 - darkness) : 0,
      pores: random.uniform(0.4, 1),
      stubble: masculine && random.next() < 0.7 ? random.uniform(0.1, 0.9) : 0,
      age,
      oiliness: random.uniform(0.5, 1),
    },
    teeth: sampleTeeth(random.fork('teeth'), age),
    hair: {
      style: random.pick(styles),
      parting: random.uniform(-1, 1),
      hairline: random.normal(0, 0.35) + (masculine ? 0.5 * age : 0),
      curl: random.next() ** 2,
      volume: random.uniform(0.8, 1.2),
      seed: random.integer(1 << 20),
    },
    hairColor,
    brows: {
      thickness: random.uniform(0.6, 1.2) + (masculine ? 0.2 : -0.1),
      arch: random.uniform(0, 1),
      color: scaled(hairColor, 0.8),
    },
    iris: linearColor(random.pick(darkness > 0.45 ? IRISES.slice(0, 3) : IRISES)),
    lids: random.uniform(0.02, 0.18),
    clothing: {
      style: random.next() < 0.5 ? 'crew' : 'jacket',
      color: linearColor(random.pick(CLOTHES)),
      shirt: linearColor(random.pick(['#dfe3e8', '#c8d4e2', '#e4ded4', '#2a2c31'])),
    },
    lighting: sampleLighting(random.fork('light')),
    backdrop: {
      kind: random.pick(['context', 'office', 'window']),
      color: scaled(
        linearColor(random.pick(['#8d939a', '#6d7884', '#9a8f83', '#77807a', '#45505c'])),
        random.uniform(0.7, 1.2),
      ),
      accent: linearColor(random.pick(['#c7a46a', '#6c8fa8', '#7d9a72', '#b0725d'])),
      seed: random.integer(1 << 20),
    },
  };
}
