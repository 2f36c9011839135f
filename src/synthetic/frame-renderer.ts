// From a posed scene to a picture: projection, visibility at several samples per pixel, shading once per surface and pixel.
import { SurfaceSample, toneMapped, type Shader } from './lighting.ts';
import { VisibilityBuffer, type CoverageTest } from './rasterizer.ts';
import { MATERIALS, type Material } from './surface-mesh.ts';

/** Where a scene is seen from: a camera on the z axis, looking back along it. */
export interface Viewpoint {
  /** Distance from the origin, centimeters. */
  distance: number;
  /** Height that the middle of the picture shows at z = 0, and its place across. */
  centerY: number;
  centerX: number;
  /** Height of the picture at z = 0, centimeters. */
  viewHeight: number;
}

/** Vertex and triangle arrays of a posed scene. n vertices, m triangles. */
export interface PosedScene {
  positions: Float32Array;
  normals: Float32Array;
  /** [n, 3] direction of strands (hair only). */
  tangents: Float32Array;
  triangles: Uint32Array;
  materials: Uint8Array;
  uv: Float32Array;
  light: Float32Array;
}

/** How each material is drawn. */
export interface MaterialLook {
  shade: Shader;
  twoSided?: boolean;
  /** Whether a sample at texture coordinates (u, v) is covered; absent for solid materials. */
  covers?: (u: number, v: number, mask: number) => boolean;
}

/** Draws posed scenes of one size. */
export class FrameRenderer {
  readonly width: number;
  readonly height: number;
  readonly #samples: number;
  readonly #buffer: VisibilityBuffer;
  #projected = new Float32Array(0);
  readonly #sample = new SurfaceSample();
  readonly #color = new Float64Array(3);

  /** @param samples - samples per pixel along each axis; 2 is enough for training pictures, 3 for show. */
  constructor(width: number, height: number, samples = 2) {
    this.width = width;
    this.height = height;
    this.#samples = samples;
    this.#buffer = new VisibilityBuffer(width * samples, height * samples);
  }

  /**
   * Draws a scene over a background.
   *
   * @param background - [height, width, 3] linear colors.
   * @returns RGBA, [height, width, 4].
   */
  render(
    scene: PosedScene,
    camera: Viewpoint,
    looks: Record<Material, MaterialLook>,
    background: Float32Array,
    out: Uint8ClampedArray = new Uint8ClampedArray(4 * this.width * this.height),
  ): Uint8ClampedArray {
    this.#project(scene.positions, camera);
    const byMaterial = MATERIALS.map((material) => looks[material]);
    const { triangles, materials, uv, light } = scene;
    const coverage = byMaterial.map(
      ({ covers }): CoverageTest | undefined =>
        covers &&
        ((t, w1, w2) => {
          const a = triangles[3 * t];
          const b = triangles[3 * t + 1];
          const c = triangles[3 * t + 2];
          const w0 = 1 - w1 - w2;
          return covers(
            w0 * uv[2 * a] + w1 * uv[2 * b] + w2 * uv[2 * c],
            w0 * uv[2 * a + 1] + w1 * uv[2 * b + 1] + w2 * uv[2 * c + 1],
            w0 * light[3 * a + 2] + w1 * light[3 * b + 2] + w2 * light[3 * c + 2],
          );
        }),
    );
    this.#buffer.clear();
    this.#buffer.draw({
      projected: this.#projected,
      triangles,
      materials,
      looks: byMaterial.map(({ twoSided = false }, i) => {
        const test = coverage[i];
        return { twoSided, ...(test && { coverage: test }) };
      }),
    });
    this.#resolve(scene, camera, byMaterial, background, out);
    return out;
  }

  /** Returns where a point of a scene is in the picture, in pixels; the middle of the first one is at 0.5. */
  projected([x, y, z]: ArrayLike<number> & Iterable<number>, camera: Viewpoint): [x: number, y: number] {
    const scale = (this.height * camera.distance) / (camera.viewHeight * (camera.distance - z));
    return [this.width / 2 + scale * (x - camera.centerX), this.height / 2 - scale * (y - camera.centerY)];
  }

  #project(positions: Float32Array, camera: Viewpoint): void {
    if (this.#projected.length !== positions.length) this.#projected = new Float32Array(positions.length);
    const projected = this.#projected;
    const scale = (this.height * this.#samples * camera.distance) / camera.viewHeight;
    const midX = (this.width * this.#samples) / 2;
    const midY = (this.height * this.#samples) / 2;
    for (let i = 0; i < positions.length; i += 3) {
      const depth = camera.distance - positions[i + 2];
      projected[i] = midX + (scale * (positions[i] - camera.centerX)) / depth;
      projected[i + 1] = midY - (scale * (positions[i + 1] - camera.centerY)) / depth;
      projected[i + 2] = depth;
    }
  }

  #resolve(
    scene: PosedScene,
    camera: Viewpoint,
    looks: readonly MaterialLook[],
    background: Float32Array,
    out: Uint8ClampedArray,
  ): void {
    const { triangle, depth, width: stride } = this.#buffer;
    const samples = this.#samples;
    const perPixel = samples * samples;
    const seen = new Int32Array(perPixel);
    const color = this.#color;
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const pixel = y * this.width + x;
        const first = y * samples * stride + x * samples;
        let empty = 0;
        let alike = true;
        const t0 = triangle[first];
        for (let j = 0, k = 0; j < samples; j++) {
          for (let i = 0; i < samples; i++, k++) {
            const t = triangle[first + j * stride + i];
            seen[k] = t;
            if (t < 0) empty++;
            if (t !== t0) alike = false;
          }
        }
        if (alike && t0 < 0) {
          out[4 * pixel] = toneMapped(background[3 * pixel]);
          out[4 * pixel + 1] = toneMapped(background[3 * pixel + 1]);
          out[4 * pixel + 2] = toneMapped(background[3 * pixel + 2]);
          out[4 * pixel + 3] = 255;
          continue;
        }
        if (alike) {
          const middle = (samples - 1) / 2;
          this.#shade(scene, camera, looks[scene.materials[t0]], t0, x * samples + middle, y * samples + middle);
          out[4 * pixel] = toneMapped(color[0]);
          out[4 * pixel + 1] = toneMapped(color[1]);
          out[4 * pixel + 2] = toneMapped(color[2]);
          out[4 * pixel + 3] = 255;
          continue;
        }
        let red = 0;
        let green = 0;
        let blue = 0;
        if (empty > 0) {
          const share = empty / perPixel;
          red = share * background[3 * pixel];
          green = share * background[3 * pixel + 1];
          blue = share * background[3 * pixel + 2];
        }
        // Samples of one material at one depth share a color.
        for (let k = 0; k < perPixel; k++) {
          const t = seen[k];
          if (t < 0) continue;
          const index = first + Math.floor(k / samples) * stride + (k % samples);
          const material = scene.materials[t];
          const z = depth[index];
          let covered = 1;
          for (let other = k + 1; other < perPixel; other++) {
            const o = seen[other];
            if (o < 0) continue;
            const near =
              o === t ||
              (scene.materials[o] === material &&
                Math.abs(depth[first + Math.floor(other / samples) * stride + (other % samples)] - z) < 0.12);
            if (near) {
              covered++;
              seen[other] = -1;
            }
          }
          this.#shade(
            scene,
            camera,
            looks[material],
            t,
            x * samples + (k % samples),
            y * samples + Math.floor(k / samples),
          );
          const share = covered / perPixel;
          red += share * color[0];
          green += share * color[1];
          blue += share * color[2];
        }
        out[4 * pixel] = toneMapped(red);
        out[4 * pixel + 1] = toneMapped(green);
        out[4 * pixel + 2] = toneMapped(blue);
        out[4 * pixel + 3] = 255;
      }
    }
  }

  // Interpolates the attributes of triangle t at a sample and runs the material's shader.
  #shade(scene: PosedScene, camera: Viewpoint, look: MaterialLook, t: number, sx: number, sy: number): void {
    const { triangles, normals, tangents, uv, light, positions } = scene;
    const projected = this.#projected;
    const a = triangles[3 * t];
    const b = triangles[3 * t + 1];
    const c = triangles[3 * t + 2];
    const ax = projected[3 * a];
    const ay = projected[3 * a + 1];
    const ux = projected[3 * b] - ax;
    const uy = projected[3 * b + 1] - ay;
    const vx = projected[3 * c] - ax;
    const vy = projected[3 * c + 1] - ay;
    const px = sx + 0.5 - ax;
    const py = sy + 0.5 - ay;
    const inverse = 1 / (ux * vy - uy * vx);
    const w1 = (px * vy - py * vx) * inverse;
    const w2 = (ux * py - uy * px) * inverse;
    const w0 = 1 - w1 - w2;
    const s = this.#sample;
    const nx = w0 * normals[3 * a] + w1 * normals[3 * b] + w2 * normals[3 * c];
    const ny = w0 * normals[3 * a + 1] + w1 * normals[3 * b + 1] + w2 * normals[3 * c + 1];
    const nz = w0 * normals[3 * a + 2] + w1 * normals[3 * b + 2] + w2 * normals[3 * c + 2];
    const length = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12);
    s.nx = nx * length;
    s.ny = ny * length;
    s.nz = nz * length;
    s.u = w0 * uv[2 * a] + w1 * uv[2 * b] + w2 * uv[2 * c];
    s.v = w0 * uv[2 * a + 1] + w1 * uv[2 * b + 1] + w2 * uv[2 * c + 1];
    s.ambient = w0 * light[3 * a] + w1 * light[3 * b] + w2 * light[3 * c];
    s.keyLight = w0 * light[3 * a + 1] + w1 * light[3 * b + 1] + w2 * light[3 * c + 1];
    s.mask = w0 * light[3 * a + 2] + w1 * light[3 * b + 2] + w2 * light[3 * c + 2];
    s.tx = w0 * tangents[3 * a] + w1 * tangents[3 * b] + w2 * tangents[3 * c];
    s.ty = w0 * tangents[3 * a + 1] + w1 * tangents[3 * b + 1] + w2 * tangents[3 * c + 1];
    s.tz = w0 * tangents[3 * a + 2] + w1 * tangents[3 * b + 2] + w2 * tangents[3 * c + 2];
    const viewX = camera.centerX - positions[3 * a];
    const viewY = camera.centerY - positions[3 * a + 1];
    const viewZ = camera.distance - positions[3 * a + 2];
    const viewLength = 1 / Math.sqrt(viewX * viewX + viewY * viewY + viewZ * viewZ);
    s.vx = viewX * viewLength;
    s.vy = viewY * viewLength;
    s.vz = viewZ * viewLength;
    look.shade(s, this.#color);
  }
}
