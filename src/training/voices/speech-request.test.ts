// Requests and sentences: every gap can be filled, every letter written, and no training hears the voices of the report.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../synthetic/random.ts';
import { encodeText } from './festival-script.ts';
import { inventSentence } from './grammar.ts';
import { GRAMMARS, type Language } from './languages.ts';
import { isVoiceProgram, RECORDED_VOICES, VOICE_PROGRAMS, voicesFor } from './recorded-voices.ts';
import { inventRequest, requestedVoice } from './speech-request.ts';

describe.each(Object.keys(GRAMMARS) as Language[])('sentences in %s', (language) => {
  const grammar = GRAMMARS[language];
  const voice = RECORDED_VOICES.find((other) => other.language === language)!;

  it('have no gap that cannot be filled, and no rule that nothing uses', () => {
    const gaps = Object.values(grammar).flatMap((texts) => texts.flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)]));
    const used = new Set(['sentence', ...gaps.map(([, rule]) => rule)]);
    expect(used).toEqual(new Set([...Object.keys(grammar), ...(used.has('number') ? ['number'] : [])]));
  });

  it('differ, and can be written as the voice reads them', () => {
    const sentences = Array.from({ length: 200 }, (_, seed) => inventSentence(grammar, new SeededRandom(seed)));
    expect(new Set(sentences).size).toBeGreaterThan(160);
    for (const sentence of sentences) {
      expect(sentence).not.toMatch(/[{}\\"]|undefined/);
      expect(encodeText(sentence, voice.encoding).length).toBeGreaterThan(5);
    }
  });
});

describe('encodeText', () => {
  it('writes Czech in its own alphabet, and refuses letters that are not in it', () => {
    expect([...encodeText('Řeč', 'latin2')]).toEqual([0xd8, 0x65, 0xe8]);
    expect([...encodeText('è', 'latin1')]).toEqual([0xe8]);
    expect(() => encodeText('è', 'latin2')).toThrow('got "è"');
    expect(() => encodeText('Ж', 'latin1')).toThrow('got "Ж"');
  });
});

describe('inventRequest', () => {
  const requests = Array.from({ length: 400 }, (_, seed) =>
    inventRequest(new SeededRandom(seed), { voices: voicesFor('training', VOICE_PROGRAMS), seconds: 4 }),
  );

  it('asks every voice for training and none of the report', () => {
    const asked = new Set(requests.map(({ program, voice }) => `${program} ${voice}`));
    expect(asked).toEqual(
      new Set(voicesFor('training', VOICE_PROGRAMS).map(({ program, name }) => `${program} ${name}`)),
    );
    for (const request of requests) expect(requestedVoice(JSON.stringify(request))?.use).toBe('training');
    expect(voicesFor('report', VOICE_PROGRAMS).map(({ name }) => name)).toEqual(['rms', 'lp_diphone']);
  });

  it('changes voices within what people are, and leaves some as they were recorded', () => {
    const unchanged = requests.filter(({ size, tract, pitch, stretch }) =>
      [size, tract, pitch, stretch].every((x) => x === 1),
    );
    expect(unchanged.length).toBeGreaterThan(60);
    for (const { size, tract, pitch, stretch, texts, pauses, program, voice } of requests) {
      for (const figure of [size, tract, pitch]) {
        expect(figure).toBeGreaterThanOrEqual(0.8);
        expect(figure).toBeLessThanOrEqual(1.25);
      }
      // What does not bend keeps its pace but for its size.
      const { bends } = RECORDED_VOICES.find((other) => other.name === voice)!;
      if (!bends) expect([pitch, stretch]).toEqual([1, 1]);
      expect(pauses).toHaveLength(texts.length + 1);
      expect(isVoiceProgram(program)).toBe(true);
    }
    const kept = inventRequest(new SeededRandom(9), {
      voices: voicesFor('report', ['flite']),
      seconds: 2,
      changed: false,
    });
    expect(kept).toMatchObject({ voice: 'rms', size: 1, tract: 1, pitch: 1, stretch: 1 });
  });

  it('is nothing that cannot be read again', () => {
    expect(requestedVoice('{"program":"flite","voice":"rms"}')?.use).toBe('report');
    expect(requestedVoice('{"program":"flite","voice":"nobody"}')).toBeUndefined();
    expect(requestedVoice('no JSON')).toBeUndefined();
  });
});
