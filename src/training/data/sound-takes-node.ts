// A clip's sound again, spoken by another voice in another place at the same times, so that it still fits the mouth. Seeded.
import { synthesize } from '../../synthetic/formant-synthesizer.ts';
import type { TimedPhoneme } from '../../synthetic/phonemes.ts';
import { sampleVoice, timeSentence } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { withFormants } from '../voices/vocal-tract.ts';
import { degradeSound, sampleDegradation } from './degraded-sound-node.ts';
import { SPEECH_VERSION } from './speech-sampler-node.ts';
import { spokenSounds } from './spoken-sounds.ts';
import { CLIP_SAMPLE_RATE, fromInt16, type TrainingClip } from './training-clip.ts';

/**
 * Most decibels by which a sound gets louder when the mouth opens twice as wide as usual, on top of the speaker's own loudness:
 * people who raise their voice open their mouth wider (Schulman 1989), some more than others.
 */
const MOST_LOUDNESS = 6;

/** Deviations from the mean opening, in mean openings, beyond which the loudness no longer changes. */
const LARGEST_DEVIATION = 1.5;

/**
 * Returns a clip's sound; the same arguments give the same sound. Take 0 is the clip's own. The others went through rooms,
 * microphones, noise and codecs; those of synthetic clips are also spoken by someone else, sound for sound at the same times and as
 * loud, and louder still where the mouth is open wider. A recorded voice speaks half of its takes itself, with a longer or shorter
 * vocal tract.
 */
export async function soundTake(clip: TrainingClip, take: number): Promise<Float32Array> {
  const recorded = fromInt16(await clip.readAudio());
  if (take === 0) return recorded;
  const random = new SeededRandom(take).fork(JSON.stringify(clip.origin));
  const spoken = await spokenAgain(clip, random);
  const augmented = await degradeSound(spoken ?? recorded, sampleDegradation(random), random.fork('augmentation'));
  const samples = new Float32Array(recorded.length);
  samples.set(augmented.subarray(0, samples.length));
  return samples;
}

/** Returns what {@link soundTake} depends on apart from the clip's own sound. */
export function soundTakeIdentity(clip: TrainingClip, take: number): string {
  return JSON.stringify(
    take === 0 ? [clip.origin] : [clip.origin, take, SPEECH_VERSION, MOST_LOUDNESS, LARGEST_DEVIATION],
  );
}

/** How much longer or shorter the vocal tract of a recorded voice becomes, at most. */
const LARGEST_TRACT = 1.12;

/** Speaks what a synthetic clip says with another voice; undefined for real footage. */
async function spokenAgain(clip: TrainingClip, random: SeededRandom): Promise<Float32Array | undefined> {
  const { origin, sampleCount, frameRate } = clip;
  const labels = await clip.readLabels();
  if (origin.source !== 'synthetic' || !labels) return undefined;
  const recorded = typeof origin.spoken === 'string';
  if (recorded && random.next() < 0.5) {
    return withFormants(fromInt16(await clip.readAudio()), LARGEST_TRACT ** random.uniform(-1, 1));
  }
  const phonemes = recorded ? spokenSounds(String(origin.spoken)) : timesOfSentence(origin);
  const samples = synthesize(phonemes, sampleVoice(random), random.integer(2 ** 31)).subarray(0, sampleCount);
  return louderWhenOpen(samples, labels.opening, frameRate, random.uniform(0, MOST_LOUDNESS));
}

/** Returns the sounds of a clip that the formant synthesizer has spoken. */
function timesOfSentence({ person, seed, sounds }: TrainingClip['origin']): TimedPhoneme[] {
  return timeSentence(String(sounds), sampleVoice(new SeededRandom(Number(person)).fork('voice')), Number(seed));
}

/** Raises and lowers a sound with the opening of the mouth, which has a value for the middle of each frame. */
function louderWhenOpen(
  samples: Float32Array,
  opening: Float32Array,
  frameRate: number,
  decibels: number,
): Float32Array {
  const mean = opening.reduce((sum, value) => sum + value, 0) / opening.length;
  if (!(mean > 0)) return samples;
  const levels = opening.map((value) => {
    const deviation = value / mean - 1;
    return decibels * Math.max(-LARGEST_DEVIATION, Math.min(LARGEST_DEVIATION, deviation));
  });
  return samples.map((sample, n) => {
    const place = Math.max(0, Math.min(levels.length - 1, (n * frameRate) / CLIP_SAMPLE_RATE - 0.5));
    const before = Math.floor(place);
    const after = Math.min(levels.length - 1, before + 1);
    const level = levels[before] + (place - before) * (levels[after] - levels[before]);
    return sample * 10 ** (level / 20);
  });
}
