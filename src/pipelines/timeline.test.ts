import { describe, expect, it } from 'vitest';
import { Timeline, type TimelineOptions } from './timeline.ts';
import type { TimelineSource } from './video-part.ts';

/** A video of frames at 25 per second. */
function evenVideo(frames: number, leadSeconds = 0): TimelineSource {
  return {
    timestamps: Float64Array.from({ length: frames }, (_, index) => index / 25),
    leadSeconds,
    info: { frameRate: 25, variableFrameRate: false, durationSeconds: frames / 25 },
  };
}

/** Four slow frames, then quick ones: 9 frames in 0.95 s. */
const uneven: TimelineSource = {
  timestamps: Float64Array.of(0, 0.2, 0.4, 0.6, 0.8, 0.82, 0.84, 0.86, 0.88),
  leadSeconds: 0,
  info: { frameRate: 10, variableFrameRate: true, durationSeconds: 0.95 },
};

/** Times of the speech and of the rest. */
type Times = Partial<TimelineOptions> & { atSeconds?: number };

function timelineOf(source: TimelineSource, seconds: number, { atSeconds, ...options }: Times = {}): Timeline {
  return new Timeline(source, {
    speeches: [{ rows: Math.round(seconds * 50), atSeconds }],
    length: 'audio',
    ...options,
  });
}

const indicesOf = (timeline: Timeline): number[] => Array.from({ length: timeline.frameCount }, (_, index) => index);
const sourcesOf = (timeline: Timeline): number[] =>
  indicesOf(timeline).map((index) => timeline.frame(index).sourceIndex);
const rowsOf = (timeline: Timeline): (number | undefined)[] =>
  indicesOf(timeline).map((index) => timeline.audioRow(index, 0));
const timesOf = (timeline: Timeline): number[] =>
  indicesOf(timeline).map((index) => Number(timeline.frame(index).timestampSeconds.toFixed(6)));

describe('frames at even times', () => {
  it('are cut or repeated to the length of the audio, of the video, of the shorter or of the longer', () => {
    const count = (seconds: number, length: TimelineOptions['length']): number =>
      timelineOf(evenVideo(5), seconds, { length }).frameCount;
    expect(count(0.1, 'audio')).toBe(3);
    expect(count(0.28, 'audio')).toBe(7);
    expect([count(0.1, 'video'), count(0.28, 'video')]).toEqual([5, 5]);
    expect([count(0.1, 'shortest'), count(0.28, 'shortest')]).toEqual([3, 5]);
    expect([count(0.1, 'longest'), count(0.28, 'longest')]).toEqual([5, 7]);
  });

  it('hear the speech as long as it lasts', () => {
    expect(rowsOf(timelineOf(evenVideo(5), 0.1, { length: 'video' }))).toEqual([0, 2, 4, undefined, undefined]);
    expect(rowsOf(timelineOf(evenVideo(5), 0.2, { length: 'video' }))).toEqual([0, 2, 4, 6, 8]);
  });

  it('first show the video up to where it turns, begins again, is held, or ends', () => {
    const end = (seconds: number, options: Times): number =>
      Number(timelineOf(evenVideo(5), seconds, options).firstPassEndSeconds.toFixed(6));
    expect(end(0.12, {})).toBe(0.12);
    expect(end(0.12, { length: 'video' })).toBe(0.2);
    for (const extend of ['pingpong', 'loop', 'hold'] as const) {
      expect(end(0.4, { extend })).toBe(0.2);
      expect(end(0.4, { extend, seam: { first: 1, last: 3 } })).toBe(0.16);
      expect(end(0.4, { extend, startSeconds: 0.08 })).toBe(0.12);
    }
    expect(end(0.4, { preview: { seconds: 0.08, atSeconds: 0.12 } })).toBe(0.08);
    expect(end(0.4, { preview: { seconds: 0.08, atSeconds: 0.16 } })).toBe(0.04);
    expect(end(0.4, { preview: { seconds: 0.08, atSeconds: 0.28 } })).toBe(0);
  });

  it('go on backward and forward, from the beginning, or not at all', () => {
    const shown = (extend: TimelineOptions['extend']): number[] =>
      sourcesOf(timelineOf(evenVideo(3), 0.36, { extend }));
    expect(shown('pingpong')).toEqual([0, 1, 2, 2, 1, 0, 0, 1, 2]);
    expect(shown('loop')).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(shown('hold')).toEqual([0, 1, 2, 2, 2, 2, 2, 2, 2]);
  });

  it('repeat between the ends of the seam, and tell where the picture jumps', () => {
    const seam = { first: 1, last: 3 };
    const loop = timelineOf(evenVideo(5), 0.4, { extend: 'loop', seam });
    expect(sourcesOf(loop)).toEqual([0, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(indicesOf(loop).filter((index) => loop.frame(index).isJump)).toEqual([4, 7]);
    const pingpong = timelineOf(evenVideo(5), 0.4, { seam });
    expect(sourcesOf(pingpong)).toEqual([0, 1, 2, 3, 3, 2, 1, 1, 2, 3]);
    expect(indicesOf(pingpong).filter((index) => pingpong.frame(index).isJump)).toEqual([]);
    // Nothing is repeated: nothing is left out either.
    expect(sourcesOf(timelineOf(evenVideo(5), 0.2, { seam }))).toEqual([0, 1, 2, 3, 4]);
  });

  it('are held at the seam', () => {
    const held = timelineOf(evenVideo(5), 0.4, { extend: 'hold' }).withSeam({ first: 0, last: 3 });
    expect(sourcesOf(held)).toEqual([0, 1, 2, 3, 3, 3, 3, 3, 3, 3]);
    expect([...held.runs(6)]).toEqual([{ first: 6, end: 10, reversed: false }]);
    const cut = timelineOf(evenVideo(5), 0.2, { extend: 'hold' }).withSeam({ first: 0, last: 3 });
    expect(sourcesOf(cut)).toEqual([0, 1, 2, 3, 4]);
  });

  it.each(['pingpong', 'loop', 'hold'] as const)('are as many wherever the seam is: %s', (extend) => {
    for (const options of [{ extend }, { extend, fps: 30 }, { extend, preview: { seconds: 0.3, atSeconds: 0.6 } }]) {
      const plain = timelineOf(evenVideo(20), 2.3, options);
      const moved = plain.withSeam({ first: 2, last: 16 });
      expect(timesOf(moved)).toEqual(timesOf(plain));
      expect(rowsOf(moved)).toEqual(rowsOf(plain));
      expect(Math.max(...sourcesOf(moved).slice(-5))).toBeLessThanOrEqual(16);
    }
  });

  it('are read in runs of one direction, from any frame on', () => {
    const timeline = timelineOf(evenVideo(3), 0.36);
    expect([...timeline.runs()]).toEqual([
      { first: 0, end: 3, reversed: false },
      { first: 3, end: 6, reversed: true },
      { first: 6, end: 9, reversed: false },
    ]);
    expect([...timeline.runs(4)]).toEqual([
      { first: 4, end: 6, reversed: true },
      { first: 6, end: 9, reversed: false },
    ]);
    expect([...timelineOf(evenVideo(3), 0.36, { extend: 'hold' }).runs(2)]).toEqual([
      { first: 2, end: 9, reversed: false },
    ]);
  });

  it('show what the video shows in the middle of their time at another rate', () => {
    expect(sourcesOf(timelineOf(evenVideo(10), 0.4, { fps: 12.5 }))).toEqual([1, 3, 5, 7, 9]);
    expect(sourcesOf(timelineOf(evenVideo(3), 0.12, { fps: 50 }))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(sourcesOf(timelineOf(uneven, 0.5, { fps: 10 }))).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('a part of the video', () => {
  it('begins with the frame that is shown at the start and ends with the last before the end', () => {
    const part = timelineOf(evenVideo(20), 9, { startSeconds: 0.2, endSeconds: 0.4, length: 'video' });
    expect(sourcesOf(part)).toEqual([5, 6, 7, 8, 9]);
    expect(timesOf(part)).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
    const inTheMiddle = timelineOf(evenVideo(20), 9, { startSeconds: 0.21, endSeconds: 0.41, length: 'video' });
    expect(sourcesOf(inTheMiddle)).toEqual([5, 6, 7, 8, 9, 10]);
    const repeated = timelineOf(evenVideo(20), 0.2, { startSeconds: 0.2, endSeconds: 0.28 });
    expect(sourcesOf(repeated)).toEqual([5, 6, 6, 5, 5]);
  });

  it('is cut between frames where they come at uneven times', () => {
    const part = timelineOf(uneven, 9, { startSeconds: 0.3, endSeconds: 0.81, length: 'video' });
    expect(sourcesOf(part)).toEqual([1, 2, 3, 4]);
    expect(timesOf(part)).toEqual([0, 0.1, 0.3, 0.5]);
    expect(part.durationSeconds).toBeCloseTo(0.51, 9);
    expect(part.frame(3).durationSeconds).toBeCloseTo(0.01, 9);
  });
});

describe('the speech', () => {
  it('begins at a time of the video; before and after it frames are untouched', () => {
    const at = timelineOf(evenVideo(10), 0.12, { atSeconds: 0.12, length: 'video' });
    const none = undefined;
    expect(rowsOf(at)).toEqual([none, none, none, 0, 2, 4, none, none, none, none]);
    const inPart = timelineOf(evenVideo(10), 0.12, { startSeconds: 0.08, atSeconds: 0.12, length: 'video' });
    expect(rowsOf(inPart)).toEqual([none, 0, 2, 4, none, none, none, none]);
    expect(inPart.speeches[0].from).toBeCloseTo(0.04, 9);
    expect(timelineOf(evenVideo(10), 0.12, { atSeconds: 0.12 }).frameCount).toBe(6);
    expect(timelineOf(evenVideo(10), 0.6, { atSeconds: 0.12, length: 'longest' }).frameCount).toBe(18);
  });

  it('is heard by a part of the video', () => {
    const heard = (options: Times): number[] => {
      const { startSeconds, endSeconds } = timelineOf(evenVideo(25), 0.2, options).heardPart;
      return [startSeconds, endSeconds].map((value) => Number(value.toFixed(6)));
    };
    expect(heard({})).toEqual([0, 0.2]);
    expect(heard({ startSeconds: 0.4, atSeconds: 0.6, length: 'video' })).toEqual([0.6, 0.8]);
    expect(heard({ atSeconds: 0.6, length: 'video', preview: { seconds: 0.08, atSeconds: 0.64 } })).toEqual([
      0.64, 0.72,
    ]);
    expect(heard({ startSeconds: 0.4, endSeconds: 0.48 })).toEqual([0.4, 0.48]);
  });

  it('comes later, or loses its beginning', () => {
    const later = timelineOf(evenVideo(10), 0.12, { audioOffsetSeconds: 0.08 });
    expect(rowsOf(later)).toEqual([undefined, undefined, 0, 2, 4]);
    const earlier = timelineOf(evenVideo(10), 0.2, { audioOffsetSeconds: -0.08 });
    expect(rowsOf(earlier)).toEqual([4, 6, 8]);
    expect(earlier.speeches[0].from).toBeCloseTo(-0.08, 9);
  });
});

describe('a picture that begins after its sound', () => {
  it('keeps its delay', () => {
    const late = timelineOf(evenVideo(10, 0.1), 0.3);
    expect(late.firstFrameSeconds).toBeCloseTo(0.1, 9);
    expect(timesOf(late)).toEqual([0.1, 0.14, 0.18, 0.22, 0.26]);
    expect(rowsOf(late)).toEqual([5, 7, 9, 11, 13]);
    const cut = timelineOf(evenVideo(10, 0.1), 0.3, { startSeconds: 0.18 });
    expect(sourcesOf(cut)[0]).toBe(2);
    expect(timesOf(cut)[0]).toBe(0);
    expect(timelineOf(evenVideo(10, 0.1), 0.3, { startSeconds: 0.04 }).firstFrameSeconds).toBeCloseTo(0.06, 9);
    // Times of the video count from the beginning of its sound.
    expect(rowsOf(timelineOf(evenVideo(10, 0.1), 0.3, { atSeconds: 0.14 })).slice(0, 3)).toEqual([undefined, 0, 2]);
  });
});

describe('frames at uneven times', () => {
  it('keep their times, and the last one ends with the output', () => {
    const cut = timelineOf(uneven, 0.5);
    expect(timesOf(cut)).toEqual([0, 0.2, 0.4]);
    expect([cut.durationSeconds, cut.frame(2).durationSeconds]).toEqual([0.5, expect.closeTo(0.1, 9)]);
    const whole = timelineOf(uneven, 5, { length: 'shortest' });
    expect(timesOf(whole)).toEqual([...uneven.timestamps]);
    expect(whole.durationSeconds).toBe(0.95);
  });

  it('last as long as in the video when they are repeated', () => {
    const pingpong = timelineOf(uneven, 2.5);
    expect(sourcesOf(pingpong).slice(8, 20)).toEqual([8, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1]);
    expect(timesOf(pingpong).slice(8, 14)).toEqual([0.88, 0.95, 1.02, 1.04, 1.06, 1.08]);
    expect(pingpong.durationSeconds).toBe(2.5);
    const loop = timelineOf(uneven, 1.5, { extend: 'loop' });
    expect(timesOf(loop).slice(8)).toEqual([0.88, 0.95, 1.15, 1.35]);
    const held = timelineOf(uneven, 1.2, { extend: 'hold' });
    expect(sourcesOf(held).slice(8)).toEqual([8, 8, 8, 8]);
    expect(timesOf(held).slice(8)).toEqual([0.88, 0.95, 1.05, 1.15]);
    const heldEarlier = held.withSeam({ first: 0, last: 6 });
    expect(sourcesOf(heldEarlier).slice(6)).toEqual([6, 6, 6, 6, 6]);
    expect(timesOf(heldEarlier).slice(6)).toEqual([0.84, 0.86, 0.96, 1.06, 1.16]);
    const turned = pingpong.withSeam({ first: 1, last: 7 });
    expect(sourcesOf(turned).slice(7, 18)).toEqual([7, 7, 6, 5, 4, 3, 2, 1, 1, 2, 3]);
    expect([turned.durationSeconds, heldEarlier.durationSeconds]).toEqual([2.5, 1.2]);
    for (const timeline of [pingpong, loop, held, heldEarlier, turned]) {
      const durations = indicesOf(timeline).map((index) => timeline.frame(index).durationSeconds);
      expect(Math.min(...durations)).toBeGreaterThan(0);
      expect(durations.reduce((sum, duration) => sum + duration)).toBeCloseTo(timeline.durationSeconds, 9);
    }
  });
});

describe('a preview', () => {
  it('is a piece of the output, frame by frame', () => {
    const options: Times = { atSeconds: 0.2, length: 'longest' };
    for (const source of [evenVideo(10), uneven]) {
      const whole = timelineOf(source, 2, options);
      const preview = timelineOf(source, 2, { ...options, preview: { seconds: 0.4, atSeconds: 0.8 } });
      const skipped = sourcesOf(whole).findIndex((_, index) => whole.timestamp(index) >= 0.8 - 1e-9);
      expect(preview.durationSeconds).toBeCloseTo(0.4, 9);
      for (const index of indicesOf(preview)) {
        expect(preview.sourceIndex(index)).toBe(whole.sourceIndex(skipped + index));
        expect(preview.audioRow(index, 0)).toBe(whole.audioRow(skipped + index, 0));
        expect(preview.timestamp(index)).toBeCloseTo(whole.timestamp(skipped + index) - 0.8, 9);
      }
      expect(preview.speeches[0].from).toBeCloseTo(0.2 - 0.8, 9);
    }
  });

  it('begins with the speech', () => {
    const preview = timelineOf(evenVideo(10), 0.2, { atSeconds: 0.12, length: 'video', preview: { seconds: 0.08 } });
    expect(rowsOf(preview)).toEqual([0, 2]);
    expect(sourcesOf(preview)).toEqual([3, 4]);
  });
});

describe('times that cannot be', () => {
  it.each<[string, Times]>([
    ['options.start must be before the end of the video, 0.4 s (got 0.4)', { startSeconds: 0.4 }],
    ['options.end must be after options.start, 0.2 s (got 0.2)', { startSeconds: 0.2, endSeconds: 0.2 }],
    ['options.end must be after the first frame of the video, 0 s (got 0)', { endSeconds: 0 }],
    ['options.at must not be before options.start, 0.2 s (got 0.1)', { startSeconds: 0.2, atSeconds: 0.1 }],
    ['options.at must be before the end of the video, 0.4 s (got 0.4)', { atSeconds: 0.4 }],
    ['options.at must be before options.end, 0.2 s (got 0.3)', { endSeconds: 0.2, atSeconds: 0.3 }],
    ['options.audioOffset must leave something of the 1 s of speech', { audioOffsetSeconds: -1 }],
    ['options.preview must begin before the end of the output, 1 s (got 1)', { preview: { seconds: 1, atSeconds: 1 } }],
  ])('say %s', (message, options) => {
    expect(() => timelineOf(evenVideo(10), 1, options)).toThrow(message);
  });

  it('are no option when the file has them: speech that is over before the first picture', () => {
    const message = 'The speech ends after 0.5 s, but the picture of the video begins after 1 s.';
    expect(() => timelineOf(evenVideo(10, 1), 0.5)).toThrow(message);
  });
});

it('costs nothing per frame kept: any of a day is found at once', () => {
  const day = 24 * 3600;
  const timeline = timelineOf(evenVideo(25), day);
  expect(timeline.frameCount).toBe(day * 25);
  expect(timeline.sourceIndex(day * 25 - 1)).toBe(0);
  expect(timeline.audioRow(day * 25 - 1, 0)).toBe((day * 25 - 1) * 2);
  expect([...timeline.runs(day * 25 - 1)]).toHaveLength(1);
});
