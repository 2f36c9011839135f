// What is behind the speaker, out of focus: a context sweep, an office, or a room with a window.
import type { Backdrop, Color } from './identity.ts';
import { clamp, mix, noise2, SeededRandom, smoothstep } from './random.ts';

// Fills a rectangle with soft edges, in shares of the picture.
function softBox(
  out: Float32Array,
  width: number,
  height: number,
  box: readonly [left: number, top: number, right: number, bottom: number],
  blur: number,
  color: Color,
  opacity: number,
): void {
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / height;
    const down = smoothstep(box[1] - blur, box[1] + blur, v) * smoothstep(box[3] + blur, box[3] - blur, v);
    if (down === 0) continue;
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / width;
      const a =
        opacity * down * smoothstep(box[0] - blur, box[0] + blur, u) * smoothstep(box[2] + blur, box[2] - blur, u);
      if (a === 0) continue;
      const o = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) out[o + c] = mix(out[o + c], color[c], a);
    }
  }
}

function softDisc(
  out: Float32Array,
  width: number,
  height: number,
  disc: { x: number; y: number; radius: number; blur: number },
  color: Color,
  opacity: number,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.hypot((x + 0.5) / width - disc.x, ((y + 0.5) / height - disc.y) * (height / width));
      const a = opacity * smoothstep(disc.radius + disc.blur, disc.radius - disc.blur, distance);
      if (a <= 0) continue;
      const o = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) out[o + c] = mix(out[o + c], color[c], a);
    }
  }
}

/** Returns the backdrop as linear colors, [height, width, 3]. */
export function paintBackdrop(backdrop: Backdrop, width: number, height: number): Float32Array {
  const out = new Float32Array(3 * width * height);
  const random = new SeededRandom(backdrop.seed).fork('backdrop');
  const glowX = random.uniform(0.2, 0.8);
  const glowY = random.uniform(0.25, 0.6);
  const layer = backdrop.seed & 0xffff;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / width;
      const v = (y + 0.5) / height;
      const glow = Math.exp(-(((u - glowX) / 0.5) ** 2) - ((v - glowY) / 0.55) ** 2);
      const cloud = 0.06 * noise2(u * 3, v * 3, layer);
      const level = 0.34 + 0.62 * glow + cloud - 0.1 * smoothstep(0.6, 1, v);
      const o = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) out[o + c] = backdrop.color[c] * level;
    }
  }
  if (backdrop.kind === 'office') {
    const shelf = random.uniform(0.18, 0.3);
    for (const top of [shelf, shelf + 0.3, shelf + 0.6]) {
      softBox(out, width, height, [-0.1, top, 1.1, top + 0.025], 0.02, [0.1, 0.075, 0.055], 0.7);
      for (let x = random.uniform(-0.05, 0.05); x < 1;) {
        const bookWidth = random.uniform(0.02, 0.07);
        const shade = random.uniform(0.3, 1.1);
        const color = random.next() < 0.25 ? backdrop.accent : backdrop.color;
        if (random.next() < 0.75) {
          const bookTop = top - random.uniform(0.1, 0.2);
          softBox(
            out,
            width,
            height,
            [x, bookTop, x + bookWidth, top],
            0.022,
            [color[0] * shade, color[1] * shade, color[2] * shade],
            0.75,
          );
        }
        x += bookWidth + (random.next() < 0.2 ? 0.06 : 0);
      }
    }
  } else if (backdrop.kind === 'window') {
    const left = random.next() < 0.5 ? random.uniform(-0.2, 0) : random.uniform(0.62, 0.75);
    const right = left + 0.42;
    softBox(out, width, height, [left, -0.1, right, 0.78], 0.035, [0.85, 0.9, 0.95], 0.85);
    softBox(out, width, height, [left, 0.45, right, 0.78], 0.09, [0.32, 0.42, 0.26], 0.5);
    softBox(
      out,
      width,
      height,
      [(left + right) / 2 - 0.012, -0.1, (left + right) / 2 + 0.012, 0.8],
      0.02,
      [0.16, 0.14, 0.12],
      0.8,
    );
    softBox(out, width, height, [left - 0.05, 0.77, right + 0.05, 0.83], 0.02, [0.3, 0.27, 0.24], 0.8);
  }
  if (backdrop.kind !== 'context') {
    for (let k = 0; k < 5; k++) {
      const radius = random.uniform(0.015, 0.045);
      const disc = { x: random.next(), y: random.uniform(0.05, 0.7), radius, blur: 0.008 };
      const [r, g, b] = backdrop.accent;
      softDisc(out, width, height, disc, [r * 1.6 + 0.1, g * 1.6 + 0.1, b * 1.6 + 0.1], random.uniform(0.15, 0.4));
    }
  }
  // Corners fall off as a lens's do.
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const r2 = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2;
      const o = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) out[o + c] = clamp(out[o + c] * (1 - 0.35 * r2), 0, 4);
    }
  }
  return out;
}
