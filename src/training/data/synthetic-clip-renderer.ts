// One synthetic training clip: rendered, its faces found and aligned as in a real video, with everything known about it.
import type { VideoImage } from '../../media/video-reader.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { createImage8, stackImages, type Image8 } from '../../tensor/image.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { SyntheticClip } from '../../synthetic/synthetic-clip.ts';
import type { ClipRecipe } from './clip-recipe.ts';
import { faceCrops } from './face-crops.ts';
import { speechLabels } from '../../synthetic/speech-labels.ts';
import { labelRows, samplesOfFrames, toInt16, type TrainingClipContents } from './training-clip.ts';

/** Incremented when the same seeds give different clips, so that data prepared from the old ones is not mistaken for theirs. */
const RENDERING = '2';

/** A rendered clip, and what it took. */
export interface RenderedClip {
  /** Undefined when the face was lost on the way. */
  contents: TrainingClipContents | undefined;
  frames: number;
  /** Frames in which no face was found. */
  misses: number;
  /** Milliseconds of building the speaker and its speech, of drawing, and of finding and aligning faces. */
  milliseconds: { build: number; draw: number; align: number };
}

/** Options of {@link renderTrainingClip}. */
export interface RenderClipOptions {
  landmarker: FaceLandmarker;
  /** R: side of the faces. */
  resolution: number;
  /** Length of the clip; the recipe's utterance is cut there. */
  seconds: number;
  signal?: AbortSignal;
}

/** Returns what a clip's file says of where the clip comes from: two clips with the same are the same. */
export function syntheticOrigin({ name, person, options }: ClipRecipe, seconds: number): Record<string, string> {
  return {
    source: 'synthetic',
    rendering: RENDERING,
    name,
    person: String(person),
    seed: String(options.seed),
    seconds: String(seconds),
    sounds: options.sounds,
  };
}

/** Renders a clip. */
export async function renderTrainingClip(
  recipe: ClipRecipe,
  { landmarker, resolution, seconds, signal }: RenderClipOptions,
): Promise<RenderedClip> {
  const startedAt = performance.now();
  const clip = new SyntheticClip(recipe.options);
  const build = performance.now() - startedAt;
  const { frameRate } = clip;
  const frames = Math.min(clip.frameCount, Math.round(seconds * frameRate));
  let draw = 0;
  async function* drawn(): AsyncGenerator<VideoImage> {
    for (let index = 0; index < frames; index++) {
      throwIfAborted(signal);
      const before = performance.now();
      const data = new Uint8ClampedArray(4 * clip.head.width * clip.head.height);
      clip.render(index, data);
      draw += performance.now() - before;
      const { width, height } = clip.head;
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

  const faces: Image8[] = [];
  let seen = 0;
  let misses = 0;
  for await (const { face, isFound, startsTrack } of faceCrops(drawn(), { landmarker, resolution, signal })) {
    seen++;
    if (!isFound) misses++;
    if (!face || (startsTrack && faces.length > 0)) break;
    faces.push(face);
  }
  const align = performance.now() - startedAt - build - draw;
  const milliseconds = { build, draw, align };
  if (faces.length < frames) return { contents: undefined, frames: seen, misses, milliseconds };

  const { samples, phonemes } = clip.utterance;
  const audio = toInt16(samples.subarray(0, samplesOfFrames(frames, frameRate)));
  const measures = Array.from({ length: frames }, (_, frame) => clip.measureMouth(frame));
  const labels = {
    ...speechLabels(phonemes, labelRows(audio.length)),
    opening: Float32Array.from(measures, ({ opening }) => opening),
    width: Float32Array.from(measures, ({ width }) => width),
  };
  const origin = syntheticOrigin(recipe, seconds);
  return { contents: { frames: stackImages(faces), audio, frameRate, origin, labels }, frames, misses, milliseconds };
}
