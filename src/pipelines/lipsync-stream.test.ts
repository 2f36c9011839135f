import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor } from '../tensor/tensor.ts';
import { createImage8 } from '../tensor/image.ts';
import { rgbaLayout } from '../tensor/picture.ts';
import { abortError } from '../util/abort.ts';
import { PictureCanvas } from '../vision/face-canvas.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { LipsyncNetworks } from './lipsync-networks.ts';
import { lipsyncFrames, type LipsyncStreamOptions, type StreamFace, type StreamFrame } from './lipsync-stream.ts';

const SIDE = 200;
const AUDIO_SHAPE = [12, 64] as const;
const points: AlignmentPoints = [
  [75, 80],
  [125, 80],
  [100, 105],
];

const runtime = createRuntime();
let model: LipsyncModel;
let networks: LipsyncNetworks;

beforeAll(async () => {
  const tiny = await openLipsyncModel('tiny');
  model = tiny.withDefaults({ resolution: 64 });
  networks = await LipsyncNetworks.load(runtime, model);
});
afterAll(async () => {
  await networks[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

interface NumberedFrame extends StreamFrame {
  number: number;
}

/** A gray ramp that differs from frame to frame. */
function frame(
  number: number,
  options: Partial<Pick<StreamFace, 'startsTrack'>> & { points?: AlignmentPoints } = {},
): NumberedFrame {
  const image = createImage8(SIDE, SIDE, 4);
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (number * 3 + (i >> 10)) & 255;
  const audio = new Float32Array(AUDIO_SHAPE[0] * AUDIO_SHAPE[1]);
  fillHashed(audio, `audio.${number}`);
  const { startsTrack = number === 0 } = options;
  const face = { audio, points: options.points ?? points, startsTrack };
  return { number, pixels: image.data, faces: ['points' in options && !options.points ? undefined : face] };
}

function options(more: Partial<LipsyncStreamOptions> = {}): LipsyncStreamOptions {
  const noise = Tensor.float32(model.noiseShape);
  fillHashed(noise.data, 'noise');
  return {
    generator: networks.generator({ scheduler: 'ddim', numInferenceSteps: 1, guidanceScale: 1 }),
    resolution: model.defaults.resolution,
    windowFrames: 6,
    overlapFrames: 2,
    audioShape: AUDIO_SHAPE,
    noise,
    canvas: new PictureCanvas(model.defaults.resolution, rgbaLayout(SIDE, SIDE)),
    reference: false,
    ...more,
  };
}

/** Yields frames. */
async function* streamOf(frames: readonly NumberedFrame[]): AsyncGenerator<NumberedFrame> {
  await Promise.resolve();
  yield* frames;
}

/** Yields so many frames, made as they are asked for. */
async function* sourceOf(count: number): AsyncGenerator<NumberedFrame> {
  await Promise.resolve();
  for (let number = 0; number < count; number++) yield frame(number);
}

/** Something that others wait for. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

async function collect(frames: NumberedFrame[], more: Partial<LipsyncStreamOptions> = {}): Promise<NumberedFrame[]> {
  const out: NumberedFrame[] = [];
  for await (const item of lipsyncFrames(streamOf(frames), options(more))) out.push(item);
  return out;
}

const isUntouched = ({ number, pixels }: NumberedFrame): boolean =>
  Buffer.compare(Buffer.from(pixels), Buffer.from(frame(number).pixels)) === 0;

describe('lipsyncFrames', () => {
  it('yields every frame once and in order, whatever the windows', async () => {
    const out = await collect(Array.from({ length: 11 }, (_, number) => frame(number)));
    expect(out.map(({ number }) => number)).toEqual(Array.from({ length: 11 }, (_, number) => number));
    expect(out.filter(isUntouched)).toEqual([]);
  });

  it('encodes every face once, and draws what it would draw if every window encoded its own', async () => {
    const frames = (): NumberedFrame[] => Array.from({ length: 11 }, (_, number) => frame(number));
    const { generator } = options();
    let encoded = 0;
    const counting: LipsyncStreamOptions['generator'] = {
      encode: (faces, how) => {
        encoded += faces.shape[0];
        return generator.encode(faces, how);
      },
      generate: (inputs, how) => generator.generate(inputs, how),
    };
    const forgetful: LipsyncStreamOptions['generator'] = {
      encode: (faces, how) => generator.encode(faces, how),
      generate: (inputs, how) => generator.generate({ ...inputs, faceLatents: undefined }, how),
    };
    const [once, twice] = [
      await collect(frames(), { generator: counting }),
      await collect(frames(), { generator: forgetful }),
    ];
    expect(encoded).toBe(11);
    for (const [index, { pixels }] of once.entries()) {
      expect(Buffer.compare(Buffer.from(pixels), Buffer.from(twice[index].pixels))).toBe(0);
    }
  });

  it('leaves frames without a face as they are, and pixels far from the face', async () => {
    const frames = Array.from({ length: 9 }, (_, number) =>
      frame(number, number % 3 === 1 ? { points: undefined } : {}),
    );
    const out = await collect(frames);
    expect(out.filter(isUntouched).map(({ number }) => number)).toEqual([1, 4, 7]);
    const first = frame(0).pixels;
    for (const i of [0, SIDE * 4 - 4, first.length - 4]) expect(out[0].pixels[i]).toBe(first[i]);
  });

  it('draws the same for the same noise', async () => {
    const draw = async (): Promise<Uint8Array> => Uint8Array.from((await collect([frame(0), frame(1)]))[1].pixels);
    expect(Buffer.compare(await draw(), await draw())).toBe(0);
  });

  it('brings what is drawn closer to the frame when colors are matched', async () => {
    // Weights derived from names draw noise; the frames are a smooth ramp.
    const changeOf = async (colorMatch: boolean): Promise<number> => {
      const [out] = await collect([frame(3)], { colorMatch: colorMatch ? { width: SIDE, height: SIDE } : undefined });
      return Array.from(out.pixels).reduce((sum, value, i) => sum + Math.abs(value - frame3[i]), 0);
    };
    const frame3 = frame(3).pixels;
    expect(await changeOf(true)).toBeLessThan(0.8 * (await changeOf(false)));
  });

  it('gives what is drawn the detail of the frame', async () => {
    const pixelsWith = async (detail: boolean): Promise<Uint8Array> =>
      Uint8Array.from((await collect([frame(0)], { detail }))[0].pixels);
    const [plain, detailed] = [await pixelsWith(false), await pixelsWith(true)];
    expect(Buffer.compare(plain, detailed)).not.toBe(0);
    expect(Buffer.compare(await pixelsWith(true), detailed)).toBe(0);
  });

  it('draws faces of two lanes in windows of their own, and each as it would be alone', async () => {
    const count = 9;
    const other: AlignmentPoints = [
      [25, 30],
      [55, 30],
      [40, 45],
    ];
    const faceOf = (number: number, at: AlignmentPoints, first: number): StreamFace => {
      const [face] = frame(number, { points: at, startsTrack: number === first }).faces;
      return face!;
    };
    const draw = (laneFaces: ((number: number) => StreamFace | undefined)[]): Promise<NumberedFrame[]> => {
      const frames = Array.from({ length: count }, (_, number) => ({
        ...frame(number),
        faces: laneFaces.map((face) => face(number)),
      }));
      return collect(frames, { lanes: laneFaces.map(() => ({})) });
    };
    const large = (number: number): StreamFace => faceOf(number, points, 0);
    const late = (number: number): StreamFace | undefined => (number < 3 ? undefined : faceOf(number, other, 3));
    const [both, first, second] = [await draw([large, late]), await draw([large]), await draw([late])];
    expect(both.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, number) => number));
    for (const [number, { pixels }] of both.entries()) {
      const source = frame(number).pixels;
      // Where one of them alone changes something, both together do the same.
      for (const alone of [first, second]) {
        for (let i = 0; i < pixels.length; i++) {
          const isOwn = alone[number].pixels[i] !== source[i];
          const isShared = first[number].pixels[i] !== source[i] && second[number].pixels[i] !== source[i];
          if (isOwn && !isShared && pixels[i] !== alone[number].pixels[i])
            throw new Error(`frame ${number}, byte ${i}`);
        }
      }
    }
    expect(second.filter(isUntouched).map(({ number }) => number)).toEqual([0, 1, 2]);
  });

  it('begins a new window at a cut, so that what comes after does not change what came before', async () => {
    const before = [frame(0), frame(1), frame(2)];
    const [, , alone] = await collect(before);
    const [, , followed] = await collect([frame(0), frame(1), frame(2), frame(50, { startsTrack: true }), frame(51)]);
    expect(Buffer.compare(Buffer.from(alone.pixels), Buffer.from(followed.pixels))).toBe(0);
  });

  it('encodes the next window and hands out the frames of the one before while a window is drawn', async () => {
    const { generator } = options();
    const nextIsEncoded = gate();
    const firstIsTaken = gate();
    let encoded = 0;
    let drawn = 0;
    const waiting: LipsyncStreamOptions['generator'] = {
      encode: async (faces, how) => {
        const latents = await generator.encode(faces, how);
        if (++encoded === 3) nextIsEncoded.open();
        return latents;
      },
      generate: async (inputs, how) => {
        if (++drawn === 2) await Promise.all([nextIsEncoded.passed, firstIsTaken.passed]);
        return generator.generate(inputs, how);
      },
    };
    const numbers: number[] = [];
    for await (const { number } of lipsyncFrames(sourceOf(14), options({ generator: waiting }))) {
      numbers.push(number);
      if (number === 3) firstIsTaken.open();
    }
    expect(numbers).toEqual(Array.from({ length: 14 }, (_, number) => number));
    expect(drawn).toBe(3);
  });

  it.each([
    { mostAhead: 100, held: 6 + 2 * 5 },
    { mostAhead: 1, held: 6 + 2 },
  ])(
    'holds no more than a window, and what it finishes before and after it, or $mostAhead frames',
    async ({ mostAhead, held }) => {
      let given = 0;
      let most = 0;
      const counted = async function* (): AsyncGenerator<NumberedFrame> {
        for await (const item of sourceOf(30)) {
          given++;
          yield item;
        }
      };
      const still: LipsyncStreamOptions['generator'] = {
        encode: (faces) => Promise.resolve(Tensor.float32([faces.shape[0], 8, 8, 8])),
        generate: async ({ pixelValues, noise }) => {
          await sleep(1);
          return { pixelValues, latents: noise };
        },
      };
      let taken = 0;
      for await (const item of lipsyncFrames(counted(), options({ generator: still, mostAhead }))) {
        await sleep(5);
        most = Math.max(most, given - taken);
        expect(item.number).toBe(taken++);
      }
      expect(most).toBeLessThanOrEqual(held);
    },
  );

  it('ends a window at once when its frames are not taken, or no more can be read', async () => {
    const { generator } = options();
    const endless: LipsyncStreamOptions['generator'] = {
      encode: (faces, how) => generator.encode(faces, how),
      generate: (_inputs, how) =>
        new Promise((_resolve, reject) => {
          const signal = how!.signal!;
          signal.addEventListener('abort', () => {
            reject(abortError(signal));
          });
        }),
    };
    const more = options({ generator: endless });
    const withoutFace = frame(0, { points: undefined });
    for await (const { number } of lipsyncFrames(streamOf([withoutFace, frame(1), frame(2)]), more)) {
      expect(number).toBe(0);
      break;
    }
    const broken = async function* (): AsyncGenerator<NumberedFrame> {
      yield* sourceOf(6);
      await sleep(1);
      throw new Error('the file ends here');
    };
    await expect(lipsyncFrames(broken(), more).next()).rejects.toThrow('the file ends here');
  });

  it('stops between windows when the signal fires', async () => {
    const signal = AbortSignal.abort();
    await expect(collect([frame(0)], { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
