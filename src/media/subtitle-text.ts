// The text of a subtitle: SubRip, ASS, WebVTT or MP4's own (3GPP TS 26.245) ↔ runs of plain, bold, italic and underlined text.

/** Letters of one style. */
export interface TextRun {
  readonly text: string;
  /** {@link BOLD}, {@link ITALIC} and {@link UNDERLINE} added up, as MP4 does it. */
  readonly style: number;
}

export const BOLD = 1;
export const ITALIC = 2;
export const UNDERLINE = 4;

/** The tags of SubRip and WebVTT. */
const tagStyles: Readonly<Partial<Record<string, number>>> = { b: BOLD, i: ITALIC, u: UNDERLINE };

/** Collects runs; what comes in one style is one run. */
class Runs {
  readonly #runs: { text: string; style: number }[] = [];
  style = 0;

  add(text: string): void {
    const plain = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll('\0', '');
    const last = this.#runs.at(-1);
    if (last?.style === this.style) last.text += plain;
    else if (plain !== '') this.#runs.push({ text: plain, style: this.style });
  }

  /** Opens or closes a tag; returns whether it stands for a style. */
  tag(name: string, closes: boolean): boolean {
    const style = tagStyles[name.toLowerCase()];
    if (style === undefined) return false;
    this.style = closes ? this.style & ~style : this.style | style;
    return true;
  }

  /** Returns the runs without empty lines at either end. */
  finish(): TextRun[] {
    const runs = this.#runs;
    for (let first = runs.at(0); first; first = runs.at(0)) {
      first.text = first.text.replace(/^\n+/, '');
      if (first.text !== '') break;
      runs.shift();
    }
    for (let last = runs.at(-1); last; last = runs.at(-1)) {
      last.text = last.text.trimEnd();
      if (last.text !== '') break;
      runs.pop();
    }
    return runs;
  }
}

/** Calls `other` for what lies between the matches of an expression, and `match` for these. */
function walk(
  text: string,
  expression: RegExp,
  { other, match }: { other: (text: string) => void; match: (found: RegExpExecArray) => void },
): void {
  let at = 0;
  for (const found of text.matchAll(expression)) {
    other(text.slice(at, found.index));
    match(found);
    at = found.index + found[0].length;
  }
  other(text.slice(at));
}

function parseSubRip(text: string): TextRun[] {
  const runs = new Runs();
  walk(text, /<(\/?)([a-z]+)([^<>\n]*)>|\{\\[^{}]*\}/gi, {
    other: (plain) => {
      runs.add(plain);
    },
    match: ([whole, slash, name]) => {
      // What only looks like a tag is text. Places and colors are lost.
      if (!name || runs.tag(name, slash === '/') || /^(s|font)$/i.test(name)) return;
      runs.add(whole);
    },
  });
  return runs.finish();
}

/** Fields before the text of an ASS event in Matroska: ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect. */
const ASS_FIELDS = 8;

function parseAss(event: string): TextRun[] {
  let at = 0;
  for (let field = 0; field < ASS_FIELDS; field++) {
    at = event.indexOf(',', at) + 1;
    if (at === 0) return [];
  }
  const runs = new Runs();
  let isDrawing = false;
  walk(event.slice(at), /\{([^{}]*)\}/g, {
    other: (plain) => {
      if (!isDrawing) runs.add(plain.replaceAll('\\N', '\n').replaceAll('\\n', ' ').replaceAll('\\h', '\u00a0'));
    },
    match: ([, overrides]) => {
      for (const [, letter, value] of overrides.matchAll(/\\(r|[biup](?=\d*(?:\\|\s|$)))(\d*)/g)) {
        if (letter === 'r') runs.style = 0;
        else if (letter === 'p') isDrawing = Number(value) > 0;
        else runs.tag(letter, Number(value) === 0);
      }
    },
  });
  return runs.finish();
}

const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', nbsp: '\u00a0', lrm: '\u200e', rlm: '\u200f' },
};

function parseWebVtt(text: string): TextRun[] {
  const runs = new Runs();
  walk(text, /<(\/?)([^<>.\s]*)[^<>]*>|&([a-z]{2,4});/gi, {
    other: (plain) => {
      runs.add(plain);
    },
    match: ([whole, slash, name, entity]) => {
      if (entity) runs.add(entities[entity] ?? whole);
      else runs.tag(name, slash === '/');
    },
  });
  return runs.finish();
}

/** Bytes of a style in a box `styl`: first and last character, font, style, size, color. */
const STYLE_BYTES = 12;

function parseMovText(data: Uint8Array): TextRun[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const textEnd = data.length < 2 ? 0 : Math.min(data.length, 2 + view.getUint16(0));
  const isUtf16 = textEnd >= 4 && view.getUint16(2) === 0xfeff;
  const letters = Array.from(new TextDecoder(isUtf16 ? 'utf-16be' : 'utf-8').decode(data.subarray(2, textEnd)));
  const styles = new Uint8Array(letters.length);
  for (let at = textEnd; at + 10 <= data.length; at += Math.max(8, view.getUint32(at))) {
    if (new TextDecoder('latin1').decode(data.subarray(at + 4, at + 8)) !== 'styl') continue;
    const end = Math.min(data.length, at + 10 + STYLE_BYTES * view.getUint16(at + 8));
    for (let style = at + 10; style + STYLE_BYTES <= end; style += STYLE_BYTES) {
      styles.fill(view.getUint8(style + 6) & 7, view.getUint16(style), view.getUint16(style + 2));
    }
  }
  const runs = new Runs();
  for (const [index, letter] of letters.entries()) {
    runs.style = styles[index];
    runs.add(letter);
  }
  return runs.finish();
}

/** A codec of subtitles that are text. */
export type TextCodec = 'subrip' | 'ass' | 'webvtt' | 'mov_text';

/** Returns the text of a subtitle as a packet has it. Places, fonts and colors are lost. */
export function parseSubtitle(codec: TextCodec, data: Uint8Array): TextRun[] {
  if (codec === 'mov_text') return parseMovText(data);
  const text = new TextDecoder().decode(data);
  return { subrip: parseSubRip, ass: parseAss, webvtt: parseWebVtt }[codec](text);
}

/** Returns text with tags around what is not plain. */
function tagged(runs: readonly TextRun[], escape: (text: string) => string): string {
  return runs
    .map(({ text, style }) => {
      const tags = Object.entries(tagStyles).flatMap(([tag, bit = 0]) => (style & bit ? [tag] : []));
      const opening = tags.map((tag) => `<${tag}>`).join('');
      const closing = tags.reverse().map((tag) => `</${tag}>`);
      return opening + escape(text) + closing.join('');
    })
    .join('');
}

/** Bytes of text in a sample of MP4, whose length has 16 bits. */
const LONGEST_MOV_TEXT = 0xffff;
/** What a style says of letters that are otherwise as the track's own: the first font, its size, white. */
const FONT = 1;
const FONT_SIZE = 18;
const WHITE = 0xffffffff;

function movTextOf(runs: readonly TextRun[]): Uint8Array<ArrayBuffer> | undefined {
  const text = new TextEncoder().encode(runs.map((run) => run.text).join(''));
  if (text.length > LONGEST_MOV_TEXT) return undefined;
  const styled: { from: number; to: number; style: number }[] = [];
  let letters = 0;
  for (const run of runs) {
    const from = letters;
    letters += Array.from(run.text).length;
    if (run.style !== 0) styled.push({ from, to: letters, style: run.style });
  }
  const boxBytes = styled.length === 0 ? 0 : 10 + STYLE_BYTES * styled.length;
  const data = new Uint8Array(2 + text.length + boxBytes);
  const view = new DataView(data.buffer);
  view.setUint16(0, text.length);
  data.set(text, 2);
  if (boxBytes === 0) return data;
  const box = 2 + text.length;
  view.setUint32(box, boxBytes);
  data.set(new TextEncoder().encode('styl'), box + 4);
  view.setUint16(box + 8, styled.length);
  for (const [index, { from, to, style }] of styled.entries()) {
    const at = box + 10 + STYLE_BYTES * index;
    view.setUint16(at, from);
    view.setUint16(at + 2, to);
    view.setUint16(at + 4, FONT);
    view.setUint8(at + 6, style);
    view.setUint8(at + 7, FONT_SIZE);
    view.setUint32(at + 8, WHITE);
  }
  return data;
}

/** Returns the bytes of a packet that shows text; undefined where the codec has no room for so much. */
export function formatSubtitle(
  codec: Exclude<TextCodec, 'ass'>,
  runs: readonly TextRun[],
): Uint8Array<ArrayBuffer> | undefined {
  if (codec === 'mov_text') return movTextOf(runs);
  if (codec === 'subrip') return new TextEncoder().encode(tagged(runs, (text) => text));
  // An empty line would end the subtitle.
  const escape = (text: string): string =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/\n{2,}/g, '\n');
  return new TextEncoder().encode(tagged(runs, escape));
}

/** Whether the description of an MP4 track of text says that it is shown even where nobody asks for subtitles. */
export function isForcedMovText(header: Uint8Array): boolean {
  return header.length >= 4 && new DataView(header.buffer, header.byteOffset).getUint32(0) >>> 0 >= ALWAYS_SHOWN;
}

/** An MP4 sample that shows nothing. */
export const EMPTY_MOV_TEXT = new Uint8Array(2);

/** In the flags of the description of an MP4 track: all of its text is shown even where nobody asks for subtitles. */
const ALWAYS_SHOWN = 0xc0000000;

/**
 * Returns the description of an MP4 track of text (TextSampleEntry, without what all sample entries begin with): white, centered,
 * at the bottom.
 *
 * @param isForced - whether it is shown even where nobody asks for subtitles.
 */
export function movTextHeader(isForced: boolean): Uint8Array<ArrayBuffer> {
  const font = new TextEncoder().encode('Sans-Serif');
  const data = new Uint8Array(30 + 13 + font.length);
  const view = new DataView(data.buffer);
  view.setUint32(0, isForced ? ALWAYS_SHOWN : 0);
  view.setInt8(4, 1); // centered
  view.setInt8(5, -1); // at the bottom
  // 6: background, 10: the box of the text, both 0; then the style of all letters.
  view.setUint16(22, FONT);
  view.setUint8(25, FONT_SIZE);
  view.setUint32(26, WHITE);
  view.setUint32(30, 13 + font.length);
  data.set(new TextEncoder().encode('ftab'), 34);
  view.setUint16(38, 1);
  view.setUint16(40, FONT);
  view.setUint8(42, font.length);
  data.set(font, 43);
  return data;
}
