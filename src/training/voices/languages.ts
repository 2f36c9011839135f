// The languages that recorded voices speak, and what is said in each.
import type { Grammar } from './grammar.ts';
import { catalan } from './texts/catalan.ts';
import { czech } from './texts/czech.ts';
import { english } from './texts/english.ts';
import { finnish } from './texts/finnish.ts';
import { hindi } from './texts/hindi.ts';
import { italian } from './texts/italian.ts';
import { marathi } from './texts/marathi.ts';
import { russian } from './texts/russian.ts';
import { telugu } from './texts/telugu.ts';

const grammars = { english, italian, catalan, czech, finnish, russian, hindi, marathi, telugu };

/** A language. */
export type Language = keyof typeof grammars;

/** The grammar of each language. */
export const GRAMMARS: Readonly<Record<Language, Grammar>> = grammars;
