// What comes between a camera and a mouth: hands, microphones, cups, phones, masks, scarves, arms and hair, as rods and plates.
import type { Color } from '../../src/synthetic/identity.ts';
import { linearColor } from '../../src/synthetic/lighting.ts';
import { mix, type SeededRandom } from '../../src/synthetic/random.ts';

/** What a surface looks like. */
export interface OccluderMaterial {
  color: Color;
  /** How the color varies over the surface. */
  pattern: 'plain' | 'skin' | 'cloth' | 'foam' | 'mesh' | 'print';
  /** Strength of highlights, 0 to 1. */
  gloss: number;
}

/** A round rod between two points, centimeters; x to the right, y up, z toward the viewer. */
export interface OccluderRod {
  kind: 'rod';
  from: readonly [number, number, number];
  to: readonly [number, number, number];
  /** At both ends. */
  radius: readonly [number, number];
  material: OccluderMaterial;
}

/** A plate with rounded corners, centimeters. */
export interface OccluderPlate {
  kind: 'plate';
  center: readonly [number, number, number];
  /** Half of width and height. */
  half: readonly [number, number];
  corner: number;
  /** How far its middle stands out: sideways only as on a cup, or all around as on a mask. */
  bulge: { along: 'x' | 'xy'; height: number };
  material: OccluderMaterial;
}

/** A part of an occluder. */
export type OccluderPart = OccluderRod | OccluderPlate;

/** What can hide a mouth; the origin of its parts is what is brought before it. */
export interface Occluder {
  name: string;
  parts: OccluderPart[];
}

type Point3 = [number, number, number];

const TAU = 2 * Math.PI;

/** How the fingers of a hand are held. */
const POSTURES = {
  flat: { spread: 0.03, curl: 0, thumb: 0.5, origin: 9 },
  spread: { spread: 0.26, curl: 0.1, thumb: 1, origin: 9 },
  cupped: { spread: 0.06, curl: 0.35, thumb: 0.6, origin: 8 },
  fist: { spread: 0.02, curl: 0.85, thumb: 0.2, origin: 8 },
  pointing: { spread: 0.03, curl: 0.85, thumb: 0.2, origin: 14 },
} as const;

/** How a hand is held. */
export type HandPosture = keyof typeof POSTURES;

/** All postures. */
export const HAND_POSTURES = Object.keys(POSTURES) as HandPosture[];

/** Returns a hand with its forearm in a sleeve, the wrist below; the back of the hand or the palm toward the viewer. */
export function hand(random: SeededRandom, skin: Color, posture: HandPosture): Occluder {
  const { spread, curl, thumb, origin } = POSTURES[posture];
  const side = random.next() < 0.5 ? -1 : 1;
  const size = random.uniform(0.85, 1.1);
  const isGloved = random.next() < 0.08;
  const glove: OccluderMaterial = {
    color: linearColor(random.pick(['#20242c', '#d8dde2', '#3e6fae', '#7a4a2a'])),
    pattern: 'cloth',
    gloss: 0.1,
  };
  const light = random.uniform(0.85, 1.15);
  const bare: OccluderMaterial = {
    color: [skin[0] * light, skin[1] * light, skin[2] * light],
    pattern: 'skin',
    gloss: 0.25,
  };
  const material = isGloved ? glove : bare;
  const at = (x: number, y: number, z: number): Point3 => [side * size * x, size * (y - origin), size * z];
  const rods: OccluderRod[] = [];
  const rod = (from: Point3, to: Point3, radius: [number, number], own = material): void => {
    rods.push({ kind: 'rod', from, to, radius: [size * radius[0], size * radius[1]], material: own });
  };
  for (let finger = 0; finger < 4; finger++) {
    const across = finger - 1.5;
    const knuckle: Point3 = [2.1 * across, 9 - 0.25 * across * across, 0.4];
    rod(at(1.2 * across, 1, 0), at(...knuckle), [1.25, 1.05]);
    const isStraight = posture === 'pointing' && finger === 0;
    const bend = isStraight ? 0 : curl;
    const angle = -spread * across;
    const lengths = [4.4, 2.7, 2.1].map((length) => length * [0.9, 1, 0.94, 0.76][finger]);
    let [x, y, z] = knuckle;
    let turn = 0;
    for (const [joint, length] of lengths.entries()) {
      turn += bend * [1.1, 1.3, 0.9][joint];
      const reach = length * Math.cos(turn);
      const next: Point3 = [
        x - Math.sin(angle) * reach,
        y + Math.cos(angle) * reach,
        z + 0.6 * length * Math.sin(turn),
      ];
      rod(at(x, y, z), at(...next), [0.95 - 0.1 * joint, 0.86 - 0.1 * joint]);
      [x, y, z] = next;
    }
  }
  rod(at(-1.8, 2, 0.2), at(-3.4 - thumb, 5.5, 0.6), [1.3, 1.05]);
  rod(at(-3.4 - thumb, 5.5, 0.6), at(-3.6 - 1.8 * thumb, 8.8, 1), [1, 0.75]);
  rod(at(0, -2, 0), at(0, 2, 0), [2.2, 2.4]);
  const sleeve: OccluderMaterial = {
    color: linearColor(random.pick(['#1f2530', '#8a2f35', '#d9d5cc', '#31506e', '#5b6b45', '#6d6f75'])),
    pattern: 'cloth',
    gloss: 0.05,
  };
  rod(at(0, -30, -1.5), at(0, -2.5, 0), [3.6, 2.5], random.next() < 0.7 ? sleeve : material);
  return { name: `hand, ${posture}`, parts: rods };
}

function ball(center: Point3, radius: number, material: OccluderMaterial): OccluderRod {
  return {
    kind: 'rod',
    from: center,
    to: [center[0], center[1] + 0.01, center[2]],
    radius: [radius, radius],
    material,
  };
}

const MICROPHONE_KINDS = ['ball', 'foam', 'studio', 'headset'] as const;

/** Returns a microphone whose head is at the origin, its handle below. */
export function microphone(random: SeededRandom): Occluder {
  const kind = random.pick(MICROPHONE_KINDS.slice(0, 3));
  const body: OccluderMaterial = {
    color: linearColor(random.pick(['#15161a', '#2b2d33', '#8e9299', '#b08d3c'])),
    pattern: 'plain',
    gloss: 0.7,
  };
  if (kind === 'studio') {
    const radius = random.uniform(2.2, 3);
    const foam: OccluderMaterial = { color: linearColor('#1b1c20'), pattern: 'foam', gloss: 0.03 };
    return {
      name: 'microphone, studio',
      parts: [
        { kind: 'rod', from: [0, -2, 2], to: [0, 4.5, 2], radius: [radius, radius], material: foam },
        { kind: 'rod', from: [0, -9, 2], to: [0, -2, 2], radius: [radius * 0.95, radius * 0.95], material: body },
      ],
    };
  }
  const radius = kind === 'ball' ? random.uniform(2.2, 2.7) : random.uniform(2.4, 3.6);
  const head: OccluderMaterial =
    kind === 'ball'
      ? { color: linearColor(random.pick(['#6d7178', '#2a2c30', '#a9adb3'])), pattern: 'mesh', gloss: 0.6 }
      : {
          color: linearColor(random.pick(['#1a1b1f', '#b3262c', '#2158a8', '#e8b519', '#3c8b46', '#e6e2da'])),
          pattern: 'foam',
          gloss: 0.03,
        };
  return {
    name: `microphone, ${kind}`,
    parts: [
      ball([0, 0, 3], radius, head),
      { kind: 'rod', from: [0, -20, 2.5], to: [0, -radius * 0.7, 3], radius: [1.1, 1.5], material: body },
    ],
  };
}

/** Returns the microphone of a headset: a thin boom, its small head at the origin. */
export function headset(random: SeededRandom): Occluder {
  const side = random.next() < 0.5 ? -1 : 1;
  const material: OccluderMaterial = { color: linearColor('#1d1e22'), pattern: 'plain', gloss: 0.3 };
  return {
    name: 'microphone, headset',
    parts: [
      ball([0, 0, 1], random.uniform(0.45, 0.8), { ...material, pattern: 'foam' }),
      { kind: 'rod', from: [0, 0, 1], to: [side * 5, 2.5, 0], radius: [0.16, 0.16], material },
      { kind: 'rod', from: [side * 5, 2.5, 0], to: [side * 7.5, 6, 0], radius: [0.16, 0.16], material },
    ],
  };
}

/** Returns a cup, a phone, a sheet of paper, or an arm in a sleeve, its middle at the origin. */
export function thing(random: SeededRandom): Occluder {
  const colors = ['#e9e6df', '#b3312f', '#2f5d8a', '#26282d', '#d6a23c', '#3f7d58', '#c98a94'];
  const color = linearColor(random.pick(colors));
  switch (random.integer(4)) {
    case 0: {
      const material: OccluderMaterial = { color, pattern: 'plain', gloss: 0.5 };
      const side = random.next() < 0.5 ? -1 : 1;
      const handle = Array.from({ length: 8 }, (_, k): OccluderRod => {
        const point = (angle: number): Point3 => [side * (3.9 + 2 * Math.sin(angle)), 2.3 * Math.cos(angle), 0];
        const [from, to] = [point((k * Math.PI) / 8), point(((k + 1) * Math.PI) / 8)];
        return { kind: 'rod', from, to, radius: [0.45, 0.45], material };
      });
      const half = [random.uniform(3.4, 4.3), random.uniform(4, 5.2)] as const;
      const bulge = { along: 'x', height: half[0] } as const;
      return {
        name: 'cup',
        parts: [{ kind: 'plate', center: [0, 0, 1], half, corner: 0.4, bulge, material }, ...handle],
      };
    }
    case 1: {
      const body: OccluderMaterial = { color: linearColor(random.pick(colors.slice(2))), pattern: 'plain', gloss: 0.6 };
      const lens: OccluderMaterial = { color: linearColor('#08090b'), pattern: 'plain', gloss: 0.9 };
      const flat = { along: 'xy', height: 0.1 } as const;
      return {
        name: 'phone',
        parts: [
          { kind: 'plate', center: [0, 0, 1.5], half: [3.7, 7.4], corner: 0.9, bulge: flat, material: body },
          ball([2, 5.8, 1.4], 0.7, lens),
          ball([2, 4, 1.4], 0.7, lens),
        ],
      };
    }
    case 2: {
      const material: OccluderMaterial = { color: linearColor('#ece9e2'), pattern: 'print', gloss: 0 };
      const bulge = { along: 'x', height: random.uniform(0.2, 1.2) } as const;
      const half = [random.uniform(7, 10), random.uniform(7, 12)] as const;
      return { name: 'paper', parts: [{ kind: 'plate', center: [0, 0, 1], half, corner: 0.2, bulge, material }] };
    }
    default: {
      const material: OccluderMaterial = { color, pattern: 'cloth', gloss: 0.05 };
      return {
        name: 'arm',
        parts: [{ kind: 'rod', from: [-22, -6, 2], to: [20, 5, 2], radius: [4.6, 3], material }],
      };
    }
  }
}

/** Returns a mask or a scarf over the lower half of a face, the mouth at the origin. */
export function covering(random: SeededRandom): Occluder {
  if (random.next() < 0.5) {
    const color = linearColor(random.pick(['#a9c9dd', '#e7ebec', '#1d1f24', '#7aa9a0', '#d9b3b8']));
    const material: OccluderMaterial = { color, pattern: 'cloth', gloss: 0.02 };
    const strap = { ...material, pattern: 'plain' } as const;
    return {
      name: 'mask',
      parts: [
        {
          kind: 'plate',
          center: [0, 0.3, 0.5],
          half: [5.6, 4.6],
          corner: 2.6,
          bulge: { along: 'xy', height: 3 },
          material,
        },
        { kind: 'rod', from: [-5.4, 2, 0.3], to: [-7.5, 5, -2], radius: [0.15, 0.15], material: strap },
        { kind: 'rod', from: [5.4, 2, 0.3], to: [7.5, 5, -2], radius: [0.15, 0.15], material: strap },
      ],
    };
  }
  const color = linearColor(random.pick(['#8c2f39', '#c9b48b', '#3b4a5a', '#5f7f63', '#d7d2c8', '#d58d3a']));
  const material: OccluderMaterial = { color, pattern: 'cloth', gloss: 0.02 };
  const folds = Array.from({ length: 4 }, (_, k): OccluderRod => {
    const y = 1.2 - 3.4 * k;
    const tilt = random.uniform(-0.8, 0.8);
    return { kind: 'rod', from: [-9, y - tilt, 0], to: [9, y + tilt, 0], radius: [2.3, 2.3], material };
  });
  return { name: 'scarf', parts: folds };
}

/**
 * Returns hair that falls across a face, its middle at the origin.
 *
 * @param strands - one to three are thin; twenty and more are a lock.
 */
export function hair(random: SeededRandom, color: Color, strands: number): Occluder {
  const material: OccluderMaterial = { color, pattern: 'plain', gloss: 0.35 };
  const width = strands > 6 ? random.uniform(2, 3.4) : 1.5;
  const parts: OccluderRod[] = [];
  const lean = random.uniform(-3, 3);
  for (let strand = 0; strand < strands; strand++) {
    const across = strands === 1 ? 0 : mix(-width, width, strand / (strands - 1)) + random.uniform(-0.3, 0.3);
    const radius = strands > 6 ? random.uniform(0.18, 0.4) : random.uniform(0.03, 0.07);
    const wave = random.uniform(0, TAU);
    const point = (k: number): Point3 => [across + lean * (1 - k / 4) + 0.5 * Math.sin(wave + k), 12 - 4 * k, 0.3];
    for (let k = 0; k < 5; k++)
      parts.push({ kind: 'rod', from: point(k), to: point(k + 1), radius: [radius, radius], material });
  }
  return { name: strands > 6 ? 'lock of hair' : 'strands of hair', parts };
}
