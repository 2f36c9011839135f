// sampleSpeech: any amount of speech by any number of voices, with what is spoken and what the mouth does. 16 kHz mono.
import { checkInteger, checkNumber } from '../../util/assert.ts';
import { speak } from '../../synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { inventUtterance } from '../../synthetic/utterances.ts';
import { augmentSound, sampleAugmentation } from './sound-augmentation.ts';
import { speechLabels } from '../../synthetic/speech-labels.ts';
import type { SpeechLabels } from '../../synthetic/speech-labels.ts';
import { CLIP_SAMPLE_RATE, labelRows } from './training-clip.ts';

/** Sound with its labels. */
export interface SampledSpeech extends SpeechLabels {
  /** Mono at 16 kHz, within ±1. */
  samples: Float32Array;
}

/** Changes whenever the same seed gives different speech, so that stored speech is made again. */
export const SPEECH_VERSION = '1';

/** Fraction of the samples in which no one speaks. */
const SILENT_SHARE = 0.03;

/**
 * Returns speech in a voice of its own, colored by rooms, microphones and noise; the same seed gives the same speech.
 *
 * @param seed - from 0 to below 1 000 000 000 for training, from there to below 2³¹ for testing, which gives different voices and words.
 * @param seconds - 0.1 … 120.
 */
export function sampleSpeech(seed: number, seconds: number): SampledSpeech {
  checkInteger('seed', seed, 0, 2 ** 31 - 1);
  checkNumber('seconds', seconds, 0.1, 120);
  const random = new SeededRandom(seed).fork('speech sample');
  const length = Math.round(seconds * CLIP_SAMPLE_RATE);
  const rows = labelRows(length);
  const voice = sampleVoice(new SeededRandom(seed).fork('voice'));
  const spoken = random.next() >= SILENT_SHARE;
  const sounds = spoken ? inventUtterance(random, { seconds: 1.4 * seconds + 1 }) : `,${seconds.toFixed(2)}`;
  const utterance = speak(sounds, voice, random.integer(2 ** 31));
  const samples = new Float32Array(length);
  samples.set(utterance.samples.subarray(0, length));
  const augmentation = sampleAugmentation(random);
  return {
    samples: augmentSound(samples, augmentation, random.fork('augmentation')),
    ...speechLabels(utterance.phonemes, rows),
  };
}
