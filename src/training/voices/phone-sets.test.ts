// The table of phones against the voices' own lists, and against what lips must do.
import { describe, expect, it } from 'vitest';
import { LIPS_MEET, PHONEMES } from '../../synthetic/phonemes.ts';
import { PHONE_SETS, type PhoneSetName } from './phone-sets.ts';

/** As `(PhoneSet.description '(phones))` prints them in Festival 2.5 with Debian 12's voices. */
const definitions: Record<PhoneSetName, string> = {
  radio:
    'aa ae ah ao aw ax axr ay b ch d dh dx eh el em en er ey f g hh hv ih iy jh k l m n nx ng ow oy p r s sh t th ' +
    'uh uw v w y z zh pau h# brth',
  italian: 'i e E a o O u i1 e1 E1 a1 o1 O1 u1 j w p t k b d g f s S v z Z ts tS dz dZ m n J ng nf l L r #',
  czech: '# _ a a: b c c~ ch d d~ dz dz~ e e: f g h i i: j k l m n n* n~ o o: p r r~ r~* s s~ t t~ u u: v z z~',
  finnish:
    'a e i o u y @ 7 & a: e: i: o: u: y: @: 7: p t k b d g f T s S h v m n N l L r j w p: t: k: b: d: g: f: T: D: ' +
    's: z: S: Z: h: v: m: n: N: w: l: L: r: j: ## #',
  russian:
    'pau ii yy uu ee oo aa a e i y u ae ay ur p pp b bb t tt d dd k kk g gg c ch f ff v vv s ss z zz sh sch zh h hh ' +
    'm mm n nn l ll r rr j',
  indic:
    'a aa ih iy uh uw eh ee ay oh oo aw f k g ch T D N th dh n p b m y r l v L R s sh j h ksh sri x kh gh td tth ' +
    'ddh bh zh @ pau w',
  catalan: 'ax a a1 b d e e1 E E1 f g i i1 j J k l L m n o o1 O O1 p r rr s S t u u1 w z Z pau _ #',
};

/** Phones that close the lips, by the letters that they are spelled with. */
const closing: Record<PhoneSetName, string> = {
  radio: 'p b m em',
  italian: 'p b m',
  czech: 'p b m',
  finnish: 'p b m p: b: m:',
  russian: 'p pp b bb m mm',
  indic: 'p b m bh',
  catalan: 'p b m',
};

/** Phones for which the lips are rounded. */
const rounded: Record<PhoneSetName, string> = {
  radio: 'uw uh ow w',
  italian: 'u u1 o o1 w',
  czech: 'u u: o o:',
  finnish: 'u y u: y: o o: 7 7: w',
  russian: 'uu u ur oo',
  indic: 'uh uw oh oo w',
  catalan: 'u u1 o o1 w',
};

describe.each(Object.keys(definitions) as PhoneSetName[])('the phones of %s', (name) => {
  const set = PHONE_SETS[name];

  it('are all of those that its voices can speak, and no others', () => {
    expect([...set.keys()].sort()).toEqual(definitions[name].split(' ').sort());
  });

  it('close the lips where they must, and nowhere else', () => {
    const found = [...set].filter(([, parts]) => parts.some(({ symbol }) => LIPS_MEET.has(symbol)));
    expect(found.map(([phone]) => phone).sort()).toEqual(closing[name].split(' ').sort());
  });

  it('round them', () => {
    for (const phone of rounded[name].split(' ')) {
      expect(set.get(phone)?.some(({ symbol }) => ['UW', 'UH', 'OW', 'AO', 'W', 'ER'].includes(symbol))).toBe(true);
    }
  });

  it('have stress only on vowels', () => {
    for (const { symbol, stress } of [...set.values()].flat()) {
      if (PHONEMES[symbol].manner !== 'vowel') expect(stress).toBe(0);
    }
  });
});
