// What Festival is asked, in its Scheme, and what it tells of the phones that it has spoken.
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import type { RecordedVoice } from './recorded-voices.ts';
import type { SpokenPhone } from './spoken-phones.ts';

/** Letters beyond ASCII that Czech is written with, at their codes in ISO 8859-2. */
const LATIN2: ReadonlyMap<string, number> = new Map([
  ...Object.entries({
    Š: 0xa9,
    Ť: 0xab,
    Ž: 0xae,
    š: 0xb9,
    ť: 0xbb,
    ž: 0xbe,
    Á: 0xc1,
    Č: 0xc8,
    É: 0xc9,
    Ě: 0xcc,
    Í: 0xcd,
  }),
  ...Object.entries({
    Ď: 0xcf,
    Ň: 0xd2,
    Ó: 0xd3,
    Ř: 0xd8,
    Ů: 0xd9,
    Ú: 0xda,
    Ý: 0xdd,
    á: 0xe1,
    č: 0xe8,
    é: 0xe9,
    ě: 0xec,
  }),
  ...Object.entries({ í: 0xed, ď: 0xef, ň: 0xf2, ó: 0xf3, ř: 0xf8, ů: 0xf9, ú: 0xfa, ý: 0xfd }),
]);

/**
 * Returns a text in the encoding that a voice reads.
 *
 * @throws RangeError for a letter that the encoding does not have.
 */
export function encodeText(text: string, encoding: RecordedVoice['encoding']): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text);
  return Uint8Array.from(text, (letter) => {
    const code = encoding === 'latin2' ? (LATIN2.get(letter) ?? letter.charCodeAt(0)) : letter.charCodeAt(0);
    if (code > (encoding === 'latin2' && !LATIN2.has(letter) ? 0x7f : 0xff))
      throw new RangeError(`text must be in ${encoding} (got "${letter}").`);
    return code;
  });
}

/** Returns a text as Scheme writes it. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * Returns a script that speaks texts into the files `pathOf(index, 'wav')`, and writes a line for each phone into
 * `pathOf(index, 'phones')`: its name, its end in seconds, and the stress of its syllable.
 */
export function festivalScript(
  { name, bends, encoding }: RecordedVoice,
  texts: readonly string[],
  { stretch, pitch, pathOf }: { stretch: number; pitch: number; pathOf: (index: number, suffix: string) => string },
): Uint8Array {
  // Voices set hooks of their own when they are chosen; ours comes after them.
  const bending = `
(Parameter.set 'Duration_Stretch ${stretch})
(define (latentsync_pitch utt)
  (mapcar
    (lambda (target)
      (if (> (item.feat target 'f0) 0) (item.set_feat target 'f0 (* ${pitch} (item.feat target 'f0)))))
    (utt.relation.items utt 'Target))
  utt)
(set! after_analysis_hooks (append after_analysis_hooks (list latentsync_pitch)))`;
  const script = `(voice.select '${name})${bends ? bending : ''}
(define (latentsync_speak text sound phones)
  (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))) (file (fopen phones "w")))
    (utt.save.wave utt sound 'riff)
    (mapcar
      (lambda (phone)
        (format file "%s %f %s\\n" (item.name phone) (item.feat phone 'end) (item.feat phone "R:SylStructure.parent.stress")))
      (utt.relation.items utt 'Segment))
    (fclose file)))
${texts.map((text, index) => `(latentsync_speak ${[text, pathOf(index, 'wav'), pathOf(index, 'phones')].map(quoted).join(' ')})`).join('\n')}
`;
  return encodeText(script, encoding);
}

/**
 * Reads the phones that the script of {@link festivalScript} writes.
 *
 * @throws LatentSyncError `program-failed` when they are none.
 */
export function parseFestivalPhones(told: string): SpokenPhone[] {
  const phones = told
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^(\S+) (\d+\.\d+) (\d+)$/.exec(line);
      if (!match)
        throw new LatentSyncError('program-failed', wording`Festival tells no phone, time and stress, but ${line}.`);
      const [, name, end, stress] = match;
      return { name, end: Number(end), stressed: stress !== '0' };
    });
  if (phones.length > 0) return phones;
  throw new LatentSyncError('program-failed', 'Festival told no phones.');
}
