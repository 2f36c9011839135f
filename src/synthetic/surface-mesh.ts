// Triangle meshes with the vertex attributes that shading needs, and their union into one scene.

/** What a triangle is made of; decides how it is shaded. */
export type Material = 'skin' | 'eye' | 'teeth' | 'mouth' | 'hair' | 'lash' | 'cloth';

/** Materials in the order of their numbers in a {@link Scene}. */
export const MATERIALS: readonly Material[] = ['skin', 'eye', 'teeth', 'mouth', 'hair', 'lash', 'cloth'];

/** A mesh of one material with n vertices and m triangles (counter-clockwise seen from outside). */
export interface SurfaceMesh {
  material: Material;
  /** [n, 3] at rest, centimeters. */
  positions: Float32Array;
  /** [m, 3] vertex indices. */
  triangles: Uint32Array;
  /** [n, 2] texture coordinates; their meaning is the material's. */
  uv: Float32Array;
  /** [n, 3] ambient light that arrives, key light that arrives, and a mask whose meaning is the material's; all 0 … 1. */
  light: Float32Array;
}

/** All meshes of a head in one set of arrays. */
export interface Scene {
  positions: Float32Array;
  triangles: Uint32Array;
  uv: Float32Array;
  light: Float32Array;
  /** [m] index into {@link MATERIALS} of each triangle. */
  materials: Uint8Array;
  /** First vertex of each mesh, in the order given, and the number of vertices at the end. */
  starts: number[];
}

/** Joins meshes into one scene, keeping their order. */
export function joinMeshes(meshes: readonly SurfaceMesh[]): Scene {
  const starts = [0];
  for (const mesh of meshes) starts.push(starts.at(-1)! + mesh.positions.length / 3);
  const vertices = starts.at(-1)!;
  const faces = meshes.reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0);
  const scene: Scene = {
    positions: new Float32Array(3 * vertices),
    triangles: new Uint32Array(3 * faces),
    uv: new Float32Array(2 * vertices),
    light: new Float32Array(3 * vertices),
    materials: new Uint8Array(faces),
    starts,
  };
  let face = 0;
  meshes.forEach((mesh, index) => {
    const start = starts[index];
    scene.positions.set(mesh.positions, 3 * start);
    scene.uv.set(mesh.uv, 2 * start);
    scene.light.set(mesh.light, 3 * start);
    scene.triangles.set(
      mesh.triangles.map((vertex) => vertex + start),
      3 * face,
    );
    scene.materials.fill(MATERIALS.indexOf(mesh.material), face, face + mesh.triangles.length / 3);
    face += mesh.triangles.length / 3;
  });
  return scene;
}

/** Writes the area-weighted unit normals of vertices `first` … `end` into `normals` [n, 3], from the triangles given. */
export function computeNormals(
  positions: Float32Array,
  triangles: Uint32Array,
  normals: Float32Array,
  first = 0,
  end = positions.length / 3,
): void {
  normals.fill(0, 3 * first, 3 * end);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t];
    const b = 3 * triangles[t + 1];
    const c = 3 * triangles[t + 2];
    const ax = positions[a];
    const ay = positions[a + 1];
    const az = positions[a + 2];
    const ux = positions[b] - ax;
    const uy = positions[b + 1] - ay;
    const uz = positions[b + 2] - az;
    const vx = positions[c] - ax;
    const vy = positions[c + 1] - ay;
    const vz = positions[c + 2] - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    normals[a] = normals[a] + nx;
    normals[a + 1] = normals[a + 1] + ny;
    normals[a + 2] = normals[a + 2] + nz;
    normals[b] = normals[b] + nx;
    normals[b + 1] = normals[b + 1] + ny;
    normals[b + 2] = normals[b + 2] + nz;
    normals[c] = normals[c] + nx;
    normals[c + 1] = normals[c + 1] + ny;
    normals[c + 2] = normals[c + 2] + nz;
  }
  for (let i = 3 * first; i < 3 * end; i += 3) {
    const length = Math.sqrt(normals[i] ** 2 + normals[i + 1] ** 2 + normals[i + 2] ** 2) || 1;
    normals[i] = normals[i] / length;
    normals[i + 1] = normals[i + 1] / length;
    normals[i + 2] = normals[i + 2] / length;
  }
}

/** Returns the two triangles of each cell of a grid of `rows` × `columns` vertices, row by row; `flip` turns them over. */
export function gridTriangles(rows: number, columns: number, flip = false, first = 0): Uint32Array {
  const triangles = new Uint32Array(6 * (rows - 1) * (columns - 1));
  let i = 0;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const a = first + row * columns + column;
      const quad = flip
        ? [a, a + columns, a + 1, a + 1, a + columns, a + columns + 1]
        : [a, a + 1, a + columns, a + 1, a + columns + 1, a + columns];
      triangles.set(quad, i);
      i += 6;
    }
  }
  return triangles;
}
