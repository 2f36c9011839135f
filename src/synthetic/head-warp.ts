// From the canonical head to one person's: smooth local displacements of space, so that every mesh stays joined to the others.
import { EYE_CENTER } from './head-field.ts';
import type { FaceShape } from './identity.ts';
import { curveThrough, lipContact, MOUTH_HALF_WIDTH } from './face-contours.ts';
import { smoothstep } from './random.ts';

// The sculpture's nose is longer and its chin shorter than people's, measured with the face mesh on real clips.
const proportion = curveThrough(
  [-18, -13, -11, -9, -6.5, -4.1, -2.5, -1, 0.6],
  [-0.1, -0.25, -0.25, 0, 0.42, 0.42, 0.22, 0.05, 0],
);

/** Returns the size of a person's eyes relative to the canonical ones. */
export function eyeScale(shape: FaceShape): number {
  return 1 + 0.07 * shape.eyeSize;
}

function bump(dx: number, dy: number, dz: number): number {
  return Math.exp(-(dx * dx + dy * dy + dz * dz));
}

/** Moves canonical positions [n, 3] in place to where a person with the given shape has them. */
export function warpHead(positions: Float32Array, shape: FaceShape): void {
  for (let i = 0; i < positions.length; i += 3) {
    const cx = positions[i];
    const y = positions[i + 1];
    const z = positions[i + 2];
    const x = Math.abs(cx);
    const sign = cx < 0 ? -1 : 1;
    let dx = 0;
    let dy = proportion(y);
    let dz = 0;
    // Flat over the eye itself, so that lids and eyeball move together.
    const eye = smoothstep(3.6, 1.7, Math.hypot(x - EYE_CENTER.x, 1.15 * (y - EYE_CENTER.y), 0.5 * (z - 8)));
    dx += eye * 0.22 * shape.eyeSpacing;
    const size = eyeScale(shape);
    dx += eye * (size - 1) * (x - EYE_CENTER.x);
    dy += eye * (size - 1) * (y - EYE_CENTER.y);
    dz += eye * (size - 1) * (z - EYE_CENTER.z);
    dy += eye * 0.05 * shape.eyeTilt * (x - EYE_CENTER.x);

    dx += 0.035 * shape.faceWidth * x;
    const lower = smoothstep(-1, -11, y) * smoothstep(-17, -12, y);
    dy -= 0.55 * shape.faceLength * lower;
    dx += (0.12 * shape.jawWidth - 0.03) * x * bump((x - 4.6) / 3, (y + 7.5) / 2.8, (z - 2.5) / 5);
    dx += (0.1 * shape.jawWidth - 0.05) * x * bump((x - 3) / 2.4, (y + 10) / 2.2, (z - 5) / 5);
    const chin = bump(x / 2.6, (y + 10.4) / 1.7, (z - 8.5) / 3.5);
    dy -= 0.45 * shape.chinHeight * chin;
    dz += 0.4 * shape.chinForward * chin;
    dx += 0.28 * shape.cheekbones * bump((x - 5) / 1.8, (y + 2) / 1.6, (z - 5) / 4);
    dz += 0.2 * shape.cheekbones * bump((x - 4) / 1.6, (y + 2) / 1.4, (z - 7) / 3);
    const cheek = bump((x - 4.4) / 2.2, (y + 5) / 2.4, (z - 5) / 4);
    dx += 0.35 * shape.cheekFullness * cheek;
    dz += 0.2 * shape.cheekFullness * cheek;
    dz += 0.3 * shape.browRidge * bump((x - 2) / 2.4, (y - 2) / 0.9, (z - 8.5) / 3);

    const wing = bump((x - 1.2) / 0.9, (y + 3.2) / 1.1, (z - 10) / 1.6);
    dx += 0.26 * shape.noseWidth * wing;
    const tip = bump(x / 1.5, (y + 3.0) / 1.5, (z - 11) / 1.8);
    dy -= 0.35 * shape.noseLength * tip;
    dz += 0.35 * shape.noseForward * tip;
    dz += 0.32 * shape.noseBridge * bump(x / 0.9, (y + 0.8) / 1.6, (z - 10) / 1.6);

    const mouth = bump(Math.max(0, x - MOUTH_HALF_WIDTH) / 1.2, (y + 6.5) / 2, (z - 9) / 3);
    // The sculpture's mouth is narrower than people's: 61 of 192 pixels of an aligned face, on real clips 67 to 70.
    dx += (0.09 * shape.mouthWidth + 0.08) * Math.min(x, MOUTH_HALF_WIDTH) * mouth;
    dy += 0.25 * shape.mouthHeight * mouth;
    // Fuller lips: their outer edges move away from the line of contact and their bodies forward.
    const contact = lipContact(Math.min(x, MOUTH_HALF_WIDTH));
    const away = y - contact;
    const full = away > 0 ? shape.upperLip : shape.lowerLip;
    const body = bump(x / 2.2, (Math.abs(away) - 0.6) / 0.7, (z - 10) / 2);
    dy += 0.16 * full * Math.sign(away) * Math.min(1, Math.abs(away) / 0.5) * body;
    dz += 0.09 * full * body;

    dx += 0.09 * shape.neckWidth * x * smoothstep(-9, -13, y) * smoothstep(6, 3, z);
    // What is not the same on both sides.
    const shift = 0.22 * shape.jawShift * smoothstep(-4.5, -9.5, y) * smoothstep(-15, -12, y) * smoothstep(1, 5, z);
    dy += 0.035 * shape.mouthTilt * cx * mouth;
    positions[i] = cx + sign * dx + shift;
    positions[i + 1] = y + dy;
    positions[i + 2] = z + dz;
  }
}
