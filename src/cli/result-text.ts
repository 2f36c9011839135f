// The outcome of a lip-sync job in words.
import { knownModels } from '../hub/model-registry.ts';
import { describeLag } from '../evaluation/verdict.ts';
import type { SyncCheck } from '../pipelines/judge.ts';
import type { LipsyncResult } from '../pipelines/lipsync-pipeline-node.ts';
import { printable } from '../util/printable.ts';
import { formatSeconds } from './progress-text.ts';

/** Returns the summary of a finished job for people, and what to know of its model. */
export function describeResult(result: LipsyncResult): string {
  return [describeOutput(result), modelNote(result.model)].filter((text) => text !== undefined).join('\n');
}

/** Returns the summary of a finished job for people. */
export function describeOutput(result: LipsyncResult): string {
  const { output, frames, framesWithFace, durationSeconds, elapsedSeconds, ownSoundLateMs, check } = result;
  const rate = (frames / elapsedSeconds).toFixed(1);
  const lines = [
    `${printable(output)}: ${frames} ${frames === 1 ? 'frame' : 'frames'}, ${durationSeconds.toFixed(2)} s of video, ` +
      `in ${formatSeconds(elapsedSeconds)} (${rate} frames/s).`,
  ];
  if (framesWithFace < frames) {
    lines.push(
      `The mouth was redrawn in ${framesWithFace} frames; the other ${frames - framesWithFace} are unchanged.`,
    );
  }
  if (ownSoundLateMs !== undefined) {
    lines.push(`The video's own sound was ${describeLag(ownSoundLateMs)}: all sound was moved by as much.`);
  }
  if (check) lines.push(describeCheck(check));
  return lines.join('\n');
}

/** Returns what was found of lips and sound, against what was asked for. */
export function describeCheck({ agreement, soundLateMs, minimum, measure, passed, reasons }: SyncCheck): string {
  if (agreement === undefined) return `How lips and sound agree cannot be told. ${reasons.join(' ')}`;
  const asked = `${measure} ${agreement.toFixed(2)}, and at least ${minimum} was asked for`;
  const lag = soundLateMs === undefined ? 'they match at no lag' : `the sound is ${describeLag(soundLateMs)}`;
  return `Lips and sound ${passed ? 'agree' : 'do not agree as asked'}: ${asked}; ${lag}.`;
}

/** Returns what to know of a model whose name it is; undefined when there is nothing. */
export function modelNote(model: string): string | undefined {
  if (!knownModels.some(({ kind, name }) => kind === 'embedded' && name === model)) return undefined;
  return (
    `Model ${model} is small and has only seen rendered people, so real people get a synthetic mouth. For real footage, ` +
    'use the official model: run "latentsync models pull 1.6", then sync with --model 1.6.'
  );
}
