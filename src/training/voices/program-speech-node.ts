// Flite and Festival as speakers: sentences → sound and the times of its phones. Programs of the system, started for each request.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeWav } from '../../audio/wav.ts';
import { TemporaryFolder } from '../../util/temporary-paths-node.ts';
import { LatentSyncError, messageOf } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import { festivalScript, parseFestivalPhones } from './festival-script.ts';
import { parseFlitePhones } from './flite-output.ts';
import type { RecordedVoice } from './recorded-voices.ts';
import { runProgram } from './run-program-node.ts';
import type { SpokenPhone } from './spoken-phones.ts';

/** What a program has spoken. */
export interface ProgramSpeech {
  samples: Float32Array;
  sampleRate: number;
  phones: SpokenPhone[];
}

/** How a program speaks. */
export interface SpeakingOptions {
  /** Length of the sounds, 1 as usual. Voices that do not bend ignore it, and the pitch. */
  stretch: number;
  /** Pitch, 1 as usual. */
  pitch: number;
  signal?: AbortSignal;
}

/**
 * Speaks sentences, each on its own.
 *
 * @throws LatentSyncError `program-missing`, `program-failed`, `output-not-writable`, or `aborted`.
 */
export async function speakByProgram(
  voice: RecordedVoice,
  texts: readonly string[],
  options: SpeakingOptions,
): Promise<ProgramSpeech[]> {
  await using folder = await TemporaryFolder.create('latentsync-voice-');
  const pathOf = (index: number, suffix: string): string => join(folder.path, `${index}.${suffix}`);
  const phones: SpokenPhone[][] = [];
  if (voice.program === 'flite') {
    for (const [index, text] of texts.entries()) {
      phones.push(parseFlitePhones(await runFlite(voice, text, pathOf(index, 'wav'), options)));
    }
  } else {
    const script = join(folder.path, 'speak.scm');
    await writeFile(script, festivalScript(voice, texts, { ...options, pathOf }));
    await runProgram('festival', ['-b', script], { signal: options.signal });
    for (const index of texts.keys()) {
      const told = await readFile(pathOf(index, 'phones'), 'latin1').catch(() => '');
      phones.push(parseFestivalPhones(told));
    }
  }
  return await Promise.all(
    phones.map(async (spoken, index) => ({ ...(await readSound(voice, pathOf(index, 'wav'))), phones: spoken })),
  );
}

async function runFlite(
  { name, bends }: RecordedVoice,
  text: string,
  path: string,
  { stretch, pitch, signal }: SpeakingOptions,
): Promise<string> {
  const set = (feature: string, value: number): string[] => ['-s', `${feature}=${value.toFixed(3)}`];
  const bend = bends ? [...set('duration_stretch', stretch), ...set('f0_shift', pitch)] : [];
  return (
    await runProgram('flite', ['-voice', name, ...bend, '-psdur', '-t', text, '-o', path], { signal })
  ).toString();
}

async function readSound(
  { program, name }: RecordedVoice,
  path: string,
): Promise<{ samples: Float32Array; sampleRate: number }> {
  try {
    const { channels, sampleRate } = decodeWav(await readFile(path));
    return { samples: channels[0], sampleRate };
  } catch (error) {
    throw new LatentSyncError(
      'program-failed',
      wording`The program ${program} gave no sound for the voice ${name}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
