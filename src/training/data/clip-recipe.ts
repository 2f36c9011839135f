// Which synthetic clip a number stands for: who speaks, what, how lively, and how near the camera is. Seeded.
import { sampleIdentity } from '../../synthetic/identity.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { clamp, SeededRandom } from '../../synthetic/random.ts';
import type { SyntheticClipOptions } from '../../synthetic/synthetic-clip.ts';
import { inventUtterance } from '../../synthetic/utterances.ts';
import { checkInteger } from '../../util/assert.ts';
import { PERFECT_CAMERA, sampleCamera, type CameraLook } from '../camera/camera-look.ts';
import { voicesFor, type SpeechSource } from '../voices/recorded-voices.ts';
import { inventRequest, type SpeechRequest } from '../voices/speech-request.ts';

/** People of one set of clips: set s has the seeds from s · 1 000 000 on. */
const PEOPLE_PER_SET = 1_000_000;
/**
 * People with seeds from here on are held out, and so are their voices and what they say: clips for training never have such a
 * seed, and clips for testing always do.
 */
const HELD_OUT_FROM = 1_000_000_000;

/** Returns whether a synthetic person, by its seed, is one that training never sees. */
export function isHeldOut(person: number): boolean {
  return person >= HELD_OUT_FROM;
}

/** Frames per second of synthetic clips. */
export const CLIP_FRAME_RATE = 25;

/** Side of the pictures that are drawn relative to that of the aligned faces, so that faces are about as large before as after. */
const PICTURE_SCALE = 1.5;

/** Fraction of the clips in which the head is turned, and how far at most; radians. */
const TURNED_SHARE = 0.35;
const LARGEST_TURN = 0.7;

/** Fraction of the phrases that are real sentences, in clips for training. */
const SENTENCE_SHARE = 0.15;

/** Which clips are meant. */
export interface ClipSetRecipe {
  /** Number of the set, 1 … 999; sets have no people in common. */
  seed: number;
  /** Whether the people are those that training never sees. */
  heldOut: boolean;
  /** Consecutive clips of one person. */
  clipsPerPerson: number;
  /** Length of every clip. */
  seconds: number;
  /** Side of the aligned faces, pixels; a multiple of 8. */
  resolution: number;
  /** Whether the clips stay as they are rendered, instead of being filmed. */
  clean: boolean;
  /** Who speaks, each as often as the others. */
  speech: readonly SpeechSource[];
}

/** A clip that can be rendered. */
export interface ClipRecipe {
  /** Begins the file's name; no two clips of any set share it. */
  name: string;
  /** Seed of the person and the voice. */
  person: number;
  /** What a recorded voice is to say; undefined where the formant synthesizer speaks. */
  request: SpeechRequest | undefined;
  /** With the sounds for the formant synthesizer, used where there is no request. */
  options: SyntheticClipOptions & { sounds: string };
  /** What it is filmed with. */
  camera: CameraLook;
}

/** Seconds of speech beyond the clip's own, so that a clip is never shorter than asked. */
const SPARE_SECONDS = 0.5;

/**
 * Returns clip number `index` of a set; the same everywhere.
 *
 * @throws RangeError when the set has no such clip.
 */
export function clipRecipe(set: ClipSetRecipe, index: number): ClipRecipe {
  checkInteger('options.seed', set.seed, 1, 999);
  checkInteger('index', index, 0, PEOPLE_PER_SET * set.clipsPerPerson - 1);
  const take = index % set.clipsPerPerson;
  const number = Math.floor(index / set.clipsPerPerson);
  const person = (set.heldOut ? HELD_OUT_FROM : 0) + set.seed * PEOPLE_PER_SET + number;
  // Another take is another sentence, light, place and dress, of the same person with the same voice.
  const random = new SeededRandom(person).fork(`take ${take}`);
  const seed = random.integer(2 ** 31);
  const source = random.fork('speech').pick(set.speech);
  const scene = sampleIdentity(seed);
  const manner = random.fork('manner');
  const isTurned = manner.next() < TURNED_SHARE;
  return {
    name: `synthetic-${person}-${take}`,
    person,
    camera: set.clean ? PERFECT_CAMERA : sampleCamera(random.fork('camera')),
    request:
      source === 'synthetic'
        ? undefined
        : inventRequest(random.fork('request'), {
            voices: voicesFor(set.heldOut ? 'report' : 'training', [source]),
            seconds: set.seconds + SPARE_SECONDS,
          }),
    options: {
      seed,
      identity: {
        ...sampleIdentity(person),
        lighting: scene.lighting,
        backdrop: scene.backdrop,
        clothing: scene.clothing,
      },
      voice: sampleVoice(new SeededRandom(person).fork('voice')),
      sounds: inventUtterance(random.fork('words'), {
        // Fast voices need more words.
        seconds: 1.35 * set.seconds + 0.5,
        sentences: set.heldOut ? 0 : SENTENCE_SHARE,
      }),
      frameRate: CLIP_FRAME_RATE,
      articulation: clamp(random.normal(1, 0.13), 0.7, 1.3),
      motion: {
        liveliness: random.uniform(0.4, 1.7),
        yaw: random.normal(0, 0.1) + (isTurned ? manner.uniform(-1, 1) * LARGEST_TURN : 0),
        pitch: random.normal(0, 0.05) + (isTurned ? manner.normal(0, 0.08) : 0),
        smile: manner.next() < 0.5 ? manner.uniform(0, 0.25) : manner.uniform(0.25, 1),
        showsTeeth: Math.max(0, manner.normal(0.45, 0.4)),
      },
      width: PICTURE_SCALE * set.resolution,
      height: PICTURE_SCALE * set.resolution,
      viewHeight: random.uniform(23, 31),
      centerX: random.normal(0, 0.6),
      centerY: -3.8 + random.normal(0, 0.5),
    },
  };
}
