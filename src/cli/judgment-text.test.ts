// Judgments in words.
import { describe, expect, it } from 'vitest';
import type { PersonJudgment, VideoJudgment } from '../evaluation/judgment.ts';
import { judgmentText, verdictText } from './judgment-text.ts';

const person: PersonJudgment = {
  person: 1,
  verdict: 'sound-late',
  certainty: 'certain',
  reasons: ['They match best when the sound is 120 ms late.'],
  seconds: 8,
  soundLateMs: 120,
  agreement: { lag: 3, correlation: 0.7, correlationAsIs: 0.4, chance: 0.1, frames: 200 },
  pauses: { frames: 50, closed: 0.9 },
  picture: { change: 3, flicker: 1.2, sharpness: 0.8 },
  perSecond: [],
  syncNet: { confidence: 6.25, soundLateMs: 120, minDistance: 7, windows: 196, perSecond: [] },
  source: {
    frames: 200,
    changed: 0.5,
    psnr: { inside: 30, outside: Infinity },
    ssim: { inside: 0.9, outside: 1 },
    skin: 1.26,
    landmarks: 0.012,
    openingCorrelation: 0.1,
    embedding: 0.98,
  },
};
const silent: PersonJudgment = {
  person: 2,
  verdict: 'cannot-be-judged',
  certainty: undefined,
  reasons: ['The picture stands still.'],
  seconds: 4,
  soundLateMs: undefined,
  agreement: undefined,
  pauses: undefined,
  picture: undefined,
  perSecond: [],
  syncNet: undefined,
  source: undefined,
};

function judgment(people: PersonJudgment[]): VideoJudgment {
  const { verdict, certainty, reasons, soundLateMs } = people[0];
  return {
    video: 'out\n.mp4',
    durationSeconds: 8,
    verdict,
    certainty,
    reasons,
    person: 1,
    soundLateMs,
    people,
    warnings: [],
  };
}

describe('judgmentText', () => {
  it('gives verdict, reasons and figures', () => {
    expect(judgmentText(judgment([person]))).toBe(
      [
        'out\\n.mp4: the sound is late by 120 ms (certain).',
        '  They match best when the sound is 120 ms late.',
        '  opening against sound         correlation 0.70',
        '  without shifting              correlation 0.40',
        '  best match                    sound 120 ms late',
        '  SyncNet                       confidence 6.25, sound 120 ms late',
        '  lips closed in pauses         90 % of 2.0 s',
        '  flicker around the mouth      1.20 of the rest of the face',
        '  sharpness of the mouth        0.80 of the rest of the face',
        '  frames changed                50 % of 200',
        '  PSNR drawn, rest              30.0 dB, the same',
        '  SSIM mouth, above             0.900, 1.000',
        '  color of the skin             ΔE 1.3',
        "  opening against the source's  correlation 0.10",
        '  landmarks moved               1.2 % of the distance between the eyes',
        '  likeness to the source        0.980',
      ].join('\n'),
    );
  });

  it('says of several people who is who', () => {
    const text = judgmentText(judgment([person, silent]));
    expect(text).toContain('Person 1, seen for 8.0 s: the sound is late by 120 ms (certain).');
    expect(text).toContain('Person 2, seen for 4.0 s: cannot be judged.\n  The picture stands still.');
  });
});

it('verdictText says how far apart only what is apart', () => {
  expect(verdictText({ ...person, verdict: 'in-sync', soundLateMs: 10 })).toBe('lips and sound are together (certain)');
  expect(verdictText({ ...person, verdict: 'sound-early', certainty: 'likely', soundLateMs: -80 })).toBe(
    'the sound is early by 80 ms (likely)',
  );
  expect(verdictText({ ...silent })).toBe('cannot be judged');
});
