// One synthetic speaker: builds the person's meshes, textures and lights once, then draws any expression.
import { paintBackdrop } from './background.ts';
import { earMesh } from './ear-mesh.ts';
import type { Expression } from './expression.ts';
import { eyeballMesh } from './eye-mesh.ts';
import { FaceRig, JAW_ANGLE, JAW_AXIS } from './face-rig.ts';
import { FrameRenderer, type Camera, type MaterialLook, type PosedScene } from './frame-renderer.ts';
import { hairMesh } from './hair-mesh.ts';
import { EYE_CENTRE, headDistance } from './head-field.ts';
import { warpHead } from './head-warp.ts';
import type { Identity } from './identity.ts';
import { HairDensity, headShadow } from './light-baking.ts';
import { lashMesh, placeLashes } from './lash-mesh.ts';
import { materialLooks } from './material-looks.ts';
import { cavityMesh, lowerTeethMesh, tongueMesh, upperTeethMesh } from './mouth-mesh.ts';
import { clamp, mix, smoothstep } from './random.ts';
import { canonicalSkin, skinUv, type SkinMesh } from './skin-mesh.ts';
import { paintSkin } from './skin-texture.ts';
import { computeNormals, joinMeshes, type Material, type Scene, type SurfaceMesh } from './surface-mesh.ts';
import { collarMesh, torsoMesh } from './torso-mesh.ts';

/** How a {@link TalkingHead} is drawn. */
export interface TalkingHeadOptions {
  /** Picture size in pixels; defaults to 256 × 256. */
  width?: number;
  height?: number;
  /** Samples a pixel along each axis; defaults to 2. */
  samples?: number;
  /** Texels along the skin texture's side; defaults to twice the picture's height. */
  textureSize?: number;
  /** Height of the picture in centimetres at the head; defaults to 36. */
  viewHeight?: number;
  /** Height shown in the middle of the picture, centimetres; defaults to −4.6. */
  centreY?: number;
  /** What shows across the middle of the picture, centimetres; defaults to 0. */
  centreX?: number;
}

// Where the head turns on the neck.
const PIVOT = { y: -9.5, z: -1.5 } as const;

// Order of the meshes in the scene.
const PARTS = [
  'skin',
  'earLeft',
  'earRight',
  'eyeLeft',
  'eyeRight',
  'upperTeeth',
  'lowerTeeth',
  'tongue',
  'cavity',
  'lashLeft',
  'lashRight',
  'hair',
  'torso',
  'collar',
] as const;
type Part = (typeof PARTS)[number];

/** A synthetic speaker that can be drawn with any expression; deterministic. */
export class TalkingHead {
  readonly identity: Identity;
  readonly width: number;
  readonly height: number;
  /** Number of triangles drawn for each picture. */
  readonly triangleCount: number;
  readonly #skin: SkinMesh;
  readonly #scene: Scene;
  readonly #rest: Float32Array;
  readonly #restNormals: Float32Array;
  readonly #restLight: Float32Array;
  readonly #posed: PosedScene;
  readonly #headShare: Float32Array;
  readonly #rig: FaceRig;
  readonly #eyeCentres: readonly { x: number; y: number; z: number }[];
  readonly #renderer: FrameRenderer;
  readonly #looks: Record<Material, MaterialLook>;
  readonly #backdrop: Float32Array;
  readonly #camera: Camera;

  constructor(identity: Identity, options: TalkingHeadOptions = {}) {
    const { width = 256, height = 256, samples = 2, viewHeight = 36, centreY = -4.6, centreX = 0 } = options;
    this.identity = identity;
    this.width = width;
    this.height = height;
    this.#camera = { distance: 80, centreX, centreY, viewHeight };
    this.#skin = canonicalSkin();
    const hair = hairMesh(identity.hair);
    const meshes: Record<Part, SurfaceMesh> = {
      skin: this.#skinSurface(),
      earLeft: earMesh(-1, skinUv),
      earRight: earMesh(1, skinUv),
      eyeLeft: eyeballMesh(-1),
      eyeRight: eyeballMesh(1),
      upperTeeth: upperTeethMesh(),
      lowerTeeth: lowerTeethMesh(),
      tongue: tongueMesh(),
      cavity: cavityMesh(),
      lashLeft: lashMesh(this.#skin, 0),
      lashRight: lashMesh(this.#skin, 1),
      hair,
      torso: torsoMesh(headDistance),
      collar: collarMesh(headDistance),
    };
    this.#scene = joinMeshes(PARTS.map((part) => meshes[part]));
    this.triangleCount = this.#scene.materials.length;
    this.#bakeLight(new HairDensity(hair.positions));

    const centres = new Float32Array([
      -EYE_CENTRE.x,
      EYE_CENTRE.y,
      EYE_CENTRE.z,
      EYE_CENTRE.x,
      EYE_CENTRE.y,
      EYE_CENTRE.z,
    ]);
    warpHead(centres, identity.shape);
    this.#eyeCentres = [0, 3].map((i) => ({ x: centres[i]!, y: centres[i + 1]!, z: centres[i + 2]! }));
    const count = this.#scene.positions.length / 3;
    this.#rest = this.#scene.positions.slice();
    const [torsoStart] = this.#range('torso');
    warpHead(this.#rest.subarray(0, 3 * torsoStart), identity.shape);
    this.#placeEyes(this.#rest, 0, 0);
    this.#restNormals = new Float32Array(3 * count);
    this.#computeRestNormals(hair.normals);
    this.#headShare = Float32Array.from({ length: count }, (_, i) => {
      if (i >= torsoStart) return 0;
      const y = this.#scene.positions[3 * i + 1]!;
      return smoothstep(-19.5, -11, y);
    });
    this.#restLight = this.#scene.light.slice();
    this.#rig = new FaceRig(this.#skin, this.#rest.slice(0, this.#skin.positions.length), this.#eyeCentres);
    const tangents = new Float32Array(3 * count);
    tangents.set(hair.tangents, 3 * this.#range('hair')[0]);
    this.#posed = {
      positions: this.#rest.slice(),
      normals: this.#restNormals.slice(),
      tangents,
      triangles: this.#scene.triangles,
      materials: this.#scene.materials,
      uv: this.#scene.uv,
      light: this.#scene.light,
    };
    this.#renderer = new FrameRenderer(width, height, samples);
    this.#looks = materialLooks(identity, paintSkin(this.#skin, identity, options.textureSize ?? 2 * height));
    this.#backdrop = paintBackdrop(identity.backdrop, width, height);
  }

  /** Draws the speaker with an expression; returns RGBA, [height, width, 4]. */
  render(expression: Expression, out?: Uint8ClampedArray): Uint8ClampedArray {
    this.#pose(expression);
    return this.#renderer.render(this.#posed, this.#camera, this.#looks, this.#backdrop, out);
  }

  /** First vertex of a part and the first after it. */
  #range(part: Part): [number, number] {
    const index = PARTS.indexOf(part);
    return [this.#scene.starts[index]!, this.#scene.starts[index + 1]!];
  }

  #skinSurface(): SurfaceMesh {
    const skin = this.#skin;
    const count = skin.positions.length / 3;
    const light = new Float32Array(3 * count);
    for (let i = 0; i < count; i++) {
      light[3 * i] = skin.ambient[i]!;
      light[3 * i + 1] = 1;
      // 0 skin, 1 lip, 2 inside of the lip, −1 edge of a lid.
      light[3 * i + 2] = skin.lipDepth[i]! > 1 ? -skin.wet[i]! : skin.lipMask[i]! + skin.wet[i]!;
    }
    return { material: 'skin', positions: skin.positions, triangles: skin.triangles, uv: skin.uv, light };
  }

  #bakeLight(hair: HairDensity): void {
    const { positions, light } = this.#scene;
    const { direction } = this.identity.lighting.key;
    const normals = new Float32Array(positions.length);
    computeNormals(positions, this.#scene.triangles, normals);
    const bake = (part: Part, start: number, sharpness: number): void => {
      const [first, end] = this.#range(part);
      for (let i = first; i < end; i++) {
        const [x, y, z] = [positions[3 * i]!, positions[3 * i + 1]!, positions[3 * i + 2]!];
        const normal = [normals[3 * i]!, normals[3 * i + 1]!, normals[3 * i + 2]!] as const;
        light[3 * i]! *= mix(0.4, 1, hair.transmission(x, y, z, normal, 1.6));
        light[3 * i + 1]! *=
          headShadow(x, y, z, direction, start, sharpness) * hair.transmission(x, y, z, direction, 3.5);
      }
    };
    bake('skin', 0.4, 4.5);
    bake('earLeft', 0.8, 3);
    bake('earRight', 0.8, 3);
    bake('torso', 0.8, 1.4);
    bake('collar', 0.8, 1.4);
  }

  #computeRestNormals(hairNormals: Float32Array): void {
    computeNormals(this.#rest, this.#scene.triangles, this.#restNormals);
    this.#restNormals.set(hairNormals, 3 * this.#range('hair')[0]);
  }

  #placeEyes(positions: Float32Array, gazeX: number, gazeY: number): void {
    const size = 1 + 0.07 * this.identity.shape.eyeSize;
    (['eyeLeft', 'eyeRight'] as const).forEach((part, index) => {
      const [first, end] = this.#range(part);
      const centre = this.#eyeCentres[index]!;
      const sign = index === 0 ? -1 : 1;
      const [cx, sx, cy, sy] = [Math.cos(gazeX), Math.sin(gazeX), Math.cos(gazeY), Math.sin(gazeY)];
      for (let i = first; i < end; i++) {
        const x = size * (this.#scene.positions[3 * i]! - sign * EYE_CENTRE.x);
        const y = size * (this.#scene.positions[3 * i + 1]! - EYE_CENTRE.y);
        const z = size * (this.#scene.positions[3 * i + 2]! - EYE_CENTRE.z);
        const z1 = cy * z - sy * y;
        positions[3 * i] = centre.x + cx * x + sx * z1;
        positions[3 * i + 1] = centre.y + cy * y + sy * z;
        positions[3 * i + 2] = centre.z + cx * z1 - sx * x;
      }
    });
  }

  #pose(expression: Expression): void {
    const { positions, normals } = this.#posed;
    positions.set(this.#rest);
    normals.set(this.#restNormals);
    const skinCount = this.#skin.positions.length / 3;
    const skinPositions = positions.subarray(0, 3 * skinCount);
    this.#rig.pose(expression, skinPositions);
    computeNormals(skinPositions, this.#skin.triangles, normals, 0, skinCount);
    const detail = this.#skin.normalDetail;
    for (let i = 0; i < 3 * skinCount; i++) normals[i]! += detail[i]!;
    this.#placeEyes(positions, expression.gazeX, expression.gazeY);
    this.#poseInnerMouth(expression, positions);
    for (const part of ['eyeLeft', 'eyeRight', 'lowerTeeth', 'tongue'] as const) this.#updateNormals(part);
    (['lashLeft', 'lashRight'] as const).forEach((part, index) => {
      const [first, end] = this.#range(part);
      placeLashes(this.#skin, index, skinPositions, positions.subarray(3 * first, 3 * end));
    });
    this.#shadeEyes(skinPositions);
    this.#turnHead(expression);
  }

  #updateNormals(part: Part): void {
    const [first, end] = this.#range(part);
    const { positions, normals } = this.#posed;
    const triangles = this.#trianglesOf(part);
    computeNormals(positions, triangles, normals, first, end);
  }

  readonly #partTriangles = new Map<Part, Uint32Array>();

  #trianglesOf(part: Part): Uint32Array {
    let triangles = this.#partTriangles.get(part);
    if (!triangles) {
      const [first, end] = this.#range(part);
      const all = this.#scene.triangles;
      const kept: number[] = [];
      for (let t = 0; t < all.length; t += 3) {
        if (all[t]! >= first && all[t]! < end) kept.push(all[t]!, all[t + 1]!, all[t + 2]!);
      }
      triangles = Uint32Array.from(kept);
      this.#partTriangles.set(part, triangles);
    }
    return triangles;
  }

  // Lower teeth and tongue follow the jaw; the light inside the mouth follows its opening.
  #poseInnerMouth({ mouth }: Expression, positions: Float32Array): void {
    const turn = JAW_ANGLE * mouth.jaw;
    const c = Math.cos(turn);
    const s = Math.sin(turn);
    for (const part of ['lowerTeeth', 'tongue'] as const) {
      const [first, end] = this.#range(part);
      for (let i = first; i < end; i++) {
        const dy = positions[3 * i + 1]! - JAW_AXIS.y;
        const dz = positions[3 * i + 2]! - JAW_AXIS.z;
        positions[3 * i + 1] = JAW_AXIS.y + c * dy - s * dz;
        positions[3 * i + 2] = JAW_AXIS.z + s * dy + c * dz;
        if (part === 'tongue') {
          const along = this.#restLight[3 * i + 2]!;
          const back = smoothstep(1, 0.3, along) * smoothstep(0, 0.3, along);
          positions[3 * i + 1]! +=
            mouth.tongueTip * along ** 3 * (0.55 + 1.15 * mouth.jaw) + 0.25 * back * mouth.protrusion;
          positions[3 * i + 2]! += 1.15 * mouth.tongueForward * along ** 2;
          if (mouth.tongueForward > 0) positions[3 * i + 1]! += 0.42 * mouth.tongueForward * along ** 3;
        }
      }
    }
    const parting = clamp(mouth.jaw + 0.35 * (mouth.upperRaise + mouth.lowerDrop) - mouth.closure, 0, 1);
    const bright = 0.42 + 0.5 * Math.sqrt(parting);
    const light = this.#scene.light;
    for (const part of ['upperTeeth', 'lowerTeeth', 'tongue'] as const) {
      const [first, end] = this.#range(part);
      for (let i = first; i < end; i++) {
        const front = smoothstep(4.5, 9.2, this.#rest[3 * i + 2]!);
        const inside = bright * front * front;
        light[3 * i] = this.#restLight[3 * i]! * inside;
        light[3 * i + 1] = this.#restLight[3 * i + 1]! * inside * 0.75;
      }
    }
  }

  // The upper lid shades the eyeball under it.
  #shadeEyes(skinPositions: Float32Array): void {
    const { positions } = this.#posed;
    const light = this.#scene.light;
    this.#skin.topology.eyes.forEach(({ upper, lower }, index) => {
      const [first, end] = this.#range(index === 0 ? 'eyeLeft' : 'eyeRight');
      const heightAt = (ring: readonly number[], x: number): number => {
        for (let k = 0; k + 1 < ring.length; k++) {
          const a = skinPositions[3 * ring[k]!]!;
          const b = skinPositions[3 * ring[k + 1]!]!;
          const t = (x - a) / (b - a);
          if (t >= 0 && t <= 1) return mix(skinPositions[3 * ring[k]! + 1]!, skinPositions[3 * ring[k + 1]! + 1]!, t);
        }
        return 0;
      };
      for (let i = first; i < end; i++) {
        const x = positions[3 * i]!;
        const y = positions[3 * i + 1]!;
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
    const share = this.#headShare;
    const hairStart = 3 * this.#range('hair')[0];
    const rotated = new Float64Array(3);
    let lastShare = NaN;
    let matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const apply = (values: Float32Array, i: number): void => {
      const [x, y, z] = [values[i]!, values[i + 1]!, values[i + 2]!];
      for (let k = 0; k < 3; k++) rotated[k] = matrix[3 * k]! * x + matrix[3 * k + 1]! * y + matrix[3 * k + 2]! * z;
      values[i] = rotated[0]!;
      values[i + 1] = rotated[1]!;
      values[i + 2] = rotated[2]!;
    };
    const hairTangents = this.#hairTangents;
    for (let v = 0; v < share.length; v++) {
      const w = share[v]!;
      if (w === 0) continue;
      if (w !== lastShare) {
        matrix = rotation(yaw * w, pitch * w, roll * w);
        lastShare = w;
      }
      const i = 3 * v;
      positions[i + 1]! -= PIVOT.y;
      positions[i + 2]! -= PIVOT.z;
      apply(positions, i);
      positions[i]! += shiftX * w;
      positions[i + 1]! += PIVOT.y + shiftY * w;
      positions[i + 2]! += PIVOT.z;
      apply(normals, i);
      if (i >= hairStart && i - hairStart < hairTangents.length) {
        tangents[i] = hairTangents[i - hairStart]!;
        tangents[i + 1] = hairTangents[i - hairStart + 1]!;
        tangents[i + 2] = hairTangents[i - hairStart + 2]!;
        apply(tangents, i);
      }
    }
  }

  get #hairTangents(): Float32Array {
    return this.#restTangents;
  }

  #restTangentsCache: Float32Array | undefined;
  get #restTangents(): Float32Array {
    const [first, end] = this.#range('hair');
    this.#restTangentsCache ??= this.#posed.tangents.slice(3 * first, 3 * end);
    return this.#restTangentsCache;
  }
}

// Rotation by yaw (about y, to the viewer's right), then pitch (about x, upwards), then roll (about z, to the viewer's right).
function rotation(yaw: number, pitch: number, roll: number): number[] {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), -Math.sin(roll)];
  // R = Rz · Rx · Ry
  const x = [cy, 0, sy];
  const y = [-sp * -sy, cp, -sp * -cy * -1];
  const z = [0, 0, 0];
  // Ry = [cy 0 sy; 0 1 0; −sy 0 cy], Rx(−pitch tips the face up) = [1 0 0; 0 cp sp; 0 −sp cp]
  y[0] = sp * -sy;
  y[1] = cp;
  y[2] = sp * cy;
  z[0] = cp * -sy;
  z[1] = -sp;
  z[2] = cp * cy;
  const m: number[] = [];
  for (let k = 0; k < 3; k++) m[k] = cr * x[k]! - sr * y[k]!;
  for (let k = 0; k < 3; k++) m[3 + k] = sr * x[k]! + cr * y[k]!;
  for (let k = 0; k < 3; k++) m[6 + k] = z[k]!;
  return m;
}
