// Subtitles of a part of a video: cut, moved, made to follow one another, and bounded.
import { describe, expect, it } from 'vitest';
import type { SubtitleCue } from './cue-track.ts';
import { cueTrack } from './subtitle-cues.ts';
import type { SubtitleCodec } from './subtitle-formats.ts';

const cue = (start: number, duration: number, text: string): SubtitleCue => ({
  ...{ start, duration, data: new TextEncoder().encode(text) },
});

/** Returns the subtitles of a part: [start, end, text]. */
function shown(
  cues: readonly SubtitleCue[],
  {
    from = 'subrip',
    to = 'subrip',
    part = [0, 100],
  }: { from?: SubtitleCodec; to?: SubtitleCodec; part?: number[] } = {},
): [start: number, end: number, text: string][] {
  const track = cueTrack(from, to, { fromSeconds: part[0], toSeconds: part[1] });
  const skipped = to === 'mov_text' ? 2 : 0;
  return [...cues.flatMap((one) => track.add(one)), ...track.end()].map(({ start, duration, data }) => [
    Number(start.toFixed(6)),
    Number((start + duration).toFixed(6)),
    new TextDecoder().decode(data.subarray(skipped)),
  ]);
}

describe('subtitles that may overlap', () => {
  it('are cut to the part that is shown, whose start is 0', () => {
    const cues = [cue(1, 2, 'before'), cue(4, 2, 'cut'), cue(6, 1, 'in'), cue(6.5, 9, 'long'), cue(10, 1, 'after')];
    expect(shown(cues, { part: [5, 10] })).toEqual([
      [0, 1, 'cut'],
      [1, 2, 'in'],
      [1.5, 5, 'long'],
    ]);
  });

  it('keep what only the next one ends, if they begin within the part', () => {
    expect(shown([cue(1, 0, 'a'), cue(3, 0, 'b')], { part: [2, 5] })).toEqual([[1, 1, 'b']]);
  });

  it('keep their bytes, name and settings in the same codec, and their text in another', () => {
    const settings = { identifier: 'one', settings: 'line:0%' };
    const track = cueTrack('webvtt', 'webvtt', { fromSeconds: 0, toSeconds: 9 });
    expect(track.add({ ...cue(1, 1, '<c.x>a</c>'), ...settings })).toEqual([
      { ...cue(1, 1, '<c.x>a</c>'), ...settings },
    ]);
    expect(shown([cue(1, 1, '0,0,X,,0,0,0,,a\\N{\\b1}b')], { from: 'ass', to: 'webvtt' })).toEqual([
      [1, 2, 'a\n<b>b</b>'],
    ]);
    expect(shown([cue(1, 1, '0,0,X,,0,0,0,,{\\p1}m 0 0')], { from: 'ass', to: 'webvtt' })).toEqual([]);
  });
});

describe('text of MP4', () => {
  const to = 'mov_text';

  it('follows one after another, those of the same time in one', () => {
    const cues = [cue(1, 4, 'a'), cue(2, 2, 'b'), cue(2, 1, 'c'), cue(7, 1, 'd')];
    expect(shown(cues, { to })).toEqual([
      [1, 2, 'a'],
      [2, 3, 'a\nb\nc'],
      [3, 4, 'a\nb'],
      [4, 5, 'a'],
      [7, 8, 'd'],
    ]);
  });

  it('is told as soon as nothing can change it', () => {
    const track = cueTrack('subrip', to, { fromSeconds: 10, toSeconds: 90 });
    expect(track.add(cue(11, 2, 'a'))).toEqual([]);
    expect(track.advance(12.9)).toEqual([]);
    expect(track.advance(13)).toHaveLength(1);
    expect(track.end()).toEqual([]);
  });

  it('ends with the next one where nothing tells how long it is shown, or after 10 seconds', () => {
    expect(shown([cue(1, 0, 'a'), cue(3, 0, 'b'), cue(20, 1, 'c')], { to })).toEqual([
      [1, 3, 'a'],
      [3, 13, 'b'],
      [20, 21, 'c'],
    ]);
  });

  it('comes in order whatever the order of the source', () => {
    expect(shown([cue(5, 2, 'late'), cue(1, 5, 'early'), cue(1, 1, 'over')], { to })).toEqual([
      [5, 6, 'late\nearly'],
      [6, 7, 'late'],
    ]);
  });

  it('has an empty sample at least every half hour', () => {
    expect(shown([cue(4000, 1, 'a')], { to, part: [0, 5000] })).toEqual([
      [0, 1800, ''],
      [1800, 3600, ''],
      [4000, 4001, 'a'],
    ]);
  });

  it('leaves out what is too much, and counts it', () => {
    const track = cueTrack('subrip', to, { fromSeconds: 0, toSeconds: 90 });
    for (let i = 0; i < 20; i++) track.add(cue(1, 5, String(i)));
    expect(track.lost).toBe(4);
    track.add(cue(10, 1, 'x'.repeat(70_000)));
    track.add(cue(12, 1, 'x'.repeat(5 << 20)));
    expect(track.end().map(({ data }) => data.length)).toEqual([]);
    expect(track.lost).toBe(6);
  });
});

describe('PGS', () => {
  /** A display set of one object at most. */
  const set = (start: number, { objects = 1, state = 0x80 } = {}): SubtitleCue => ({
    ...{ start, duration: 0 },
    data: Uint8Array.from([
      0x16,
      0,
      11,
      7,
      128,
      4,
      56,
      0x10,
      0,
      start,
      state,
      0,
      0,
      objects,
      0x14,
      0,
      1,
      9,
      0x80,
      0,
      0,
    ]),
  });
  const sets = (cues: readonly SubtitleCue[], part = [5, 10]): [number, number][] => {
    const track = cueTrack('pgs', 'pgs', { fromSeconds: part[0], toSeconds: part[1] });
    return [...cues.flatMap((one) => track.add(one)), ...track.end()].map(({ start, data }) => [start, data[13]]);
  };

  it('shows at the start of the part what was shown then, if it is whole, and nothing after its end', () => {
    expect(sets([set(1), set(4), set(7), set(12)])).toEqual([
      [0, 1],
      [2, 1],
      [5, 0],
    ]);
    expect(sets([set(4), set(4.5, { objects: 0 }), set(6)])).toEqual([
      [1, 1],
      [5, 0],
    ]);
    expect(sets([set(4, { state: 0 })])).toEqual([]);
    expect(sets([set(6), set(8, { objects: 0 })])).toEqual([
      [1, 1],
      [3, 0],
    ]);
  });

  it('ends with a display set of the same size that has the next number', () => {
    const track = cueTrack('pgs', 'pgs', { fromSeconds: 0, toSeconds: 10 });
    track.add(set(7));
    expect([...track.end()[0].data]).toEqual([0x16, 0, 11, 7, 128, 4, 56, 0x10, 0, 8, 0, 0, 0, 0, 0x80, 0, 0]);
  });

  it('is put together from packets of one segment', () => {
    const { data } = set(6);
    const parts = [data.subarray(0, 14), data.subarray(14, 18), data.subarray(18)];
    const track = cueTrack('pgs', 'pgs', { fromSeconds: 0, toSeconds: 10 });
    expect(parts.flatMap((part) => track.add({ start: 6, duration: 0, data: part }))).toEqual([{ ...set(6) }]);
  });

  it('that has no end, or no beginning, is lost', () => {
    const track = cueTrack('pgs', 'pgs', { fromSeconds: 0, toSeconds: 10 });
    const segment = new Uint8Array(3 + 65535).fill(0xff, 1, 3);
    segment[0] = 0x15;
    for (let i = 0; i < 70; i++) expect(track.add({ start: 1, duration: 0, data: segment })).toEqual([]);
    expect(track.add({ start: 1, duration: 0, data: Uint8Array.from([0x80, 0, 0]) })).toEqual([]);
    expect(track.lost).toBe(2);
  });
});
