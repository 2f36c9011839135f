// Shaders of each material of a head: skin, eye, teeth, mouth, hair, lashes, cloth.
import type { MaterialLook } from './frame-renderer.ts';
import { hairLook } from './hair-look.ts';
import type { Color, Identity } from './identity.ts';
import { fresnel, highlight, wrappedDiffuse, type Lighting, type SurfaceSample } from './lighting.ts';
import { clamp, hash3, mix, noise2, smoothstep } from './random.ts';
import type { Material } from './surface-mesh.ts';
import { TEXEL, type SkinTexture } from './texture.ts';

const GUM: Color = [0.44, 0.19, 0.18];
const TONGUE: Color = [0.4, 0.16, 0.15];
/** Inside of the lips and cheeks. */
const FLESH: Color = [0.24, 0.075, 0.065];

function dot(s: SurfaceSample, v: readonly [number, number, number]): number {
  return s.nx * v[0] + s.ny * v[1] + s.nz * v[2];
}

/** Tilts a sample's normal by slopes across (toward the viewer's right) and down. */
function tilt(s: SurfaceSample, across: number, down: number): void {
  // Tangents of a roughly upright surface: horizontal, and the normal's cross product with it.
  const h = Math.sqrt(s.nx * s.nx + s.nz * s.nz) + 1e-6;
  const tx = s.nz / h;
  const tz = -s.nx / h;
  const bx = s.ny * tz;
  const by = s.nz * tx - s.nx * tz;
  const bz = -s.ny * tx;
  const nx = s.nx - across * tx + down * bx;
  const ny = s.ny + down * by;
  const nz = s.nz - across * tz + down * bz;
  const length = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
  s.nx = nx * length;
  s.ny = ny * length;
  s.nz = nz * length;
}

/** Light of the sky dome on a surface, one color channel. */
function dome(lighting: Lighting, ny: number, channel: 0 | 1 | 2): number {
  return mix(lighting.ground[channel], lighting.sky[channel], 0.5 + 0.5 * ny);
}

// Simple solid: wrapped diffuse light of three lights plus the dome, times a color.
function lit(s: SurfaceSample, lighting: Lighting, color: Color, wrap: number, out: Float64Array): void {
  const { key, fill, rim } = lighting;
  const k = wrappedDiffuse(dot(s, key.direction), wrap) * s.keyLight;
  const f = wrappedDiffuse(dot(s, fill.direction), wrap) * s.ambient;
  const r = wrappedDiffuse(dot(s, rim.direction), wrap) * s.ambient;
  for (const c of [0, 1, 2] as const) {
    out[c] =
      lighting.exposure *
      color[c] *
      (k * key.color[c] + f * fill.color[c] + r * rim.color[c] + s.ambient * dome(lighting, s.ny, c));
  }
}

function addHighlight(out: Float64Array, amount: number, color: Color): void {
  out[0] += amount * color[0];
  out[1] += amount * color[1];
  out[2] += amount * color[2];
}

const texel = new Float64Array(TEXEL);

function readTexture({ size, texels }: SkinTexture, u: number, v: number): void {
  const x = clamp(u * size - 0.5, 0, size - 1.001);
  const y = clamp(v * size - 0.5, 0, size - 1.001);
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const a = TEXEL * (y0 * size + x0);
  const c = a + TEXEL * size;
  for (let k = 0; k < TEXEL; k++) {
    const upper = texels[a + k] + (texels[a + TEXEL + k] - texels[a + k]) * fx;
    const lower = texels[c + k] + (texels[c + TEXEL + k] - texels[c + k]) * fx;
    texel[k] = upper + (lower - upper) * fy;
  }
}

function skinLook(identity: Identity, texture: SkinTexture): MaterialLook {
  const { lighting, skin } = identity;
  const { key, fill, rim } = lighting;
  const layer = identity.seed & 0xffff;
  const lipTexture = (u: number, v: number): number =>
    0.6 * noise2(u * 420, v * 60, layer + 81) + 0.4 * noise2(u * 800, v * 120, layer + 82);
  return {
    shade(s, out) {
      readTexture(texture, s.u, s.v);
      const smoothKey = dot(s, key.direction);
      const smoothFill = dot(s, fill.direction);
      const lip = 0.92 * smoothstep(0, 1, s.mask);
      const inner = smoothstep(1.1, 1.9, s.mask);
      const lidEdge = smoothstep(-0.15, -0.9, s.mask);
      let lines = 0;
      if (lip > 0) {
        lines = lipTexture(s.u, s.v);
        tilt(s, 0.16 * lines * lip * (1 - inner), 0);
      }
      tilt(s, texel[3] * (1 - lip), texel[4] * (1 - lip));
      const keyCosine = dot(s, key.direction);
      const fillCosine = dot(s, fill.direction);
      const rimCosine = dot(s, rim.direction);
      const facing = s.nx * s.vx + s.ny * s.vy + s.nz * s.vz;
      // Light scatters under the skin: red furthest, so its shading follows the smooth normal and a wide wrap.
      const softKey = s.keyLight * s.keyLight;
      const edgeRed = Math.sqrt(s.keyLight);
      const kr = wrappedDiffuse(0.65 * smoothKey + 0.35 * keyCosine, 0.36) * mix(s.keyLight, edgeRed, 0.3);
      const kg = wrappedDiffuse(0.35 * smoothKey + 0.65 * keyCosine, 0.19) * mix(s.keyLight, softKey, 0.3);
      const kb = wrappedDiffuse(0.25 * smoothKey + 0.75 * keyCosine, 0.14) * mix(s.keyLight, softKey, 0.45);
      const f = wrappedDiffuse(0.5 * smoothFill + 0.5 * fillCosine, 0.3) * s.ambient;
      const r = wrappedDiffuse(rimCosine, 0.1) * s.ambient;
      const ao = s.ambient;
      const aoRed = Math.sqrt(ao);
      let red = texel[0];
      let green = texel[1];
      let blue = texel[2];
      if (lip > 0) {
        const shade = 1 + 0.1 * lines;
        red = mix(red, mix(skin.lips[0] * shade, FLESH[0] * 0.8, inner), lip);
        green = mix(green, mix(skin.lips[1] * shade, FLESH[1] * 0.8, inner), lip);
        blue = mix(blue, mix(skin.lips[2] * shade, FLESH[2] * 0.8, inner), lip);
      }
      if (lidEdge > 0) {
        red = mix(red, 0.5 * skin.tone[0] + 0.1, 0.7 * lidEdge);
        green = mix(green, 0.35 * skin.tone[1] + 0.06, 0.7 * lidEdge);
        blue = mix(blue, 0.35 * skin.tone[2] + 0.06, 0.7 * lidEdge);
      }
      const e = lighting.exposure;
      out[0] = e * red * (kr * key.color[0] + f * fill.color[0] + r * rim.color[0] + aoRed * dome(lighting, s.ny, 0));
      out[1] = e * green * (kg * key.color[1] + f * fill.color[1] + r * rim.color[1] + ao * dome(lighting, s.ny, 1));
      out[2] =
        e * blue * (kb * key.color[2] + f * fill.color[2] + r * rim.color[2] + ao * ao * dome(lighting, s.ny, 2));
      // A broad sheen and a tighter oily highlight; wet parts glint.
      const gloss = mix(texel[5], 0.4 + 1.1 * skin.lipGloss, lip);
      const wet = Math.max(0.7 * inner, lidEdge, 0.5 * skin.lipGloss * lip);
      const sheen = fresnel(facing, 0.028);
      const broad = highlight(s, key, 4) * s.keyLight + 0.6 * highlight(s, fill, 4) * fill.color[1] * ao;
      const tight = highlight(s, key, 6) * softKey * mix(1, ao, lip);
      addHighlight(
        out,
        e * sheen * (1.0 * broad * (0.4 + 0.6 * gloss) + tight * (0.55 * gloss + 0.9 * wet)),
        key.color,
      );
      addHighlight(out, e * sheen * 0.9 * ao * highlight(s, rim, 3), rim.color);
      // Grazing reflection of the surroundings, and down on the cheek's outline.
      const grazing = sheen * ao * 0.5 * smoothstep(-0.5, 0.5, s.ny);
      out[0] += e * grazing * lighting.sky[0];
      out[1] += e * grazing * lighting.sky[1];
      out[2] += e * grazing * lighting.sky[2];
    },
  };
}

function eyeLook(identity: Identity): MaterialLook {
  const { lighting, iris } = identity;
  const layer = identity.seed & 0xffff;
  const albedo: [number, number, number] = [0, 0, 0];
  return {
    shade(s, out) {
      const radius = Math.hypot(s.u, s.v);
      const angle = Math.atan2(s.v, s.u);
      // White of the eye, redder and veined toward its corners.
      const away = smoothstep(0.5, 1, Math.abs(s.u));
      const vein = Math.max(0, 0.35 - Math.abs(noise2(s.u * 7, s.v * 11, layer + 91))) * away;
      albedo[0] = 0.53 - 0.06 * away;
      albedo[1] = 0.48 - 0.1 * away - 0.35 * vein;
      albedo[2] = 0.445 - 0.1 * away - 0.35 * vein;
      const irisRadius = 0.44;
      const inIris = smoothstep(irisRadius + 0.02, irisRadius - 0.03, radius);
      if (inIris > 0) {
        const t = radius / irisRadius;
        const fiber =
          0.5 * noise2(Math.cos(angle) * 14 + 40, Math.sin(angle) * 14, layer + 92) +
          0.5 * noise2(angle * 22, t * 2.5, layer + 93);
        const glow = 1 + 0.55 * fiber + 0.7 * Math.exp(-(((t - 0.48) / 0.14) ** 2));
        const ring = 1 - 0.75 * smoothstep(0.74, 1, t);
        const pupil = smoothstep(0.36, 0.42, t);
        for (const c of [0, 1, 2] as const)
          albedo[c] = mix(albedo[c], 0.004 + iris[c] * glow * ring * pupil * 1.25, inIris);
      }
      // The iris is a bowl: it catches light from the other side than the ball does.
      const nx = s.nx;
      const ny = s.ny;
      const nz = s.nz;
      if (inIris > 0) {
        s.nx = mix(nx, -0.5 * s.u, inIris);
        s.ny = mix(ny, -0.5 * s.v + 0.1, inIris);
        s.nz = mix(nz, 0.9, inIris);
      }
      lit(s, lighting, albedo, 0.4, out);
      s.nx = nx;
      s.ny = ny;
      s.nz = nz;
      const shine = 0.5 + 0.5 * smoothstep(0.3, 0.9, s.ambient);
      const glint =
        Math.min(14, highlight(s, lighting.key, 9)) * 0.12 * shine + Math.min(8, highlight(s, lighting.fill, 7)) * 0.02;
      addHighlight(out, glint, lighting.key.color);
      const facing = s.nx * s.vx + s.ny * s.vy + s.nz * s.vz;
      const window = smoothstep(0.15, 0.6, s.ny) * 0.1 + fresnel(facing, 0.03) * 0.5;
      addHighlight(out, window * s.ambient * shine, lighting.sky);
    },
  };
}

function teethLook({ lighting, teeth }: Identity): MaterialLook {
  const [r, g, b] = teeth.enamel;
  return {
    shade(s, out) {
      const gum = smoothstep(0.3, 0.7, s.mask);
      // Each tooth has a shade of its own, canines are yellower; edges let light through, necks are yellower too.
      const number = Math.floor(Math.abs(s.u));
      const own = 0.95 + 0.1 * hash3(number, s.u < 0 ? 0 : 1, teeth.seed) - (number === 2 ? 0.05 : 0);
      const edge = smoothstep(0.3, 0, s.v);
      const neck = smoothstep(0.55, 1, s.v) + (number === 2 ? 0.4 : 0);
      const color: Color = [
        mix(r * own * (1 - 0.18 * edge), GUM[0], gum),
        mix(g * own * (1 - 0.13 * edge) * (1 - 0.07 * neck), GUM[1], gum),
        mix(b * own * (1 - 0.06 * edge) * (1 - 0.2 * neck), GUM[2], gum),
      ];
      lit(s, lighting, color, 0.4, out);
      const wet = s.keyLight * s.ambient;
      addHighlight(out, 0.05 * wet * highlight(s, lighting.key, 6), lighting.key.color);
      addHighlight(out, 0.04 * wet * highlight(s, lighting.fill, 5), lighting.fill.color);
    },
  };
}

function tongueLook({ lighting, seed }: Identity): MaterialLook {
  const layer = seed & 0xffff;
  return {
    shade(s, out) {
      const bumps = noise2(s.u * 16, s.v * 30, layer + 111);
      tilt(s, 0.15 * bumps, 0);
      const shade = 1 + 0.12 * bumps - 0.15 * Math.exp(-((s.u / 0.12) ** 2));
      lit(s, lighting, [TONGUE[0] * shade, TONGUE[1] * shade, TONGUE[2] * shade], 0.3, out);
      addHighlight(out, 0.03 * highlight(s, lighting.key, 5) * s.keyLight * s.ambient, lighting.key.color);
    },
  };
}

function clothLook(identity: Identity): MaterialLook {
  const { lighting, clothing } = identity;
  const layer = identity.seed & 0xffff;
  const jacket = clothing.style === 'jacket';
  return {
    shade(s, out) {
      const x = Math.abs(s.u);
      const y = s.v;
      // An open jacket shows a wedge of shirt between its lapels.
      const wedge = 0.8 + 0.42 * (y + 33);
      const shirt = jacket ? smoothstep(0.1, -0.1, x - wedge) : 0;
      const lapel = jacket ? smoothstep(0.12, 0, Math.abs(x - wedge)) : 0;
      const rib = s.mask > 0.5 && !jacket ? Math.sin(s.u * 26) * 0.18 : 0;
      const weave = noise2(s.u * 9, y * 9, layer + 103);
      tilt(s, rib + 0.06 * weave, 0);
      const shade = (1 + 0.05 * weave) * (1 - 0.35 * lapel);
      const color: Color = [
        mix(clothing.color[0], clothing.shirt[0], shirt) * shade,
        mix(clothing.color[1], clothing.shirt[1], shirt) * shade,
        mix(clothing.color[2], clothing.shirt[2], shirt) * shade,
      ];
      lit(s, lighting, color, 0.15, out);
      const facing = s.nx * s.vx + s.ny * s.vy + s.nz * s.vz;
      addHighlight(out, 0.05 * s.ambient * Math.pow(1 - clamp(facing, 0, 1), 3), lighting.sky);
    },
  };
}

/** Returns how each material of one person is drawn. */
export function materialLooks(identity: Identity, texture: SkinTexture): Record<Material, MaterialLook> {
  const lash: Color = [0.012, 0.01, 0.009];
  return {
    skin: skinLook(identity, texture),
    eye: eyeLook(identity),
    teeth: teethLook(identity),
    mouth: tongueLook(identity),
    hair: hairLook(identity),
    lash: {
      twoSided: true,
      covers: (u, v) => {
        const lash = Math.floor(u);
        const lean = 0.5 + 0.5 * (hash3(lash, 1, 5) - 0.5) * v;
        return v < 0.13 || (v < 0.35 + 0.65 * hash3(lash, 2, 5) && Math.abs(u - lash - lean) < 0.24 * (1 - v) + 0.04);
      },
      shade: (s, out) => {
        lit(s, identity.lighting, lash, 0.3, out);
      },
    },
    cloth: clothLook(identity),
  };
}
