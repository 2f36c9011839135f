// Moves the skin of one person: jaw, lips and lids as displacements weighted by where a vertex lies on the face.
import type { Expression, MouthShape } from './expression.ts';
import { lipContact, lowerLidEdge, MOUTH_HALF_WIDTH, upperLidEdge } from './face-contours.ts';
import { EYE_CENTER, EYE_RADIUS } from './head-field.ts';
import { clamp, mix, smoothstep } from './random.ts';
import type { SkinMesh } from './skin-mesh.ts';
import { UPPER_TEETH_EDGE } from './mouth-mesh.ts';

/** The jaw turns about the axis x through this point, centimeters on the canonical head. */
export const JAW_AXIS = { y: -1.6, z: 0.4 } as const;
/** Jaw angle at opening 1, radians. */
export const JAW_ANGLE = 0.165;

/** Distance of the lids from the eye's center at least, centimeters. */
const LID_REACH = EYE_RADIUS + 0.09;
/** Depth of the front of the upper teeth, centimeters. */
const TEETH_FRONT = 8.95;

// What is known of each vertex that the mouth moves.
interface MouthWeights {
  vertex: Int32Array;
  jaw: Float32Array;
  /** Nearness to the mouth, 1 on the lips. */
  near: Float32Array;
  /** Place between the corner of the mouth (0) and its middle (1). */
  middle: Float32Array;
  /** Share of the raising of the upper or the dropping of the lower lip. */
  lift: Float32Array;
  /** Share of the closing movement. */
  close: Float32Array;
  smile: Float32Array;
  /** Column of the line between the lips on the left of the vertex, its share of the way to the next, and the line's height there. */
  column: Int32Array;
  share: Float32Array;
  contactY: Float32Array;
}

interface LidWeights {
  vertex: Int32Array;
  /** Angle about the eye's axis from the open to the shut lid, times the vertex's share of it, radians. */
  angle: Float32Array;
  side: Int8Array;
}

function jawWeight(x: number, y: number, z: number, side: number, middle: number, onLip: boolean): number {
  const contact = lipContact(Math.min(x, MOUTH_HALF_WIDTH));
  const band = onLip ? 0.9 : 0.45 + 0.55 * Math.max(0, x - 1.4);
  const decided = Math.max(middle, smoothstep(0, band, Math.abs(y - contact)));
  const weight = side > 0 ? 0.3 * (1 - decided) : 0.3 + 0.7 * decided;
  // The floor of the mouth and the neck stay behind.
  const back = smoothstep(-12.5, -9, y);
  const limit = -1 * back + 2.5 * (1 - back);
  return weight * smoothstep(limit, limit + 4.5, z) * smoothstep(-16, -11.5, y);
}

/** The mouth's true measures, in centimeters on the person. */
export interface MouthMeasures {
  /** Gap between the inner edges of the lips in the middle. */
  opening: number;
  /** Distance between the corners. */
  width: number;
}

/** Deforms one person's skin. */
export class FaceRig {
  readonly #rest: Float32Array;
  readonly #skin: SkinMesh;
  readonly #mouth: MouthWeights;
  readonly #lids: LidWeights;
  readonly #brows: { vertex: Int32Array; share: Float32Array };
  readonly #eyeSize: number;
  readonly #eyeCenters: readonly { x: number; y: number; z: number }[];
  /** Vertices where the lips meet, by column: the gap to close is measured here. */
  readonly #contact: { upper: number; lower: number; along: number }[] = [];

  /**
   * @param skin - the canonical skin, whose coordinates give the weights.
   * @param rest - the person's own skin at rest, [n, 3].
   * @param eyeCenters - the person's eye centers at −x and +x.
   * @param eyeSize - size of the person's eyes relative to the canonical ones.
   */
  constructor(
    skin: SkinMesh,
    rest: Float32Array,
    eyeCenters: readonly { x: number; y: number; z: number }[],
    eyeSize: number,
  ) {
    this.#eyeSize = eyeSize;
    this.#skin = skin;
    this.#rest = rest;
    this.#eyeCenters = eyeCenters;
    this.#mouth = this.#mouthWeights();
    this.#lids = this.#lidWeights();
    this.#brows = this.#browWeights();
  }

  #mouthWeights(): MouthWeights {
    const { positions, lipSide, lipDepth, lipAlong } = this.#skin;
    const rows: number[][] = [];
    const uppers = new Map<number, number>();
    for (let i = 0; i < lipDepth.length; i++) {
      const [x, y, z] = [Math.abs(positions[3 * i]), positions[3 * i + 1], positions[3 * i + 2]];
      const depth = lipDepth[i];
      const side = lipSide[i];
      if (depth > 1 && (z < -2 || y > -1 || y < -16.5 || (depth === 9 && Math.hypot(x, y + 6.5, z - 8) > 11))) continue;
      const onLip = depth <= 1;
      const along = onLip ? Math.abs(lipAlong[i]) : Math.min(1, x / MOUTH_HALF_WIDTH);
      const middle = (1 - along ** 2.3) ** 0.6;
      const outX = Math.max(0, x - MOUTH_HALF_WIDTH) / 1.5;
      const outY = Math.max(0, y > -6.5 ? y + 5.7 : -7.45 - y) / (y > -6.5 ? 1.0 : 1.15);
      const away = Math.hypot(outX, outY);
      const near = onLip ? 1 : Math.exp(-away * away) * smoothstep(4, 7, z);
      const lift = onLip ? middle * (depth < 0 ? 1 : 1 - 0.25 * depth) : near * middle * 0.75;
      const close = onLip ? (depth < 0 ? 1 : 1 - 0.3 * depth) : 0.7 * near;
      const smile = Math.exp(-(((x - 2.7) / 1.5) ** 2) - ((y + 6.3) / 1.3) ** 2) * smoothstep(2, 6, z);
      rows.push([i, jawWeight(x, y, z, side, middle, onLip), near, middle, lift, close, smile]);
      if (depth === 0) {
        const column = Math.round(lipAlong[i] * 1e4);
        if (side > 0) uppers.set(column, i);
        else this.#contact.push({ upper: uppers.get(column)!, lower: i, along: lipAlong[i] });
      }
    }
    const places = rows.map(([i]) => {
      const along = lipDepth[i] <= 1 ? lipAlong[i] : clamp(positions[3 * i] / MOUTH_HALF_WIDTH, -1, 1);
      let j = 0;
      while (j + 2 < this.#contact.length && this.#contact[j + 1].along < along) j++;
      const [a, b] = [this.#contact[j].along, this.#contact[j + 1].along];
      return { j, share: clamp((along - a) / (b - a), 0, 1), y: lipContact(Math.abs(along) * MOUTH_HALF_WIDTH) };
    });
    const column = (k: number): Float32Array => Float32Array.from(rows, (row) => row[k]);
    return {
      vertex: Int32Array.from(rows, (row) => row[0]),
      jaw: column(1),
      near: column(2),
      middle: column(3),
      lift: column(4),
      close: column(5),
      smile: column(6),
      column: Int32Array.from(places, ({ j }) => j),
      share: Float32Array.from(places, ({ share }) => share),
      contactY: Float32Array.from(places, ({ y }) => y),
    };
  }

  #lidWeights(): LidWeights {
    const { positions, lipDepth, topology } = this.#skin;
    const sculpted = topology.chart.length / 2;
    const vertex: number[] = [];
    const angle: number[] = [];
    const side: number[] = [];
    const elevation = (y: number, z: number): number => Math.atan2(y - EYE_CENTER.y, z - EYE_CENTER.z);
    for (let i = 0; i < lipDepth.length; i++) {
      const [x, y, z] = [Math.abs(positions[3 * i]), positions[3 * i + 1], positions[3 * i + 2]];
      if (lipDepth[i] <= 1 || Math.abs(x - EYE_CENTER.x) > 2.2 || Math.abs(y - EYE_CENTER.y) > 2 || z < 6) continue;
      const top = upperLidEdge(x);
      const bottom = lowerLidEdge(x);
      const reach = Math.sqrt(Math.max(0.04, 1.42 ** 2 - (x - EYE_CENTER.x) ** 2));
      const open = elevation(top, EYE_CENTER.z + reach) - elevation(bottom, EYE_CENTER.z + reach);
      const onEdge = i >= sculpted;
      const middle = (top + bottom) / 2;
      const across = smoothstep(1.75, 1.35, Math.abs(x - EYE_CENTER.x));
      const share = onEdge ? (y >= middle ? 1 : 0) : y >= middle ? smoothstep(1.25, 0.1, y - top) : 0;
      const lowerShare = y < middle ? 0.1 * (onEdge ? 1 : smoothstep(-0.9, 0, y - bottom)) : 0;
      const total = across * open * (-0.93 * share + lowerShare);
      if (Math.abs(total) < 1e-4) continue;
      vertex.push(i);
      angle.push(total);
      side.push(positions[3 * i] < 0 ? 0 : 1);
    }
    return { vertex: Int32Array.from(vertex), angle: Float32Array.from(angle), side: Int8Array.from(side) };
  }

  #browWeights(): { vertex: Int32Array; share: Float32Array } {
    const { positions, lipDepth } = this.#skin;
    const vertex: number[] = [];
    const share: number[] = [];
    for (let i = 0; i < lipDepth.length; i++) {
      const [x, y, z] = [Math.abs(positions[3 * i]), positions[3 * i + 1], positions[3 * i + 2]];
      if (z < 4 || lipDepth[i] <= 1) continue;
      const weight = Math.exp(-(((x - 2.9) / 2.6) ** 2)) * smoothstep(0.75, 1.9, y) * smoothstep(6, 2.6, y);
      if (weight < 1e-3) continue;
      vertex.push(i);
      share.push(weight);
    }
    return { vertex: Int32Array.from(vertex), share: Float32Array.from(share) };
  }

  /** Writes the skin of an expression into `out` [n, 3], in the head's own frame (before the head turns). */
  pose(expression: Expression, out: Float32Array): void {
    out.set(this.#rest);
    this.#moveLids(expression, out);
    const { vertex, share } = this.#brows;
    for (let k = 0; k < vertex.length; k++) {
      const i = 3 * vertex[k];
      out[i + 1] += 0.32 * expression.brows * share[k];
    }
    this.#openMouth(expression, out);
    this.#closeMouth(expression.mouth, out);
  }

  /** Returns the gap between the lips' inner edges in the middle and the distance of the mouth's corners, centimeters. */
  measureMouth(posed: Float32Array): MouthMeasures {
    const middle = this.#contact.filter(({ along }) => Math.abs(along) < 0.3);
    const gap = ({ upper, lower }: { upper: number; lower: number }): number =>
      posed[3 * upper + 1] - posed[3 * lower + 1];
    const [left, right] = [this.#contact[0].upper, this.#contact.at(-1)!.upper];
    return {
      opening: Math.max(0, middle.reduce((sum, column) => sum + gap(column), 0) / middle.length),
      width: posed[3 * right] - posed[3 * left],
    };
  }

  /** Returns the inner edges of both lips from the mouth's left corner to its right: x, and the heights of the upper and the lower one. */
  lipEdges(posed: Float32Array): { x: number; upper: number; lower: number }[] {
    return this.#contact.map(({ upper, lower }) => ({
      x: (posed[3 * upper] + posed[3 * lower]) / 2,
      upper: posed[3 * upper + 1],
      lower: posed[3 * lower + 1],
    }));
  }

  #moveLids({ blink, gazeY }: Expression, out: Float32Array): void {
    const { vertex, angle, side } = this.#lids;
    const amount = clamp(blink - 0.9 * gazeY, -0.25, 1);
    for (let k = 0; k < vertex.length; k++) {
      const i = 3 * vertex[k];
      const center = this.#eyeCenters[side[k]];
      const turn = angle[k] * (angle[k] > 0 ? Math.max(0, blink) : amount);
      const dy = out[i + 1] - center.y;
      const dz = out[i + 2] - center.z;
      const c = Math.cos(turn);
      const s = Math.sin(turn);
      const turnedY = c * dy + s * dz;
      const turnedZ = c * dz - s * dy;
      // The lid slides over the cornea.
      const dx = out[i] - center.x;
      const reach = Math.hypot(dx, turnedY, turnedZ);
      const out1 = Math.abs(dx) < 1 ? Math.max(1, (LID_REACH * this.#eyeSize) / reach) : 1;
      out[i + 1] = center.y + turnedY * out1;
      out[i + 2] = center.z + turnedZ * out1;
    }
  }

  #openMouth({ mouth, smile }: Expression, out: Float32Array): void {
    const { lipSide, lipDepth } = this.#skin;
    const w = this.#mouth;
    const narrowing = mouth.width > 0 ? 0.13 * mouth.width : 0.36 * mouth.width;
    for (let k = 0; k < w.vertex.length; k++) {
      const v = w.vertex[k];
      const i = 3 * v;
      let x = out[i];
      let y = out[i + 1];
      let z = out[i + 2];
      const near = w.near[k];
      const upper = lipSide[v] > 0;
      const turn = JAW_ANGLE * mouth.jaw * w.jaw[k];
      if (turn !== 0) {
        const dy = y - JAW_AXIS.y;
        const dz = z - JAW_AXIS.z;
        const c = Math.cos(turn);
        const s = Math.sin(turn);
        y = JAW_AXIS.y + c * dy - s * dz;
        z = JAW_AXIS.z + s * dy + c * dz;
      }
      const across =
        clamp(x, -MOUTH_HALF_WIDTH, MOUTH_HALF_WIDTH) + 0.35 * (x - clamp(x, -MOUTH_HALF_WIDTH, MOUTH_HALF_WIDTH));
      x += narrowing * across * near;
      // Rounded lips come forward, corners most; spread lips lie back on the teeth.
      const corner = 1 - w.middle[k];
      z +=
        near * (0.62 * mouth.protrusion - 0.12 * Math.max(0, mouth.width) + 0.35 * Math.max(0, -mouth.width) * corner);
      const lift = w.lift[k];
      if (upper) {
        y += lift * (0.42 * mouth.upperRaise + 0.12 * mouth.protrusion - 0.06 * Math.max(0, -mouth.width));
      } else {
        y -= lift * (0.45 * mouth.lowerDrop + 0.1 * mouth.protrusion);
        z -= lift * 0.05 * mouth.lowerDrop;
      }
      const up = w.smile[k] * smile;
      x += Math.sign(x) * 0.36 * up;
      y += 0.34 * up;
      z -= 0.22 * up;
      if (mouth.press > 0 && lipDepth[v] <= 1) {
        const depth = Math.max(0, lipDepth[v]);
        y += (upper ? -1 : 1) * 0.16 * mouth.press * depth * w.middle[k];
        z -= 0.16 * mouth.press * w.middle[k] * (1 - 0.6 * depth);
      }
      out[i] = x;
      out[i + 1] = y;
      out[i + 2] = z;
    }
  }

  // Closes the gap that jaw and lips have left, and tucks the lower lip under the upper teeth.
  #closeMouth({ closure, tuck }: MouthShape, out: Float32Array): void {
    if (closure <= 0 && tuck <= 0) return;
    const { lipSide, lipDepth } = this.#skin;
    const columns = this.#contact;
    const gaps = new Float32Array(3 * columns.length);
    columns.forEach(({ upper, lower }, j) => {
      for (let k = 0; k < 3; k++) gaps[3 * j + k] = out[3 * upper + k] - out[3 * lower + k];
    });
    const w = this.#mouth;
    for (let k = 0; k < w.vertex.length; k++) {
      const v = w.vertex[k];
      const close = w.close[k];
      if (close < 1e-3) continue;
      const i = 3 * v;
      const j = 3 * w.column[k];
      const gapY = mix(gaps[j + 1], gaps[j + 4], w.share[k]);
      const gapZ = mix(gaps[j + 2], gaps[j + 5], w.share[k]);
      const upper = lipSide[v] > 0;
      // The lower lip does most of the way.
      out[i + 1] += (upper ? -0.28 : 0.72) * close * closure * gapY;
      out[i + 2] += (upper ? -0.28 : 0.72) * close * closure * gapZ;
      if (tuck > 0 && !upper) {
        const contactY = w.contactY[k] - gapY * (1 - closure);
        const wanted = UPPER_TEETH_EDGE - 0.02 - contactY;
        out[i + 1] += tuck * close * w.middle[k] * Math.max(0, wanted);
        const back = Math.max(0, this.#rest[i + 2] - TEETH_FRONT) * (lipDepth[v] <= 1 ? 0.5 : 0.2);
        out[i + 2] -= tuck * w.middle[k] * close * Math.min(0.5, back);
      }
    }
  }
}
