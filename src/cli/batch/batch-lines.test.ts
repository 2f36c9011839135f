// Lines of CSV and JSON: their numbers and options, whatever separates them, and what is wrong with those that are malformed.
import { describe, expect, it } from 'vitest';
import { csvLines, jsonLines, type BatchLine } from './batch-lines.ts';

/** Lines as plain values, to compare. */
function plain(lines: readonly BatchLine[]): unknown[] {
  return lines.map(({ line, content }) => [
    line,
    typeof content === 'string' ? content : (Object.fromEntries(content) as unknown),
  ]);
}

async function jsonOf(...chunks: string[]): Promise<unknown[]> {
  const lines: BatchLine[] = [];
  for await (const line of jsonLines(chunks)) lines.push(line);
  return plain(lines);
}

describe('csvLines', () => {
  it('returns rows by the names of the heading, without empty cells and empty lines', async () => {
    const text = '\uFEFFvideo, audio,output,steps\r\na.mp4, "b, ""c"".wav" ,c.mp4,\r\n\r\nd.mp4,e.wav,f.mp4,4\r\n';
    expect(plain(await csvLines(text))).toEqual([
      [2, { video: 'a.mp4', audio: 'b, "c".wav', output: 'c.mp4' }],
      [4, { video: 'd.mp4', audio: 'e.wav', output: 'f.mp4', steps: '4' }],
    ]);
  });

  it.each([';', '\t'])('takes what the heading separates names with: %j', async (delimiter) => {
    const rows = [
      ['video', 'audio'],
      ['a,b.mp4', 'c.wav'],
    ];
    const text = rows.map((row) => row.join(delimiter)).join('\n');
    expect(plain(await csvLines(text))).toEqual([[2, { video: 'a,b.mp4', audio: 'c.wav' }]]);
  });

  it('says what is wrong with a row', async () => {
    expect(plain(await csvLines('video,video,audio\na,b,c\na,b\n,b,c\n"a,b,c\nd,e,f'))).toEqual([
      [2, 'has two values for video'],
      [3, 'has 2 values, but the heading has 3 names'],
      [4, { video: 'b', audio: 'c' }],
      [6, 'has quotation marks that do not match'],
    ]);
  });

  it('finds no rows in an empty file, or below a heading', async () => {
    expect(await csvLines('')).toEqual([]);
    expect(await csvLines('video,audio,output\n')).toEqual([]);
  });
});

describe('jsonLines', () => {
  it('returns objects by line, however the text arrives', async () => {
    const text = '{"video":"a.mp4","steps":4}\r\n\n{"audio":null,"reference":true}';
    const expected = [
      [1, { video: 'a.mp4', steps: 4 }],
      [3, { reference: true }],
    ];
    expect(await jsonOf(text)).toEqual(expected);
    expect(await jsonOf(...text.split(/(?=")/))).toEqual(expected);
  });

  it('yields a line before the next one has arrived', async () => {
    async function* chunks(): AsyncGenerator<string> {
      yield '{"steps":1}\n{"ste';
      await new Promise(() => undefined);
    }
    expect((await jsonLines(chunks()).next()).value).toEqual({ line: 1, content: new Map([['steps', 1]]) });
  });

  it('says what is wrong with a line', async () => {
    expect(await jsonOf('{"video":\n[1]\nnull\n')).toEqual([
      [1, 'is not JSON'],
      [2, 'is not a JSON object'],
      [3, 'is not a JSON object'],
    ]);
  });
});
