// One synthetic training clip: rendered, filmed, its faces found and aligned as in a real video, with everything known about it.
import type { VideoImage } from '../../media/video-reader.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { createImage8, stackImages, type Image8 } from '../../tensor/image.ts';
import { Camera } from '../camera/camera.ts';
import { PERFECT_CAMERA } from '../camera/camera-look.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { SyntheticClip } from '../../synthetic/synthetic-clip.ts';
import { speakRequest } from '../voices/recorded-speech-node.ts';
import type { ClipRecipe, ClipSetRecipe } from './clip-recipe.ts';
import { faceCrops } from './face-crops.ts';
import { throughH264 } from './h264-pass-node.ts';
import { speechLabels } from '../../synthetic/speech-labels.ts';
import { writeSpokenSounds } from './spoken-sounds.ts';
import { labelRows, samplesOfFrames, toInt16, type TrainingClipContents } from './training-clip.ts';

/** Incremented when the same seeds give different clips, so that data prepared from the old ones is not mistaken for theirs. */
const RENDERING = '3';

/** Milliseconds of each part of the work on a clip. */
export type RenderingTimes = Record<'build' | 'draw' | 'film' | 'align', number>;

/** Parts of the work on a clip. */
export const RENDERING_PARTS: readonly (keyof RenderingTimes)[] = ['build', 'draw', 'film', 'align'];

/** A rendered clip, and what it took. */
export interface RenderedClip {
  /** Undefined when the face was lost on the way. */
  contents: TrainingClipContents | undefined;
  frames: number;
  /** Frames in which no face was found. */
  misses: number;
  /** Milliseconds of building the speaker and its speech, of drawing, of filming, and of finding and aligning faces. */
  milliseconds: RenderingTimes;
}

/** Options of {@link renderTrainingClip}. */
export interface RenderClipOptions {
  landmarker: FaceLandmarker;
  /** Which set the recipe is of; its utterance is cut at the end of the clip. */
  set: ClipSetRecipe;
  signal?: AbortSignal;
}

/** Returns what a clip's file says of where the clip comes from: two clips with the same are the same. */
export function syntheticOrigin(
  { name, person, request, options, camera }: ClipRecipe,
  set: ClipSetRecipe,
): Record<string, string> {
  return {
    source: 'synthetic',
    rendering: RENDERING,
    name,
    person: String(person),
    seed: String(options.seed),
    seconds: String(set.seconds),
    resolution: String(set.resolution),
    camera: camera === PERFECT_CAMERA ? 'perfect' : JSON.stringify(camera),
    ...(request ? { speech: JSON.stringify(request) } : { sounds: options.sounds }),
  };
}

/** Renders a clip. */
export async function renderTrainingClip(
  recipe: ClipRecipe,
  { landmarker, set, signal }: RenderClipOptions,
): Promise<RenderedClip> {
  const startedAt = performance.now();
  const { request, options } = recipe;
  const recorded = request && (await speakRequest(request, signal));
  const clip = new SyntheticClip(recorded ? { ...options, sounds: recorded } : options);
  const build = performance.now() - startedAt;
  const { frameRate } = clip;
  const frames = Math.min(clip.frameCount, Math.round(set.seconds * frameRate));
  const { width, height } = clip.head;
  const camera = new Camera(recipe.camera, recipe.options.seed);
  let draw = 0;
  let film = 0;
  async function* drawn(): AsyncGenerator<VideoImage> {
    for (let index = 0; index < frames; index++) {
      throwIfAborted(signal);
      const before = performance.now();
      const data = new Uint8ClampedArray(4 * width * height);
      clip.render(index, data);
      const between = performance.now();
      camera.film({ data, width, height }, index, clip.motionAt(index));
      draw += between - before;
      film += performance.now() - between;
      yield {
        index,
        sourceIndex: index,
        timestampSeconds: index / frameRate,
        durationSeconds: 1 / frameRate,
        data: createImage8(width, height, 4, data),
      };
      // Lets messages in.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  async function* filmed(): AsyncGenerator<VideoImage> {
    let shown: AsyncIterable<VideoImage> = drawn();
    for (const compression of recipe.camera.compressions) {
      if (compression.codec !== 'h264') continue;
      shown = throughH264(shown, { width, height, frameRate, crf: compression.crf, signal });
    }
    yield* shown;
  }

  const faces: Image8[] = [];
  let seen = 0;
  let misses = 0;
  for await (const { face, isFound, startsTrack } of faceCrops(filmed(), {
    landmarker,
    resolution: set.resolution,
    signal,
  })) {
    seen++;
    if (!isFound) misses++;
    if (!face || (startsTrack && faces.length > 0)) break;
    faces.push(face);
  }
  const align = performance.now() - startedAt - build - draw - film;
  const milliseconds = { build, draw, film, align };
  if (faces.length < frames) return { contents: undefined, frames: seen, misses, milliseconds };

  const { samples, phonemes } = clip.utterance;
  const audio = toInt16(samples.subarray(0, samplesOfFrames(frames, frameRate)));
  const measures = Array.from({ length: frames }, (_, frame) => clip.measureMouth(frame));
  const labels = {
    ...speechLabels(phonemes, labelRows(audio.length)),
    opening: Float32Array.from(measures, ({ opening }) => opening),
    width: Float32Array.from(measures, ({ width }) => width),
  };
  const origin = {
    ...syntheticOrigin(recipe, set),
    ...(recorded && { spoken: writeSpokenSounds(phonemes) }),
  };
  return { contents: { frames: stackImages(faces), audio, frameRate, origin, labels }, frames, misses, milliseconds };
}
