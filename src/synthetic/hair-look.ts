// How hair is drawn: ribbons cut into strands, with the two shifted highlights of fibers (after Kajiya & Kay 1989, Scheuermann 2004).
import type { MaterialLook } from './frame-renderer.ts';
import type { Identity } from './identity.ts';
import type { SurfaceSample } from './lighting.ts';
import { hash3, mix, smoothstep } from './random.ts';

type Direction = readonly [number, number, number];

/** Strands across a ribbon. */
const STRANDS = 11;

// Diffuse light on a strand along t: the sine of the angle to the light, dimmed where the head turns away.
function strandLight(s: SurfaceSample, d: Direction): number {
  const along = s.tx * d[0] + s.ty * d[1] + s.tz * d[2];
  return Math.sqrt(Math.max(0, 1 - along * along)) * smoothstep(-0.35, 0.8, s.nx * d[0] + s.ny * d[1] + s.nz * d[2]);
}

// Highlight of a strand: the sine of the angle between it and the half vector, to the power 2^squarings.
function strandShine(s: SurfaceSample, d: Direction, squarings: number, shift: number): number {
  const facing = smoothstep(-0.2, 0.5, s.nx * d[0] + s.ny * d[1] + s.nz * d[2]);
  if (facing === 0) return 0;
  const hx = d[0] + s.vx;
  const hy = d[1] + s.vy;
  const hz = d[2] + s.vz;
  const along = (s.tx * hx + s.ty * hy + s.tz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz) + shift;
  let power = Math.max(0, 1 - along * along);
  for (let i = 1; i < squarings; i++) power *= power;
  return power * facing;
}

/** Returns how one person's hair is drawn. Texture u is the ribbon's number plus the place across it, v the place along it. */
export function hairLook({ lighting, hairColor }: Identity): MaterialLook {
  const { key, fill, rim, exposure } = lighting;
  const light = (hairColor[0] + hairColor[1] + hairColor[2]) / 3;
  return {
    twoSided: true,
    covers(u, v) {
      const id = Math.floor(u);
      const place = (u - id) * STRANDS;
      const strand = Math.floor(place);
      const end = 0.6 + 0.4 * hash3(id, strand, 7);
      if (v > end || v < 0.12 * hash3(id, strand, 8) - 0.06) return false;
      const within = Math.abs(place - strand - 0.5) * 2;
      const edge = Math.abs(2 * (u - id) - 1);
      const taper = 0.85 * Math.max(0, (v / end - 0.7) / 0.3);
      return within < 1.05 - taper - 0.5 * edge * edge * hash3(id, strand, 9);
    },
    shade(s, out) {
      const id = Math.floor(s.u);
      const strand = Math.floor((s.u - id) * STRANDS);
      const variation = hash3(id, strand, 11);
      const shade = (0.72 + 0.4 * variation + 0.3 * hash3(id, 3, 12)) * (0.65 + 0.35 * smoothstep(0, 0.4, s.v));
      const length = 1 / Math.sqrt(s.tx * s.tx + s.ty * s.ty + s.tz * s.tz + 1e-12);
      s.tx *= length;
      s.ty *= length;
      s.tz *= length;
      const k = strandLight(s, key.direction) * s.keyLight;
      const f = strandLight(s, fill.direction) * s.ambient;
      const r = strandLight(s, rim.direction) * s.ambient;
      const jitter = 0.16 * (variation - 0.5);
      const first = strandShine(s, key.direction, 6, -0.08 + jitter) * s.keyLight;
      const second = strandShine(s, key.direction, 4, 0.12 + jitter) * s.keyLight;
      const back = strandShine(s, rim.direction, 4, jitter) * s.ambient;
      const side = strandShine(s, fill.direction, 5, jitter) * s.ambient;
      const gloss = (0.03 + 0.05 * light) * first * (0.4 + variation);
      for (let c = 0; c < 3; c++) {
        const dome = mix(lighting.ground[c], lighting.sky[c], 0.5 + 0.5 * s.ny);
        const diffuse = k * key.color[c] + f * fill.color[c] + 0.8 * r * rim.color[c] + 0.9 * s.ambient * dome;
        const shine = 0.9 * second * key.color[c] + 0.8 * side * fill.color[c] + 1.1 * back * rim.color[c];
        out[c] = exposure * (hairColor[c] * shade * (1.15 * diffuse + shine) + gloss * key.color[c]);
      }
    },
  };
}
