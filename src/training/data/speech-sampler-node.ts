// sampleSpeech: any amount of speech by any number of voices, with what is spoken and what the mouth does. 16 kHz mono.
import { checkInteger, checkNumber } from '../../util/assert.ts';
import { speak, type Utterance } from '../../synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { inventUtterance } from '../../synthetic/utterances.ts';
import { speechLabels, type SpeechLabels } from '../../synthetic/speech-labels.ts';
import { voicesFor, type SpeechSource } from '../voices/recorded-voices.ts';
import { speakRequest } from '../voices/recorded-speech-node.ts';
import { inventRequest } from '../voices/speech-request.ts';
import { isHeldOut } from './clip-recipe.ts';
import { degradeSound, sampleDegradation } from './degraded-sound-node.ts';
import { CLIP_SAMPLE_RATE, labelRows } from './training-clip.ts';

/** Sound with its labels. */
export interface SampledSpeech extends SpeechLabels {
  /** Mono at 16 kHz, within ±1. */
  samples: Float32Array;
}

/** Changes whenever the same seed gives different speech, so that stored speech is made again. */
export const SPEECH_VERSION = '2';

/** Fraction of the samples in which no one speaks. */
const SILENT_SHARE = 0.03;

/** Options of {@link sampleSpeech}. */
export interface SpeechSampleOptions {
  /** 0.1 … 120. */
  seconds: number;
  /** Who speaks, each as often as the others. Default: the formant synthesizer alone. */
  sources?: readonly SpeechSource[];
  signal?: AbortSignal;
}

/**
 * Returns speech in a voice of its own, colored by rooms, microphones, noise and codecs; the same seed gives the same speech.
 *
 * @param seed - from 0 to below 1 000 000 000 for training, from there to below 2³¹ for testing, which gives different voices and words.
 * @throws LatentSyncError as `speakRequest` does.
 */
export async function sampleSpeech(
  seed: number,
  { seconds, sources = ['synthetic'], signal }: SpeechSampleOptions,
): Promise<SampledSpeech> {
  checkInteger('seed', seed, 0, 2 ** 31 - 1);
  checkNumber('options.seconds', seconds, 0.1, 120);
  const random = new SeededRandom(seed).fork('speech sample');
  const source = random.fork('source').pick(sources);
  const length = Math.round(seconds * CLIP_SAMPLE_RATE);
  const utterance =
    source === 'synthetic'
      ? synthesized(seed, seconds, random)
      : await speakRequest(
          inventRequest(random.fork('request'), {
            voices: voicesFor(isHeldOut(seed) ? 'report' : 'training', [source]),
            seconds,
          }),
          signal,
        );
  const samples = new Float32Array(length);
  samples.set(utterance.samples.subarray(0, length));
  return {
    samples: await degradeSound(samples, sampleDegradation(random), random.fork('augmentation')),
    ...speechLabels(utterance.phonemes, labelRows(length)),
  };
}

function synthesized(seed: number, seconds: number, random: SeededRandom): Utterance {
  const voice = sampleVoice(new SeededRandom(seed).fork('voice'));
  const spoken = random.next() >= SILENT_SHARE;
  const sounds = spoken ? inventUtterance(random, { seconds: 1.4 * seconds + 1 }) : `,${seconds.toFixed(2)}`;
  return speak(sounds, voice, random.integer(2 ** 31));
}
