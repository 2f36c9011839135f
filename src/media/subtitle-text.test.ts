// Text of subtitles: what each kind means, and what it becomes in another.
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../util/random.ts';
import {
  BOLD,
  formatSubtitle,
  ITALIC,
  parseSubtitle,
  UNDERLINE,
  type TextCodec,
  type TextRun,
} from './subtitle-text.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
const parse = (codec: TextCodec, source: string) => parseSubtitle(codec, bytes(source));

describe('reads', () => {
  it.each<[TextCodec, string, TextRun[]]>([
    ['subrip', 'Hello,\r\nworld\n', [{ text: 'Hello,\nworld', style: 0 }]],
    ['subrip', 'a <i>b <b>c</b></i> d', [r('a '), r('b ', ITALIC), r('c', ITALIC + BOLD), r(' d')]],
    ['subrip', '{\\an8}<font color="#fff">Up</font>', [r('Up')]],
    ['subrip', '1 < 2 & <3, <unknown>', [r('1 < 2 & <3, <unknown>')]],
    ['subrip', '<I>', []],
    [
      'webvtt',
      '<v Ann>Tom &amp; <i.loud>I</i> &lt;3 <00:00:01.000>x&nbsp;y',
      [r('Tom & '), r('I', ITALIC), r(' <3 x\u00a0y')],
    ],
    ['ass', '0,0,Default,,0,0,0,,One, {\\i1}two{\\i0}\\Nthree', [r('One, '), r('two', ITALIC), r('\nthree')]],
    ['ass', '0,0,Default,,0,0,0,,{\\pos(1,2)\\b700\\bord3}A{\\rOther}B\\hC', [r('A', BOLD), r('B\u00a0C')]],
    ['ass', '0,0,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}shape', [r('shape')]],
    ['ass', 'too, few, fields', []],
  ])('%s %j', (codec, source, runs) => {
    expect(parse(codec, source)).toEqual(runs);
  });

  it('MP4 text in UTF-16, and passes over what is cut off', () => {
    const utf16 = Uint8Array.from([0, 6, 0xfe, 0xff, 0, 0x41, 0x26, 0x3a]);
    expect(parseSubtitle('mov_text', utf16)).toEqual([r('A☺')]);
    expect(parseSubtitle('mov_text', Uint8Array.from([0, 9, 0x41]))).toEqual([r('A')]);
    expect(parseSubtitle('mov_text', Uint8Array.from([0]))).toEqual([]);
  });
});

describe('writes', () => {
  const runs = [r('a & <b> '), r('c😀', ITALIC + UNDERLINE), r('\n\nd', BOLD)];

  it('SubRip and WebVTT', () => {
    expect(text(formatSubtitle('subrip', runs))).toBe('a & <b> <i><u>c😀</u></i><b>\n\nd</b>');
    expect(text(formatSubtitle('webvtt', runs))).toBe('a &amp; &lt;b&gt; <i><u>c😀</u></i><b>\nd</b>');
  });

  it('MP4 text whose styles count characters', () => {
    const data = formatSubtitle('mov_text', runs)!;
    expect(parseSubtitle('mov_text', data)).toEqual(runs);
    const box = Buffer.from(data).indexOf('styl') + 4;
    expect([...data.subarray(box, box + 6)]).toEqual([0, 2, 0, 8, 0, 10]);
  });

  it('no MP4 text of more bytes than its length can say', () => {
    expect(formatSubtitle('mov_text', [r('x'.repeat(65535))])).toHaveLength(65537);
    expect(formatSubtitle('mov_text', [r('x'.repeat(65536))])).toBeUndefined();
  });
});

it('reads any text in little time, and what it writes means the same', () => {
  const random = new TorchGenerator(1);
  const letters = '<>{}\\&;/ib,\n\0p1rN ☺';
  for (const codec of ['subrip', 'ass', 'webvtt', 'mov_text'] as const) {
    for (let round = 0; round < 200; round++) {
      const length = random.integer(60);
      const source = Array.from({ length }, () => letters[random.integer(letters.length)]).join('');
      const runs = parse(codec, source);
      expect(parseSubtitle('mov_text', formatSubtitle('mov_text', runs)!)).toEqual(runs);
    }
    // Nothing takes time that grows with the square of the length.
    for (const part of ['<b', '{\\', '&am', '<', '{\\b', ',']) {
      expect(parse(codec, part.repeat(200_000)).length).toBeLessThan(2);
    }
  }
});

function r(text: string, style = 0): TextRun {
  return { text, style };
}
