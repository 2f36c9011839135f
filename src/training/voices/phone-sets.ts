// The phones of recorded voices as the sounds of src/synthetic/phonemes.ts, whose mouths are known: one table for all phone sets.
// Phones are listed as the voices' own definitions have them: `(PhoneSet.description '(phones))` in Festival, lib/*_phones.scm and the
// voices' packages in Debian; Flite speaks the set "radio". Which English sound looks most like a foreign one follows the place and the
// rounding that those definitions, and the handbook of the International Phonetic Association (1999), give for it. What lips and jaw do
// decides, then what is heard: a trill is the tap of "ladder", [y] is rounded as [u] is, a palatal consonant is the plain one and a [j].
import { isPhoneme, PHONEMES, type PhonemeSymbol } from '../../synthetic/phonemes.ts';

/** One sound that a phone consists of. */
export interface PhonePart {
  symbol: PhonemeSymbol;
  /** 0 unstressed, 1 stressed; undefined when only the program that speaks can tell. */
  stress: 0 | 1 | undefined;
}

/** English, after the corpus of Boston University's radio news: all English voices. */
const radio = `
  aa AA, ae AE, ah AH, ao AO, aw AW, ax AX0, axr ER0, ay AY, eh EH, er ER, ey EY, ih IH, iy IY, ow OW, oy OY, uh UH, uw UW,
  b B, ch CH, d D, dh DH, dx D, el AX0 L, em AX0 M, en AX0 N, f F, g G, hh HH, hv HH, jh JH, k K, l L, m M, n N, nx N, ng NG,
  p P, r R, s S, sh SH, t T, th TH, v V, w W, y Y, z Z, zh ZH, pau SIL, h# SIL, brth SIL`;

/** Italian: "1" marks stress, capitals are open vowels. */
const italian = `
  i IY0, e EH0, E EH0, a AA0, o AO0, O AO0, u UW0, i1 IY1, e1 EH1, E1 EH1, a1 AA1, o1 AO1, O1 AO1, u1 UW1, j Y, w W,
  p P, t T, k K, b B, d D, g G, f F, s S, S SH, v V, z Z, Z ZH, ts T S, tS CH, dz D Z, dZ JH,
  m M, n N, J N Y, ng NG, nf N, l L, L L Y, r D, # SIL`;

/** Czech: "~" stands for the hook, ":" for length, "_" for the catch before a vowel; r~* is ř without voice. Stress is not told. */
const czech = `
  a AA1, a: AA1, e EH1, e: EH1, i IH1, i: IY1, o AO1, o: AO1, u UH1, u: UW1,
  b B, c T S, c~ CH, ch HH, d D, d~ D Y, dz D Z, dz~ JH, f F, g G, h HH, j Y, k K, l L, m M, n N, n* NG, n~ N Y,
  p P, r D, r~ ZH, r~* SH, s S, s~ SH, t T, t~ T Y, v V, z Z, z~ ZH, _ HH, # SIL`;

/** Finnish: "@" is ä, "7" is ö, ":" marks length. */
const finnish = `
  a AA, e EH, i IY, o AO, u UW, y UW, @ AE, 7 ER, & AX0,
  a: AA, e: EH, i: IY, o: AO, u: UW, y: UW, @: AE, 7: ER,
  p P, t T, k K, b B, d D, g G, f F, T TH, s S, S SH, h HH, v V, m M, n N, N NG, l L, L L, r D, j Y, w W,
  p: P, t: T, k: K, b: B, d: D, g: G, f: F, T: TH, D: DH, s: S, z: Z, S: SH, Z: ZH, h: HH, v: V,
  m: M, n: N, N: NG, l: L, L: L, r: D, j: Y, w: W, ## SIL, # SIL`;

/** Russian: doubled vowels are stressed, doubled consonants soft. */
const russian = `
  ii IY1, yy IH1, uu UW1, ee EH1, oo AO1, aa AA1, a AH0, e EH0, i IH0, y IH0, u UH0, ae AX0, ay AX0, ur UH0,
  p P, pp P, b B, bb B, t T, tt T, d D, dd D, k K, kk K, g G, gg G, c T S, ch CH, f F, ff F, v V, vv V, s S, ss S, z Z, zz Z,
  sh SH, sch SH, zh ZH, h HH, hh HH, m M, mm M, n N, nn N, l L, ll L, r D, rr D, j Y, pau SIL`;

/** Hindi, Marathi and Telugu: capitals are retroflex, th and dh dental stops. Stress is not told. */
const indic = `
  a AH1, aa AA1, ih IH1, iy IY1, uh UH1, uw UW1, eh EH1, ee EH1, ay AY1, oh AO1, oo OW1, aw AW1, @ AE1,
  f F, k K, g G, ch CH, T T, D D, N N, th T, dh D, n N, p P, b B, m M, y Y, r D, l L, v V, L L, R D, s S, sh SH, j JH, h HH,
  ksh K SH, sri SH D IY1, x SIL, kh K, gh G, td T, tth T, ddh D, bh B, zh ZH, w W, pau SIL`;

/** Catalan: "1" marks stress, capitals are open vowels or palatal consonants, rr is the trill. */
const catalan = `
  ax AX0, a AA0, a1 AA1, e EH0, e1 EH1, E EH0, E1 EH1, i IY0, i1 IY1, o AO0, o1 AO1, O AO0, O1 AO1, u UW0, u1 UW1,
  b B, d D, f F, g G, j Y, J N Y, k K, l L, L L Y, m M, n N, p P, r D, rr D, s S, S SH, t T, w W, z Z, Z ZH,
  pau SIL, _ SIL, # SIL`;

const tables = { radio, italian, czech, finnish, russian, indic, catalan };

/** The name of a set of phones. */
export type PhoneSetName = keyof typeof tables;

function partOf(text: string): PhonePart {
  const [, symbol, stress] = /^([A-Z]+)([01]?)$/.exec(text) ?? ['', text, ''];
  if (!isPhoneme(symbol)) throw new TypeError(`The table of phones names ${text}, which is not a sound.`);
  if (PHONEMES[symbol].manner !== 'vowel') return { symbol, stress: 0 };
  return { symbol, stress: stress === '' ? undefined : stress === '1' ? 1 : 0 };
}

function readTable(table: string): ReadonlyMap<string, readonly PhonePart[]> {
  return new Map(
    table.split(',').map((entry) => {
      const [phone, ...parts] = entry.trim().split(/\s+/);
      return [phone, parts.map(partOf)];
    }),
  );
}

/** For each set, its phones, and the sounds that each consists of, in order. */
export const PHONE_SETS = Object.fromEntries(
  Object.entries(tables).map(([name, table]) => [name, readTable(table)]),
) as Readonly<Record<PhoneSetName, ReadonlyMap<string, readonly PhonePart[]>>>;
