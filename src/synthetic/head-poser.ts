// Puts one person's meshes into the shape of an expression: skin, eyes, teeth, tongue, lashes, then the turn of the head.
import type { Expression } from './expression.ts';
import { FaceRig, JAW_ANGLE, JAW_AXIS, type MouthMeasures } from './face-rig.ts';
import type { PosedScene } from './frame-renderer.ts';
import type { FaceTopology } from './face-topology.ts';
import { EYE_CENTER } from './head-field.ts';
import type { HeadParts } from './head-parts.ts';
import { eyeScale } from './head-warp.ts';
import type { Identity } from './identity.ts';
import { placeLashes } from './lash-mesh.ts';
import { clamp, mix, smoothstep } from './random.ts';
import { computeNormals } from './surface-mesh.ts';

// Where the head turns on the neck, centimeters.
const PIVOT = { y: -9.5, z: -1.5 } as const;

/** Poses one person. The scene it returns is reused from call to call. */
export class HeadPoser {
  readonly #parts: HeadParts;
  readonly #rig: FaceRig;
  readonly #eyeSize: number;
  readonly #lids: number;
  readonly #restLight: Float32Array;
  readonly #posed: PosedScene;

  constructor(parts: HeadParts, { shape, lids }: Identity) {
    this.#parts = parts;
    this.#eyeSize = eyeScale(shape);
    this.#lids = lids;
    const { skin, rest, scene } = parts;
    this.#rig = new FaceRig(skin, rest.slice(0, skin.positions.length), parts.eyeCenters, this.#eyeSize);
    this.#restLight = scene.light.slice();
    this.#posed = {
      ...scene,
      positions: rest.slice(),
      normals: parts.normals.slice(),
      tangents: parts.tangents.slice(),
    };
  }

  /** The vertices of the scene at the outer edge of the lips, as in {@link FaceTopology}. */
  get mouthRing(): FaceTopology['mouth'] {
    return this.#parts.skin.topology.mouth;
  }

  /** Returns the scene of an expression. */
  pose(expression: Expression): PosedScene {
    const { positions, normals } = this.#posed;
    const { skin, rest, normals: restNormals } = this.#parts;
    positions.set(rest);
    normals.set(restNormals);
    const skinPositions = positions.subarray(0, skin.positions.length);
    this.#poseSkin(expression, skinPositions);
    computeNormals(skinPositions, skin.triangles, normals, 0, skinPositions.length / 3);
    const detail = skin.normalDetail;
    for (let i = 0; i < detail.length; i++) normals[i] += detail[i];
    this.#placeEyes(positions, expression.gazeX, expression.gazeY);
    this.#poseInnerMouth(expression, positions);
    for (const part of ['eyeLeft', 'eyeRight', 'lowerTeeth', 'tongue'] as const) {
      const [first, end] = this.#parts.range(part);
      computeNormals(positions, this.#parts.trianglesOf(part), normals, first, end);
    }
    (['lashLeft', 'lashRight'] as const).forEach((part, index) => {
      const [first, end] = this.#parts.range(part);
      placeLashes(skin, index, skinPositions, positions.subarray(3 * first, 3 * end));
    });
    this.#shadeEyes(skinPositions);
    this.#turnHead(expression);
    return this.#posed;
  }

  /** Returns what the mouth of an expression measures on this person. */
  measureMouth(expression: Expression): MouthMeasures {
    const skin = new Float32Array(this.#parts.skin.positions.length);
    this.#poseSkin(expression, skin);
    return this.#rig.measureMouth(skin);
  }

  /** Returns where a point of the upright head is once the head has turned. */
  turned([x, y, z]: readonly [number, number, number], { yaw, pitch, roll, shiftX, shiftY }: Expression): Float32Array {
    const matrix = new Float64Array(9);
    setRotation(matrix, yaw, pitch, roll);
    const point = new Float32Array([x, y - PIVOT.y, z - PIVOT.z]);
    rotate(matrix, point, point, 0);
    point[0] += shiftX;
    point[1] += PIVOT.y + shiftY;
    point[2] += PIVOT.z;
    return point;
  }

  #poseSkin(expression: Expression, out: Float32Array): void {
    this.#rig.pose({ ...expression, blink: this.#lids + (1 - this.#lids) * expression.blink }, out);
  }

  #placeEyes(positions: Float32Array, gazeX: number, gazeY: number): void {
    const size = this.#eyeSize;
    (['eyeLeft', 'eyeRight'] as const).forEach((part, index) => {
      const [first, end] = this.#parts.range(part);
      const center = this.#parts.eyeCenters[index];
      const sign = index === 0 ? -1 : 1;
      const [cx, sx, cy, sy] = [Math.cos(gazeX), Math.sin(gazeX), Math.cos(gazeY), Math.sin(gazeY)];
      for (let i = first; i < end; i++) {
        const x = size * (this.#parts.scene.positions[3 * i] - sign * EYE_CENTER.x);
        const y = size * (this.#parts.scene.positions[3 * i + 1] - EYE_CENTER.y);
        const z = size * (this.#parts.scene.positions[3 * i + 2] - EYE_CENTER.z);
        const z1 = cy * z - sy * y;
        positions[3 * i] = center.x + cx * x + sx * z1;
        positions[3 * i + 1] = center.y + cy * y + sy * z;
        positions[3 * i + 2] = center.z + cx * z1 - sx * x;
      }
    });
  }

  // Lower teeth and tongue follow the jaw; the light inside the mouth follows its opening.
  #poseInnerMouth({ mouth }: Expression, positions: Float32Array): void {
    const turn = JAW_ANGLE * mouth.jaw;
    const c = Math.cos(turn);
    const s = Math.sin(turn);
    for (const part of ['lowerTeeth', 'tongue'] as const) {
      const [first, end] = this.#parts.range(part);
      for (let i = first; i < end; i++) {
        const dy = positions[3 * i + 1] - JAW_AXIS.y;
        const dz = positions[3 * i + 2] - JAW_AXIS.z;
        positions[3 * i + 1] = JAW_AXIS.y + c * dy - s * dz;
        positions[3 * i + 2] = JAW_AXIS.z + s * dy + c * dz;
        if (part === 'tongue') {
          const along = this.#restLight[3 * i + 2];
          const back = smoothstep(1, 0.3, along) * smoothstep(0, 0.3, along);
          positions[3 * i + 1] +=
            mouth.tongueTip * along ** 3 * (0.55 + 1.15 * mouth.jaw) + 0.25 * back * mouth.protrusion;
          positions[3 * i + 2] += 1.15 * mouth.tongueForward * along ** 2;
          if (mouth.tongueForward > 0) positions[3 * i + 1] += 0.42 * mouth.tongueForward * along ** 3;
        }
      }
    }
    this.#shadeInnerMouth(positions);
  }

  // The lips shade what is behind them, and a narrow gap lets in less light than a wide one.
  #shadeInnerMouth(positions: Float32Array): void {
    const edges = this.#rig.lipEdges(positions);
    const { light } = this.#posed;
    for (const part of ['upperTeeth', 'lowerTeeth', 'tongue'] as const) {
      const [first, end] = this.#parts.range(part);
      for (let i = first; i < end; i++) {
        const [x, y] = [positions[3 * i], positions[3 * i + 1]];
        let column = 0;
        while (column + 2 < edges.length && edges[column + 1].x < x) column++;
        const [a, b] = [edges[column], edges[column + 1]];
        const t = clamp((x - a.x) / (b.x - a.x), 0, 1);
        const upper = mix(a.upper, b.upper, t);
        const open = smoothstep(-0.05, 0.7, upper - mix(a.lower, b.lower, t));
        const below = smoothstep(-0.12, 0.4, upper - y);
        const front = smoothstep(4.5, 9.2, this.#parts.rest[3 * i + 2]);
        const inside = front * front * mix(0.62, 1, open) * mix(0.55, 1, below);
        light[3 * i] = this.#restLight[3 * i] * inside;
        light[3 * i + 1] = this.#restLight[3 * i + 1] * inside * mix(0.45, 0.95, below);
      }
    }
  }

  // The upper lid shades the eyeball under it.
  #shadeEyes(skinPositions: Float32Array): void {
    const { positions, light } = this.#posed;
    this.#parts.skin.topology.eyes.forEach(({ upper, lower }, index) => {
      const [first, end] = this.#parts.range(index === 0 ? 'eyeLeft' : 'eyeRight');
      const heightAt = (ring: readonly number[], x: number): number => {
        for (let k = 0; k + 1 < ring.length; k++) {
          const a = skinPositions[3 * ring[k]];
          const b = skinPositions[3 * ring[k + 1]];
          const t = (x - a) / (b - a);
          if (t >= 0 && t <= 1) return mix(skinPositions[3 * ring[k] + 1], skinPositions[3 * ring[k + 1] + 1], t);
        }
        return 0;
      };
      for (let i = first; i < end; i++) {
        const x = positions[3 * i];
        const y = positions[3 * i + 1];
        const under = heightAt(upper, x) - y;
        const over = y - heightAt(lower, x);
        const open = smoothstep(-0.1, 0.42, under) * mix(0.75, 1, smoothstep(-0.05, 0.15, over));
        light[3 * i] = mix(0.25, 0.92, open);
        light[3 * i + 1] = mix(0.15, 1, smoothstep(0, 0.4, under)) * 0.9;
      }
    });
  }

  #turnHead({ yaw, pitch, roll, shiftX, shiftY }: Expression): void {
    const { positions, normals, tangents } = this.#posed;
    const { headShare, tangents: restTangents } = this.#parts;
    const [hairStart, hairEnd] = this.#parts.range('hair');
    let turnedBy = 0;
    const matrix = new Float64Array(9);
    for (let v = 0; v < headShare.length; v++) {
      const share = headShare[v];
      if (share === 0) continue;
      if (share !== turnedBy) {
        setRotation(matrix, yaw * share, pitch * share, roll * share);
        turnedBy = share;
      }
      const i = 3 * v;
      positions[i + 1] -= PIVOT.y;
      positions[i + 2] -= PIVOT.z;
      rotate(matrix, positions, positions, i);
      positions[i] += shiftX * share;
      positions[i + 1] += PIVOT.y + shiftY * share;
      positions[i + 2] += PIVOT.z;
      rotate(matrix, normals, normals, i);
      if (v >= hairStart && v < hairEnd) rotate(matrix, restTangents, tangents, i);
    }
  }
}

// Sets a row-major rotation by yaw (about y, to the viewer's right), then pitch (about x, upwards), then roll (about z, to the
// viewer's right).
function setRotation(matrix: Float64Array, yaw: number, pitch: number, roll: number): void {
  const cy = Math.cos(yaw);
  const sy = Math.sin(yaw);
  const cp = Math.cos(pitch);
  const sp = Math.sin(pitch);
  const cr = Math.cos(roll);
  const sr = Math.sin(roll);
  matrix[0] = cr * cy - sr * sp * sy;
  matrix[1] = sr * cp;
  matrix[2] = cr * sy + sr * sp * cy;
  matrix[3] = -cr * sp * sy - sr * cy;
  matrix[4] = cr * cp;
  matrix[5] = cr * sp * cy - sr * sy;
  matrix[6] = -cp * sy;
  matrix[7] = -sp;
  matrix[8] = cp * cy;
}

function rotate(matrix: Float64Array, from: Float32Array, to: Float32Array, i: number): void {
  const x = from[i];
  const y = from[i + 1];
  const z = from[i + 2];
  to[i] = matrix[0] * x + matrix[1] * y + matrix[2] * z;
  to[i + 1] = matrix[3] * x + matrix[4] * y + matrix[5] * z;
  to[i + 2] = matrix[6] * x + matrix[7] * y + matrix[8] * z;
}
