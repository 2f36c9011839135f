// Judgments as text for people: the verdict first, then why, then the figures.
import type { PersonJudgment, VideoJudgment } from '../evaluation/judgment.ts';
import { describeLag, type Verdict, type VerdictKind } from '../evaluation/verdict.ts';
import { printable } from '../util/printable.ts';

const verdicts: Readonly<Record<VerdictKind, string>> = {
  'in-sync': 'lips and sound are together',
  'sound-late': 'the sound is late',
  'sound-early': 'the sound is early',
  unrelated: 'the lips do not follow the sound',
  'cannot-be-judged': 'cannot be judged',
};

/** Returns a verdict in words: `the sound is late by 120 ms (certain)`. */
export function verdictText({
  verdict,
  certainty,
  soundLateMs,
}: Verdict & { soundLateMs: number | undefined }): string {
  const isApart = verdict === 'sound-late' || verdict === 'sound-early';
  const by = isApart && soundLateMs !== undefined ? ` by ${Math.abs(Math.round(soundLateMs))} ms` : '';
  return `${verdicts[verdict]}${by}${certainty === undefined ? '' : ` (${certainty})`}`;
}

/** Returns a figure's name and value for each that is known. */
export function figuresOf({
  agreement,
  syncNet,
  pauses,
  picture,
  source,
}: PersonJudgment): [name: string, value: string][] {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    ...(agreement
      ? ([
          ['opening against sound', `correlation ${agreement.correlation.toFixed(2)}`],
          ['without shifting', `correlation ${agreement.correlationAsIs.toFixed(2)}`],
          ['best match', `sound ${describeLag(agreement.lag * 40)}`],
        ] as const)
      : []),
    ...(syncNet
      ? ([
          ['SyncNet', `confidence ${syncNet.confidence.toFixed(2)}, sound ${describeLag(syncNet.soundLateMs)}`],
        ] as const)
      : []),
    ...(pauses
      ? ([['lips closed in pauses', `${percent(pauses.closed)} of ${(pauses.frames / 25).toFixed(1)} s`]] as const)
      : []),
    ...(picture
      ? ([
          ['flicker around the mouth', `${picture.flicker.toFixed(2)} of the rest of the face`],
          ['sharpness of the mouth', `${picture.sharpness.toFixed(2)} of the rest of the face`],
        ] as const)
      : []),
    ...(source
      ? ([
          ['frames changed', `${percent(source.changed)} of ${source.frames}`],
          ['PSNR drawn, rest', `${decibels(source.psnr.inside)}, ${decibels(source.psnr.outside)}`],
          ['SSIM mouth, above', `${source.ssim.inside.toFixed(3)}, ${source.ssim.outside.toFixed(3)}`],
          ['color of the skin', `ΔE ${source.skin.toFixed(1)}`],
          ["opening against the source's", `correlation ${source.openingCorrelation.toFixed(2)}`],
          ['landmarks moved', `${(100 * source.landmarks).toFixed(1)} % of the distance between the eyes`],
          ['likeness to the source', source.embedding.toFixed(3)],
        ] as const)
      : []),
  ].map(([name, value]) => [name, value]);
}

function decibels(value: number): string {
  return value === Infinity ? 'the same' : `${value.toFixed(1)} dB`;
}

/** Returns what is said of a video. */
export function judgmentText(judgment: VideoJudgment): string {
  const { video, people } = judgment;
  const lines = [`${printable(video)}: ${verdictText(judgment)}.`];
  for (const person of people) {
    if (people.length > 1)
      lines.push('', `Person ${person.person}, seen for ${person.seconds.toFixed(1)} s: ${verdictText(person)}.`);
    lines.push(...person.reasons.map((reason) => `  ${reason}`));
    lines.push(...figuresOf(person).map(([name, value]) => `  ${name.padEnd(30)}${value}`));
  }
  return lines.join('\n');
}
