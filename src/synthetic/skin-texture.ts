// Paints one person's skin: tone, blotches, blush, freckles, pores, stubble, brows, scalp; and its fine relief.
import { paintBrows } from './brow-texture.ts';
import { aboveHairline } from './hair-mesh.ts';
import type { BeardStyle, Identity } from './identity.ts';
import { VisibilityBuffer } from './rasterizer.ts';
import { clamp, fractalNoise2, hash3, mix, noise2, smoothstep } from './random.ts';
import type { SkinMesh } from './skin-mesh.ts';
import { TEXEL, type SkinTexture } from './texture.ts';

/** Canonical position of each texel, [size, size, 3]; NaN where the texture is not used. */
function texelPositions(skin: SkinMesh, size: number): Float32Array {
  const count = skin.uv.length / 2;
  const projected = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    projected[3 * i] = skin.uv[2 * i] * size;
    projected[3 * i + 1] = skin.uv[2 * i + 1] * size;
    // The outside wins where the inside of the lips has the same coordinates.
    projected[3 * i + 2] = 20 - skin.positions[3 * i + 2];
  }
  const buffer = new VisibilityBuffer(size, size);
  const materials = new Uint8Array(skin.triangles.length / 3);
  buffer.draw({ projected, triangles: skin.triangles, materials, looks: [{ twoSided: true }] });
  const out = new Float32Array(3 * size * size).fill(NaN);
  for (let index = 0; index < size * size; index++) {
    const t = buffer.triangle[index];
    if (t < 0) continue;
    const [a, b, c] = [skin.triangles[3 * t], skin.triangles[3 * t + 1], skin.triangles[3 * t + 2]];
    const [ax, ay] = [projected[3 * a], projected[3 * a + 1]];
    const [ux, uy] = [projected[3 * b] - ax, projected[3 * b + 1] - ay];
    const [vx, vy] = [projected[3 * c] - ax, projected[3 * c + 1] - ay];
    const px = (index % size) + 0.5 - ax;
    const py = Math.floor(index / size) + 0.5 - ay;
    const inverse = 1 / (ux * vy - uy * vx);
    const w1 = (px * vy - py * vx) * inverse;
    const w2 = (ux * py - uy * px) * inverse;
    for (let k = 0; k < 3; k++) {
      out[3 * index + k] =
        (1 - w1 - w2) * skin.positions[3 * a + k] + w1 * skin.positions[3 * b + k] + w2 * skin.positions[3 * c + k];
    }
  }
  return out;
}

function gauss(dx: number, dy: number): number {
  return Math.exp(-(dx * dx + dy * dy));
}

/** Returns how much beard of a style grows at a point of the canonical face, 0 … 1. */
function beardAt(x: number, y: number, z: number, style: BeardStyle): number {
  const ax = Math.abs(x);
  const moustache = smoothstep(-4.15, -4.5, y) * smoothstep(2.9, 2.2, ax) * smoothstep(7, 8.5, z);
  const line = -2.2 - 3.6 * smoothstep(6.4, 2.6, ax);
  const jaw =
    smoothstep(line, line - 1.4, y) *
    smoothstep(-13.6, -12, y) *
    smoothstep(1.9, 2.9, ax + smoothstep(-7.2, -8.2, y) * 3);
  const lip = moustache * smoothstep(-6.8, -6.2, y);
  if (style === 'none') return 0;
  if (style === 'moustache') return lip;
  const chin = style === 'full' ? jaw : jaw * smoothstep(2.9, 2.2, ax);
  return clamp(Math.max(lip, chin), 0, 1);
}

// Distance-like measure of the fold from the wing of the nose to beside the mouth: 1 in the fold.
function nasolabial(x: number, y: number): number {
  const t = clamp((-3.3 - y) / 3.6, 0, 1);
  const lineX = 2.15 + 1.25 * Math.pow(t, 0.8);
  return Math.exp(-(((x - lineX) / 0.22) ** 2)) * smoothstep(-2.9, -3.6, y) * smoothstep(-7.2, -6.0, y);
}

/** Paints the skin of one person. */
export function paintSkin(skin: SkinMesh, identity: Identity, size: number): SkinTexture {
  const positions = texelPositions(skin, size);
  const texels = new Float32Array(TEXEL * size * size);
  const relief = new Float32Array(size * size);
  const { skin: look, hair } = identity;
  const layer = identity.seed & 0xffff;
  const [toneR, toneG, toneB] = look.tone;
  const light = (toneR + toneG + toneB) / 3;
  const melanin = clamp(1 - light / 0.5, 0, 1);
  const [hairR, hairG, hairB] = identity.hairColor;
  for (let index = 0; index < size * size; index++) {
    const x = positions[3 * index];
    const o = TEXEL * index;
    if (Number.isNaN(x)) {
      texels[o] = toneR;
      texels[o + 1] = toneG;
      texels[o + 2] = toneB;
      texels[o + 5] = 0.5;
      continue;
    }
    const y = positions[3 * index + 1];
    const z = positions[3 * index + 2];
    const ax = Math.abs(x);
    const px = 9 * Math.atan2(x, z + 1); // unrolled, for the noise fields
    // Blotches: brightness and, separately, blood.
    const blotch = fractalNoise2(px * 0.5, y * 0.5, layer, 4);
    const mottle = fractalNoise2(px * 2.1 + 9, y * 2.1, layer + 7, 3);
    let bright = 1 + 0.055 * blotch + 0.045 * mottle;
    let blood = 0.1 * fractalNoise2(px * 0.8 + 31, y * 0.8, layer + 13, 3) + 0.05 * mottle;
    const cheeks = gauss((ax - 3.9) / 1.7, (y + 3.1) / 1.4);
    const noseTip = gauss(x / 1.3, (y + 3.0) / 1.1) * smoothstep(8.5, 10, z);
    const ears = smoothstep(6.4, 7.0, ax);
    blood += look.blush * (0.55 * cheeks + 0.5 * noseTip + 0.6 * ears + 0.2 * gauss(x / 1.6, (y + 10) / 1.1));
    blood += 0.22 * gauss((ax - 1.75) / 0.5, (y + 0.15) / 0.4) + 0.14 * gauss((ax - 2.0) / 0.5, (y + 3.4) / 0.7);
    // Lids and the hollow under the eye: darker and cooler; the forehead yellower.
    const under = gauss((ax - 2.9) / 1.3, (y + 1.0 - 0.05 * (ax - 3) ** 2) / 0.42);
    const lids = gauss((ax - 3.1) / 1.7, (y - 0.35) / 0.75);
    bright *= 1 - (0.03 + 0.09 * look.age) * under - 0.05 * lids;
    const violet = 0.5 * under + 0.5 * lids;
    const forehead = smoothstep(2.2, 4.5, y);
    bright *= 1 - 0.03 * forehead;
    blood -= 0.05 * forehead;
    const fold = nasolabial(ax, y);
    bright *= 1 - (0.04 + 0.12 * look.age) * fold;
    // Line where the upper lashes root.
    // Freckles and a few moles.
    let spot = 0;
    if (look.freckles > 0) {
      const region = clamp(1.1 * cheeks + gauss(x / 1.8, (y + 1.6) / 1.6) + 0.25 * forehead, 0, 1);
      for (const scale of [2.3, 3.7]) {
        const cellX = Math.floor(px * scale);
        const cellY = Math.floor(y * scale);
        const dx = px * scale - cellX - 0.25 - 0.5 * hash3(cellX, cellY, layer + 21);
        const dy = y * scale - cellY - 0.25 - 0.5 * hash3(cellX, cellY, layer + 22);
        const there = hash3(cellX, cellY, layer + 23) < look.freckles * region ? 1 : 0;
        spot += there * smoothstep(0.28, 0.1, Math.hypot(dx, dy)) * hash3(cellX, cellY, layer + 24);
      }
    }
    const moleX = Math.floor(px * 0.45);
    const moleY = Math.floor(y * 0.45);
    if (hash3(moleX, moleY, layer + 31) < 0.12) {
      const dx = px - (moleX + 0.3 + 0.4 * hash3(moleX, moleY, layer + 32)) / 0.45;
      const dy = y - (moleY + 0.3 + 0.4 * hash3(moleX, moleY, layer + 33)) / 0.45;
      spot += 1.3 * smoothstep(0.11, 0.05, Math.hypot(dx, dy));
    }
    bright *= 1 - 0.28 * clamp(spot, 0, 1.4);
    const redness = clamp(blood, -0.4, 0.9) * (1 - 0.45 * melanin);
    let r = toneR * bright * (1 + 0.1 * redness - 0.03 * violet);
    let g = toneG * bright * (1 - 0.26 * redness - 0.07 * violet);
    let b = toneB * bright * (1 - 0.24 * redness - 0.01 * violet) * (1 - 0.06 * forehead);

    // Pores and fine lines as relief; wider pores on nose and cheeks.
    const poreField = noise2(px * 16, y * 16, layer + 41) + 0.7 * noise2(px * 29, y * 29, layer + 42);
    const poreDepth = look.pores * (0.35 + 0.5 * cheeks + 0.6 * noseTip + 0.15 * forehead);
    let height = 0.012 * poreDepth * poreField;
    bright = 1 + 0.035 * poreDepth * poreField;
    const wrinkle = look.age * Math.max(0, 0.3 + noise2(x * 0.35, y * 0.2, layer + 51));
    height -=
      0.05 *
      wrinkle *
      forehead *
      smoothstep(7, 5.5, y) *
      Math.max(0, Math.sin(y * 5.2 + 0.7 * noise2(x * 0.5, y, layer + 52))) ** 6;
    const feet = smoothstep(4.6, 5.2, ax) * smoothstep(6.6, 5.6, ax) * smoothstep(2, 1, Math.abs(y + 0.1));
    height -= 0.045 * look.age * feet * Math.max(0, Math.sin(7 * Math.atan2(y + 0.1, ax - 3.9))) ** 3;
    height -= (0.03 + 0.09 * look.age) * fold;
    height -=
      0.035 * look.age * Math.exp(-(((y + 1.35 - 0.08 * (ax - 3) ** 2) / 0.16) ** 2)) * gauss((ax - 3) / 1.2, 0);

    // Stubble: a cool shade and dots.
    const beard = beardAt(x, y, z, 'full') * look.stubble;
    if (beard > 0) {
      const dots =
        smoothstep(0.15, 0.8, noise2(px * 24, y * 24, layer + 61)) +
        0.5 * smoothstep(0.2, 0.8, noise2(px * 13, y * 13, layer + 62));
      const shade = clamp(beard * (0.26 + 0.4 * dots), 0, 0.8);
      r = mix(r, hairR * 0.9 + 0.03, shade);
      g = mix(g, hairG * 0.9 + 0.032, shade * 0.97);
      b = mix(b, hairB * 0.9 + 0.036, shade * 0.92);
      height += 0.012 * beard * dots;
    }
    // A beard: strands that lie downwards and outwards, dense in the middle, ragged at its edge.
    let bearded = 0;
    if (look.beard.density > 0 && y < -3.8) {
      const ragged = 0.25 * noise2(px * 2.6, y * 2.6, layer + 63);
      const grows = beardAt(ax + ragged, y + ragged, z, look.beard.style);
      if (grows > 0) {
        const lean = y + 0.45 * ax;
        const strand = noise2(px * 15 + 1.5 * noise2(px * 2, y * 2, layer + 64), lean * 3.2, layer + 65);
        const fine = noise2(px * 27, lean * 5.5, layer + 66);
        const dense = grows * (0.35 + 0.85 * look.beard.density);
        bearded = clamp(dense * (0.95 + 0.45 * strand + 0.3 * fine) - 0.12 * (1 - grows), 0, 0.96);
        const tint = 0.8 + 0.3 * strand + 0.25 * fine;
        r = mix(r, hairR * tint + 0.012, bearded);
        g = mix(g, hairG * tint + 0.012, bearded);
        b = mix(b, hairB * tint + 0.012, bearded);
        height += 0.045 * bearded * (strand + 0.7 * fine);
      }
    }
    // Scalp under the hair.
    const above = aboveHairline(x, y, z, hair);
    const streak = noise2(px * 9, (y + z) * 2.5, layer + 71);
    const scalp = smoothstep(-0.35, 0.75, above + 0.35 * streak) * (z > -8 ? 1 : 0);
    r = mix(r, hairR * 0.75, 0.92 * scalp);
    g = mix(g, hairG * 0.75, 0.92 * scalp);
    b = mix(b, hairB * 0.75, 0.92 * scalp);
    texels[o] = Math.max(0.002, r * bright);
    texels[o + 1] = Math.max(0.002, g * bright);
    texels[o + 2] = Math.max(0.002, b * bright);
    const zone =
      0.55 * gauss(x / 2.2, (y - 4) / 2) +
      0.75 * noseTip +
      0.4 * gauss(x / 0.9, (y + 0.8) / 2) +
      0.3 * cheeks +
      0.25 * gauss(x / 1.4, (y + 9.9) / 1);
    texels[o + 5] = clamp(
      (0.35 + zone) *
        look.oiliness *
        (1 + 0.25 * poreField) *
        (1 - 0.6 * beard) *
        (1 - 0.7 * bearded) *
        (1 - 0.8 * scalp),
      0,
      1.5,
    );
    relief[index] = height;
  }
  paintBrows(texels, relief, positions, identity, size);
  // Slopes of the relief, per centimeter; a texel is about 40 cm / size wide on the face.
  const perCentimeter = size / 40;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const index = row * size + column;
      const left = relief[index - (column > 0 ? 1 : 0)];
      const right = relief[index + (column < size - 1 ? 1 : 0)];
      const above = relief[index - (row > 0 ? size : 0)];
      const below = relief[index + (row < size - 1 ? size : 0)];
      texels[TEXEL * index + 3] = ((right - left) / 2) * perCentimeter;
      texels[TEXEL * index + 4] = ((below - above) / 2) * perCentimeter;
    }
  }
  return { size, texels };
}
