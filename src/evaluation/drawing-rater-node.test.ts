// Drawings of two faces, one with its mouth closed and one with it open, rated against a tone that comes and goes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWav } from '../../test/fixtures/media/make-media.ts';
import { facePicture } from '../../test/support/face-pictures.ts';
import { openAudio } from '../media/input-file-node.ts';
import { measureAudio } from '../pipelines/audio/audio-features.ts';
import { createImage8, toPixelValues } from '../tensor/image.ts';
import { Tensor } from '../tensor/tensor.ts';
import { cropImage } from '../vision/contact-sheet.ts';
import { resizeArea } from '../vision/resize.ts';
import { openDrawingRater } from './drawing-rater-node.ts';

const SIDE = 128;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-rater-'));
  // Loud in every other fifth of a second.
  const tone = Float32Array.from({ length: 16000 }, (_, i) =>
    Math.floor(i / 3200) % 2 === 0 ? 0.5 * Math.sin(i / 9) : 0.001 * Math.sin(i / 9),
  );
  await writeWav(join(folder, 'tone.wav'), 16000, [tone]);
});
afterAll(() => rm(folder, { recursive: true }));

function pixelsOf(name: 'closed' | 'open-turned'): Float32Array {
  const { data } = resizeArea(cropImage(facePicture(name), { x: 40, y: 30, width: 176, height: 176 }), SIDE, SIDE);
  const rgb = createImage8(
    SIDE,
    SIDE,
    3,
    Uint8Array.from({ length: 3 * SIDE ** 2 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]),
  );
  return toPixelValues(rgb);
}

it('rates mouths that open when it is loud above those that close, and knows nothing of silence', async () => {
  await using sound = await openAudio(join(folder, 'tone.wav'));
  const speech = { sound, measure: await measureAudio(sound, undefined) };
  await using rater = await openDrawingRater([speech], { threads: 1 });
  const faces = { open: pixelsOf('open-turned'), closed: pixelsOf('closed') };
  const drawing = (shown: readonly ('open' | 'closed')[]): Tensor<'float32'> =>
    Tensor.concat(
      shown.map((name) => Tensor.float32([1, 3, SIDE, SIDE], faces[name])),
      0,
    );
  // The middles of fifths: loud, quiet, loud, quiet.
  const heard = [5, 15, 25, 35].map((row) => ({ speech: 0, row }));
  const follows = await rater.rate(drawing(['open', 'closed', 'open', 'closed']), heard, undefined);
  expect(follows).toBeGreaterThan(0.9);
  const opposes = await rater.rate(drawing(['closed', 'open', 'closed', 'open']), heard, undefined);
  expect(opposes).toBeLessThan(-0.9);
  expect(await rater.rate(drawing(['open', 'closed']), [undefined, undefined], undefined)).toBe(0);
});
