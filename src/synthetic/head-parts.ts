// The meshes of one person at rest: canonical parts joined, warped to the person's shape, with their light baked.
import { earMesh } from './ear-mesh.ts';
import { eyeballMesh } from './eye-mesh.ts';
import { hairMesh } from './hair-mesh.ts';
import { EYE_CENTER, headDistance } from './head-field.ts';
import { warpHead } from './head-warp.ts';
import type { Identity } from './identity.ts';
import { lashMesh } from './lash-mesh.ts';
import { HairDensity, headShadow } from './light-baking.ts';
import { lowerTeethMesh, tongueMesh, upperTeethMesh } from './mouth-mesh.ts';
import { mix, smoothstep } from './random.ts';
import { skinUv, type SkinMesh } from './skin-mesh.ts';
import { computeNormals, joinMeshes, type Scene, type SurfaceMesh } from './surface-mesh.ts';
import { collarMesh, torsoMesh } from './torso-mesh.ts';

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
  'lashLeft',
  'lashRight',
  'hair',
  'torso',
  'collar',
] as const;
/** Name of a mesh of the scene. */
export type Part = (typeof PARTS)[number];

function skinSurface(skin: SkinMesh): SurfaceMesh {
  const count = skin.positions.length / 3;
  const light = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    light[3 * i] = skin.ambient[i]!;
    light[3 * i + 1] = 1;
    // 0 skin, 1 lip, 2 inside of the lip, −1 edge of a lid.
    light[3 * i + 2] = skin.lipDepth[i] > 1 ? -skin.wet[i] : skin.lipMask[i] + skin.wet[i];
  }
  return { material: 'skin', positions: skin.positions, triangles: skin.triangles, uv: skin.uv, light };
}

// Shades what head and hair keep from the key light and from the sky.
function bakeLight(scene: Scene, hair: HairDensity, direction: readonly [number, number, number]): void {
  const { positions, light } = scene;
  const normals = new Float32Array(positions.length);
  computeNormals(positions, scene.triangles, normals);
  const bake = (part: Part, start: number, sharpness: number): void => {
    const index = PARTS.indexOf(part);
    for (let i = scene.starts[index]; i < scene.starts[index + 1]; i++) {
      const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
      const normal = [normals[3 * i], normals[3 * i + 1], normals[3 * i + 2]] as const;
      light[3 * i] *= mix(0.4, 1, hair.transmission(x, y, z, normal, 1.6));
      light[3 * i + 1] *= headShadow(x, y, z, direction, start, sharpness) * hair.transmission(x, y, z, direction, 3.5);
    }
  };
  bake('skin', 0.4, 4.5);
  bake('earLeft', 0.8, 3);
  bake('earRight', 0.8, 3);
  bake('torso', 0.8, 1.4);
  bake('collar', 0.8, 1.4);
}

/** One person's head at rest. n vertices. */
export class HeadParts {
  readonly skin: SkinMesh;
  /** Canonical positions, triangles, texture coordinates and baked light of all parts. */
  readonly scene: Scene;
  /** [n, 3] the person's positions at rest; the eyeballs are still the canonical ones. */
  readonly rest: Float32Array;
  /** [n, 3] */
  readonly normals: Float32Array;
  /** [n, 3] direction of hair; 0 elsewhere. */
  readonly tangents: Float32Array;
  /** [n] share of the head's turns that a vertex follows: 1 on the head, falling to 0 down the neck. */
  readonly headShare: Float32Array;
  /** Centers of the person's eyes at −x and +x. */
  readonly eyeCenters: readonly { x: number; y: number; z: number }[];
  readonly #triangles = new Map<Part, Uint32Array>();

  constructor(identity: Identity, skin: SkinMesh) {
    this.skin = skin;
    const hair = hairMesh(identity.hair);
    const meshes: Record<Part, SurfaceMesh> = {
      skin: skinSurface(skin),
      earLeft: earMesh(-1, skinUv),
      earRight: earMesh(1, skinUv),
      eyeLeft: eyeballMesh(-1),
      eyeRight: eyeballMesh(1),
      upperTeeth: upperTeethMesh(identity.teeth),
      lowerTeeth: lowerTeethMesh(identity.teeth),
      tongue: tongueMesh(),
      lashLeft: lashMesh(skin, 0),
      lashRight: lashMesh(skin, 1),
      hair,
      torso: torsoMesh(headDistance, identity.seed),
      collar: collarMesh(headDistance),
    };
    const scene = joinMeshes(PARTS.map((part) => meshes[part]));
    this.scene = scene;
    bakeLight(scene, new HairDensity(hair.positions), identity.lighting.key.direction);
    const { x, y, z } = EYE_CENTER;
    const centers = new Float32Array([-x, y, z, x, y, z]);
    warpHead(centers, identity.shape);
    this.eyeCenters = [0, 3].map((i) => ({ x: centers[i], y: centers[i + 1], z: centers[i + 2] }));
    this.rest = scene.positions.slice();
    const [torsoStart] = this.range('torso');
    warpHead(this.rest.subarray(0, 3 * torsoStart), identity.shape);
    warpHead(this.rest.subarray(3 * this.range('collar')[0]), identity.shape);
    this.normals = new Float32Array(this.rest.length);
    computeNormals(this.rest, scene.triangles, this.normals);
    const [hairStart] = this.range('hair');
    this.normals.set(hair.normals, 3 * hairStart);
    this.tangents = new Float32Array(this.rest.length);
    this.tangents.set(hair.tangents, 3 * hairStart);
    this.headShare = Float32Array.from({ length: this.rest.length / 3 }, (_, i) =>
      i >= torsoStart ? 0 : smoothstep(-19.5, -11, scene.positions[3 * i + 1]),
    );
  }

  /** Returns the first vertex of a part and the first after it. */
  range(part: Part): [first: number, end: number] {
    const index = PARTS.indexOf(part);
    return [this.scene.starts[index], this.scene.starts[index + 1]];
  }

  /** Returns the triangles of a part, as indices into the whole scene. */
  trianglesOf(part: Part): Uint32Array {
    let triangles = this.#triangles.get(part);
    if (!triangles) {
      const [first, end] = this.range(part);
      const all = this.scene.triangles;
      const kept: number[] = [];
      for (let t = 0; t < all.length; t += 3) {
        if (all[t] >= first && all[t] < end) kept.push(all[t], all[t + 1], all[t + 2]);
      }
      triangles = Uint32Array.from(kept);
      this.#triangles.set(part, triangles);
    }
    return triangles;
  }
}
