// SpeechTokens: the audio tokens of the faces in all lanes, from the features of the speeches that they hear, computed as they are needed.
import type { FeatureRows } from '../../audio/feature-windows.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { heardRowsOf, type Lane } from '../lanes.ts';
import type { PlannedFrame } from '../window-plan.ts';
import { featureChunks, silentChunk, type AudioFeaturesOptions, type AudioMeasure } from './audio-features.ts';
import type { FeatureChunks } from './audio2feature.ts';

/** What {@link SpeechTokens} listens to, and how. */
export interface SpeechTokensOptions extends Omit<AudioFeaturesOptions, 'wanted'> {
  /** The speeches that lanes hear. */
  speeches: readonly { readonly sound: AudioReader; readonly measure: AudioMeasure }[];
  lanes: readonly Lane[];
  /** The frame of the output from which on faces are drawn. */
  firstFrame: number;
  /** Frames of context before and after. */
  audioFeatLength: readonly [number, number];
}

/** What is heard of a speech. */
interface HeardSpeech {
  readonly firstRow: number;
  readonly chunks: FeatureChunks;
}

/** Finds the audio tokens of faces. Disposing it ends the computing of more. */
export class SpeechTokens implements AsyncDisposable {
  readonly #options: SpeechTokensOptions;
  /** By speech; undefined where no face hears it. */
  readonly #heard: readonly (HeardSpeech | undefined)[];
  readonly #silence = new Map<number, Promise<Float32Array>>();

  constructor(options: SpeechTokensOptions) {
    const { speeches, lanes, firstFrame } = options;
    this.#options = options;
    this.#heard = speeches.map(({ sound, measure }, speech) => {
      const heard: readonly FeatureRows[] = heardRowsOf(lanes, speech, firstFrame);
      if (heard.length === 0) return undefined;
      return { firstRow: heard[0].from, chunks: featureChunks(sound, measure, { ...options, heard }) };
    });
  }

  /** Computes what is heard first. */
  async begin(): Promise<void> {
    for (const heard of this.#heard) await heard?.chunks.chunk(heard.firstRow);
  }

  /**
   * Returns the tokens of a face, [chunk rows · layers, state] flat.
   *
   * @param frame - in the order of the output.
   * @param speech - which one it hears; undefined: none.
   */
  async of({ audioRow, audibleShare }: PlannedFrame, speech: number | undefined): Promise<Float32Array> {
    const heard = speech === undefined || audibleShare === 0 ? undefined : this.#heard[speech];
    const audible = await heard?.chunks.chunk(audioRow!);
    if (audible && audibleShare === 1) return audible;
    const silent = await this.#silent(speech ?? 0);
    return audible ? audible.map((value, at) => audibleShare * value + (1 - audibleShare) * silent[at]) : silent;
  }

  /** Returns the tokens of silence beside a speech. */
  #silent(speech: number): Promise<Float32Array> {
    const { audio2feature, speeches, audioFeatLength, signal } = this.#options;
    const known = this.#silence.get(speech);
    if (known) return known;
    const silent = silentChunk(audio2feature, speeches[speech].measure, { audioFeatLength, signal });
    this.#silence.set(speech, silent);
    return silent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const heard of this.#heard) await heard?.chunks[Symbol.asyncDispose]();
  }
}
