// Music to put under speech: chords, a bass, a melody and a drum, by additive synthesis. 16 kHz mono, seeded.
import type { SeededRandom } from '../../synthetic/random.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';

/** Steps of the scales that tunes are made of, semitones above the keynote: major, minor, pentatonic. */
const SCALES = [
  [0, 2, 4, 5, 7, 9, 11],
  [0, 2, 3, 5, 7, 8, 10],
  [0, 2, 4, 7, 9],
];

/** An instrument: the strengths of its harmonics, and the seconds in which a tone fades by e; Infinity holds it. */
interface Instrument {
  harmonics: readonly number[];
  fade: number;
}

function sampleInstrument(random: SeededRandom): Instrument {
  const dullness = random.uniform(0.8, 2.2);
  const harmonics = Array.from({ length: 8 }, (_, k) => (random.next() < 0.15 ? 0.05 : 1) / (k + 1) ** dullness);
  return { harmonics, fade: random.next() < 0.5 ? random.uniform(0.15, 0.8) : Infinity };
}

/** Adds a tone with a soft beginning and end. */
function addTone(
  out: Float32Array,
  { harmonics, fade }: Instrument,
  { start, seconds, frequency, gain }: { start: number; seconds: number; frequency: number; gain: number },
): void {
  const first = Math.round(start * CLIP_SAMPLE_RATE);
  const length = Math.min(out.length - first, Math.round(seconds * CLIP_SAMPLE_RATE));
  harmonics.forEach((strength, k) => {
    const turn = (2 * Math.PI * frequency * (k + 1)) / CLIP_SAMPLE_RATE;
    if (turn > 0.95 * Math.PI) return;
    for (let n = 0; n < length; n++) {
      const time = n / CLIP_SAMPLE_RATE;
      const edge = Math.min(1, time / 0.01, (seconds - time) / 0.03);
      out[first + n] += gain * strength * edge * Math.exp(-time / fade) * Math.sin(turn * n);
    }
  });
}

/** Adds a hit of noise that fades quickly. */
function addDrum(out: Float32Array, start: number, gain: number, random: SeededRandom): void {
  const first = Math.round(start * CLIP_SAMPLE_RATE);
  const fade = random.uniform(0.02, 0.08) * CLIP_SAMPLE_RATE;
  for (let n = 0; n < Math.min(out.length - first, 5 * fade); n++)
    out[first + n] += gain * Math.exp(-n / fade) * (2 * random.next() - 1);
}

/** Returns a piece of music: a new chord with each bar, of four beats. */
export function music(length: number, random: SeededRandom): Float32Array {
  const out = new Float32Array(length);
  const seconds = length / CLIP_SAMPLE_RATE;
  const beat = 60 / random.uniform(70, 150);
  const scale = random.pick(SCALES);
  const key = 110 * 2 ** (random.integer(12) / 12);
  const frequencyOf = (step: number, octave: number): number =>
    key * 2 ** (octave + Math.floor(step / scale.length) + scale[step % scale.length] / 12);
  const [chords, bass, melody] = [sampleInstrument(random), sampleInstrument(random), sampleInstrument(random)];
  const drum = random.next() < 0.6 ? random.uniform(0.2, 0.8) : 0;
  const tune = random.next() < 0.7;
  for (let time = 0, count = 0, root = 0; time < seconds; time += beat, count++) {
    if (count % 4 === 0) {
      root = random.integer(scale.length);
      for (const third of [0, 2, 4])
        addTone(out, chords, { start: time, seconds: 4 * beat, frequency: frequencyOf(root + third, 1), gain: 0.3 });
    }
    addTone(out, bass, { start: time, seconds: beat, frequency: frequencyOf(root, 0), gain: 0.5 });
    const notes = tune ? random.integer(3) : 0;
    for (let note = 0; note < notes; note++) {
      const frequency = frequencyOf(random.integer(2 * scale.length), 2);
      addTone(out, melody, { start: time + (note * beat) / notes, seconds: beat / notes, frequency, gain: 0.35 });
    }
    if (drum > 0) addDrum(out, time, count % 2 === 0 ? drum : 0.6 * drum, random);
  }
  return out;
}
