// A clip of a synthetic speaker saying a sentence: pictures [H,W,4], sound, and what the mouth truly does in each frame.
import { checkNumber } from '../util/assert.ts';
import type { Expression } from './expression.ts';
import type { MouthMeasures } from './face-rig.ts';
import { speak, SPEECH_SAMPLE_RATE, type Utterance } from './formant-synthesizer.ts';
import { HeadMotion, type HeadMotionOptions } from './head-motion.ts';
import { sampleIdentity, type Identity } from './identity.ts';
import { sampleVoice, type Voice } from './prosody.ts';
import { SeededRandom } from './random.ts';
import { TalkingHead, type TalkingHeadOptions } from './talking-head.ts';
import { VisemeTrack } from './viseme-track.ts';

/** What is to be said, by whom, and how it is drawn. */
export interface SyntheticClipOptions extends TalkingHeadOptions {
  /** The sounds of the sentence, as in sentences.ts, or speech that was made before; `voice` has no effect then. */
  sounds: string | Utterance;
  /** Decides everything that is not given. */
  seed: number;
  /** Defaults to the seed's. */
  identity?: Identity;
  /** Defaults to the seed's. */
  voice?: Voice;
  /** Pictures per second; defaults to 25. */
  frameRate?: number;
  /** How far the mouth moves; 1, the default, is usual. */
  articulation?: number;
  motion?: HeadMotionOptions;
}

/**
 * One clip; the same options give the same pictures and sound.
 *
 * @example
 * const clip = new SyntheticClip({ sounds: SENTENCES[0].sounds, seed: 7, width: 256, height: 256 });
 * for (let frame = 0; frame < clip.frameCount; frame++) show(clip.render(frame));
 */
export class SyntheticClip {
  readonly head: TalkingHead;
  /** The sound, at {@link SPEECH_SAMPLE_RATE}, and when each of its phonemes is spoken. */
  readonly utterance: Utterance;
  readonly frameRate: number;
  /** Whole frames within the sound. */
  readonly frameCount: number;
  readonly #track: VisemeTrack;
  readonly #motion: HeadMotion;

  /** @throws RangeError when an option is out of range or a sound is unknown. */
  constructor(options: SyntheticClipOptions) {
    const { sounds, seed, articulation = 1 } = options;
    this.frameRate = checkNumber('options.frameRate', options.frameRate ?? 25, 1, 240);
    const voice = options.voice ?? sampleVoice(new SeededRandom(seed).fork('voice'));
    this.utterance = typeof sounds === 'string' ? speak(sounds, voice, seed) : sounds;
    const duration = this.utterance.samples.length / SPEECH_SAMPLE_RATE;
    this.frameCount = Math.floor(duration * this.frameRate);
    this.head = new TalkingHead(options.identity ?? sampleIdentity(seed), options);
    this.#track = new VisemeTrack(this.utterance.phonemes, articulation);
    this.#motion = new HeadMotion(seed, this.utterance.phonemes, duration, options.motion);
  }

  /** Returns the face in the middle of a frame's time; `frame` may be between two. */
  expressionAt(frame: number): Expression {
    const time = (frame + 0.5) / this.frameRate;
    return this.#motion.at(time, this.#track.at(time));
  }

  /** Draws a frame; returns RGBA, [height, width, 4] (`out`, when given). */
  render(frame: number, out?: Uint8ClampedArray): Uint8ClampedArray {
    return this.head.render(this.expressionAt(frame), out);
  }

  /** Returns by how many pixels the face moves while a frame is shown, in the middle of its time. */
  motionAt(frame: number): { x: number; y: number } {
    const [before, after] = [frame - 0.25, frame + 0.25].map((at) => this.head.placeOfFace(this.expressionAt(at)));
    return { x: 2 * (after[0] - before[0]), y: 2 * (after[1] - before[1]) };
  }

  /** Returns what the mouth measures in a frame. */
  measureMouth(frame: number): MouthMeasures {
    return this.head.measureMouth(this.expressionAt(frame));
  }
}
