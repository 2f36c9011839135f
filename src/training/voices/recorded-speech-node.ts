// Speech of recorded voices: a request → 16 kHz mono and the time and loudness of every sound. And whether the voices are there.
import { resample } from '../../audio/resample.ts';
import type { Utterance } from '../../synthetic/formant-synthesizer.ts';
import type { TimedPhoneme } from '../../synthetic/phonemes.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { joined } from '../../util/joined.ts';
import { wording } from '../../util/wording.ts';
import { CLIP_SAMPLE_RATE } from '../data/training-clip.ts';
import { speakByProgram } from './program-speech-node.ts';
import { findVoice, voicesFor, type RecordedVoice, type VoiceProgram, type VoiceUse } from './recorded-voices.ts';
import { runProgram } from './run-program-node.ts';
import type { SpeechRequest } from './speech-request.ts';
import { appendSound, soundsOfPhones, withLoudness } from './spoken-phones.ts';
import { withFormants } from './vocal-tract.ts';

/** Peak of the samples, as of synthesized speech. */
const PEAK = 0.7;

/**
 * Speaks.
 *
 * @throws RangeError for a voice that is not in the table.
 * @throws LatentSyncError `program-missing`, `program-failed`, `output-not-writable`, or `aborted`.
 */
export async function speakRequest(request: SpeechRequest, signal?: AbortSignal): Promise<Utterance> {
  const { program, texts, pauses, stretch, pitch, size, tract } = request;
  const voice = findVoice(program, request.voice);
  if (!voice) throw new RangeError(`request.voice must be a voice of ${program} (got ${request.voice}).`);
  const spoken = await speakByProgram(voice, texts, { stretch, pitch, signal });
  const pieces: Float32Array[] = [];
  const phonemes: TimedPhoneme[] = [];
  let length = 0;
  const silence = (seconds: number): void => {
    const samples = new Float32Array(Math.round(seconds * CLIP_SAMPLE_RATE));
    const start = length / CLIP_SAMPLE_RATE;
    length += samples.length;
    pieces.push(samples);
    appendSound(phonemes, { symbol: 'SIL', stress: 0, start, end: length / CLIP_SAMPLE_RATE });
  };
  for (const [index, { samples, sampleRate, phones }] of spoken.entries()) {
    silence(pauses[index]);
    // Rates in hundreds keep the filters of the conversion few.
    const rate = 100 * Math.round((sampleRate * size) / 100);
    const sound = withFormants(resample(samples, rate, CLIP_SAMPLE_RATE), tract);
    const start = length / CLIP_SAMPLE_RATE;
    length += sound.length;
    const end = length / CLIP_SAMPLE_RATE;
    pieces.push(sound);
    for (const timed of soundsOfPhones(delayed(phones, voice), { set: voice.phones, scale: sampleRate / rate })) {
      appendSound(phonemes, {
        ...timed,
        start: Math.min(end, start + timed.start),
        end: Math.min(end, start + timed.end),
      });
    }
    const told = phonemes.at(-1)?.end ?? 0;
    appendSound(phonemes, { symbol: 'SIL', stress: 0, start: told, end });
  }
  silence(pauses[texts.length]);
  const samples = joined(pieces);
  const peak = samples.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-9);
  return { samples: samples.map((x) => (x * PEAK) / peak), phonemes: withLoudness(phonemes, samples) };
}

function delayed<P extends { end: number }>(phones: readonly P[], { late = 0 }: RecordedVoice): P[] {
  return phones.map((phone) => ({ ...phone, end: phone.end + late }));
}

/** How each program is asked for its voices. */
const LISTING: Readonly<Record<VoiceProgram, readonly string[]>> = {
  flite: ['-lv'],
  festival: ['-b', '(print (voice.list))'],
};

/** Returns the names of the voices that a program has; none when it is not installed. */
async function installedNames(program: VoiceProgram, signal: AbortSignal | undefined): Promise<Set<string>> {
  try {
    const output = await runProgram(program, LISTING[program], { seconds: 30, signal });
    return new Set(output.toString('latin1').split(/[\s()]+/));
  } catch (error) {
    if (error instanceof LatentSyncError && error.code === 'program-missing') return new Set();
    throw error;
  }
}

/** Voices that were looked for. */
export interface VoicesFound {
  readonly found: readonly RecordedVoice[];
  readonly missing: readonly RecordedVoice[];
  /** Debian's packages that would bring the missing ones, the programs included. */
  readonly missingPackages: readonly string[];
}

/** Looks which of the voices for a use are installed. */
export async function findVoices(
  use: VoiceUse,
  programs: readonly VoiceProgram[],
  signal?: AbortSignal,
): Promise<VoicesFound> {
  const wanted = voicesFor(use, programs);
  const found: RecordedVoice[] = [];
  for (const program of programs) {
    const names = await installedNames(program, signal);
    found.push(...wanted.filter((voice) => voice.program === program && names.has(voice.name)));
  }
  const missing = wanted.filter((voice) => !found.includes(voice));
  const missingPackages = new Set(missing.flatMap(({ program, packages }) => [program, ...packages]));
  return { found, missing, missingPackages: [...missingPackages].sort() };
}

/**
 * Makes sure that all voices of some programs are installed, so that the same options give the same data everywhere.
 *
 * @throws LatentSyncError `program-missing`, with the names of the packages.
 */
export async function requireVoices(
  use: VoiceUse,
  programs: readonly VoiceProgram[],
  signal?: AbortSignal,
): Promise<void> {
  const { missing, missingPackages } = await findVoices(use, programs, signal);
  if (missing.length === 0) return;
  const names = missing.map(({ program, name }) => `${name} (${program})`).join(', ');
  throw new LatentSyncError('program-missing', wording`Voices are not installed: ${names}.`, {
    remedy: wording`On Debian and Ubuntu, install the packages ${missingPackages.join(' ')}.`,
  });
}
