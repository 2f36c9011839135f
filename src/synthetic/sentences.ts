// Sentences written as sounds: the text, and ARPAbet symbols with "1" after stressed vowels, "/" between words, "," for
// pauses (",0.6" for one of 0.6 s).
import { isPhoneme, type PhonemeSymbol } from './phonemes.ts';

/** A sentence that can be spoken. */
export interface Sentence {
  text: string;
  sounds: string;
}

/** The sentences that the synthetic speakers know. */
export const SENTENCES = [
  {
    text: 'Hello, and welcome. My face, my voice and every word are made from numbers.',
    sounds:
      'HH AX L OW1 , AX N D / W EH1 L K AX M , M AY1 / F EY1 S , M AY / V OY1 S / AX N D / EH1 V R IY / W ER1 D / AA R / ' +
      'M EY1 D / F R AX M / N AH1 M B ER Z',
  },
  {
    text: 'Now I say something new. Please watch my lips move with the sound, from maple to moon.',
    sounds:
      'N AW1 / AY1 / S EY / S AH1 M TH IH NG / N UW1 , P L IY1 Z / W AA1 CH / M AY / L IH1 P S / M UW1 V / W IH DH / DH AX / ' +
      'S AW1 N D , F R AX M / M EY1 P AX L / T AX / M UW1 N',
  },
  {
    text: 'Bob bought a big map of the village.',
    sounds: 'B AA1 B / B AO1 T / AX / B IH1 G / M AE1 P / AX V / DH AX / V IH1 L AX JH',
  },
  {
    text: 'We were away a year ago.',
    sounds: 'W IY / W ER / AX W EY1 / AX / Y IH1 R / AX G OW1',
  },
  {
    text: 'The boat left the harbor before the morning fog.',
    sounds: 'DH AX / B OW1 T / L EH1 F T / DH AX / HH AA1 R B ER / B IH F AO1 R / DH AX / M AO1 R N IH NG / F AO1 G',
  },
  {
    text: 'Father thought that the weather would be smooth.',
    sounds: 'F AA1 DH ER / TH AO1 T / DH AE T / DH AX / W EH1 DH ER / W UH D / B IY / S M UW1 DH',
  },
  {
    text: 'Please open the window, and put the paper on the table.',
    sounds:
      'P L IY1 Z / OW1 P AX N / DH AX / W IH1 N D OW , AX N D / P UH1 T / DH AX / P EY1 P ER / AA N / DH AX / T EY1 B AX L',
  },
  {
    text: 'She should choose a fresh measure, and judge it with care.',
    sounds:
      'SH IY / SH UH D / CH UW1 Z / AX / F R EH1 SH / M EH1 ZH ER , AX N D / JH AH1 JH / IH T / W IH DH / K EH1 R',
  },
  {
    text: 'How much do you know about the news from the north?',
    sounds: 'HH AW1 / M AH1 CH / D UW / Y UW / N OW1 / AX B AW1 T / DH AX / N UW1 Z / F R AX M / DH AX / N AO1 R TH',
  },
  {
    text: 'Five people came up the path with a bag of apples.',
    sounds:
      'F AY1 V / P IY1 P AX L / K EY1 M / AH1 P / DH AX / P AE1 TH / W IH DH / AX / B AE1 G / AX V / AE1 P AX L Z',
  },
  {
    text: 'Enjoy the music; the drummer is my younger brother.',
    sounds: 'EH N JH OY1 / DH AX / M Y UW1 Z IH K , DH AX / D R AH1 M ER / IH Z / M AY / Y AH1 NG G ER / B R AH1 DH ER',
  },
  {
    text: 'Every evening we vote, wait, and talk it over.',
    sounds: 'EH1 V R IY / IY1 V N IH NG / W IY / V OW1 T , W EY1 T , AX N D / T AO1 K / IH T / OW1 V ER',
  },
] as const satisfies readonly Sentence[];

/** A sound of a sentence before it has a time. */
export interface SpokenSound {
  symbol: PhonemeSymbol;
  stress: 0 | 1;
  /** Whether it belongs to the last word before a pause or the end. */
  phraseFinal: boolean;
  /** Fixed duration in seconds, regardless of the voice's rate; only for pauses. */
  seconds?: number;
}

/**
 * Reads a sentence's sounds; pauses become `SIL`.
 *
 * @throws RangeError when a symbol is unknown.
 */
export function readSounds(sounds: string): SpokenSound[] {
  const result: SpokenSound[] = [];
  let wordStart = 0;
  const endPhrase = (): void => {
    for (let i = wordStart; i < result.length; i++) result[i].phraseFinal = true;
  };
  for (const token of sounds.split(/\s+/).filter((part) => part !== '')) {
    if (token === '/') {
      wordStart = result.length;
    } else if (/^,(\d+(\.\d+)?)?$/.test(token)) {
      endPhrase();
      const length = token === ',' ? {} : { seconds: Number(token.slice(1)) };
      result.push({ symbol: 'SIL', stress: 0, phraseFinal: false, ...length });
      wordStart = result.length;
    } else {
      const symbol = token.replace(/1$/, '');
      if (!isPhoneme(symbol))
        throw new RangeError(`sounds must be ARPAbet symbols, "/", "," or ",SECONDS" (got "${token}").`);
      result.push({ symbol, stress: token.endsWith('1') ? 1 : 0, phraseFinal: false });
    }
  }
  endPhrase();
  return result;
}
