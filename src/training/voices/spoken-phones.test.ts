// What programs tell, read; phones as timed sounds; loudness as it is in the sound.
import { describe, expect, it } from 'vitest';
import { spokenSounds, writeSpokenSounds } from '../data/spoken-sounds.ts';
import { festivalScript, parseFestivalPhones } from './festival-script.ts';
import { parseFlitePhones } from './flite-output.ts';
import { RECORDED_VOICES } from './recorded-voices.ts';
import { soundsOfPhones, withLoudness } from './spoken-phones.ts';

describe("Flite's list of phones", () => {
  it('is read', () => {
    expect(parseFlitePhones('pau:0.164 hh:0.255 ax:0.304 \n')).toEqual([
      { name: 'pau', end: 0.164 },
      { name: 'hh', end: 0.255 },
      { name: 'ax', end: 0.304 },
    ]);
  });

  it('is refused when it is something else', () => {
    expect(() => parseFlitePhones('Segmentation fault')).toThrow('but Segmentation');
  });
});

describe("Festival's list of phones", () => {
  it('is read', () => {
    expect(parseFestivalPhones('# 0.300000 0\ni1 0.347063 1\n')).toEqual([
      { name: '#', end: 0.3, stressed: false },
      { name: 'i1', end: 0.347063, stressed: true },
    ]);
  });

  it('is refused when it is empty or something else', () => {
    expect(() => parseFestivalPhones('')).toThrow('no phones');
    expect(() => parseFestivalPhones('nil\n')).toThrow('but nil');
  });

  it('is asked for with texts that cannot be mistaken for programs', () => {
    const voice = RECORDED_VOICES.find(({ name }) => name === 'kal_diphone')!;
    const pathOf = (index: number, suffix: string): string => `/x/${index}.${suffix}`;
    const script = new TextDecoder().decode(
      festivalScript(voice, [`Say "hi" \\ bye') (exit`], { stretch: 1.1, pitch: 0.9, pathOf }),
    );
    expect(script).toContain(String.raw`(latentsync_speak "Say \"hi\" \\ bye') (exit" "/x/0.wav" "/x/0.phones")`);
    expect(script).toContain("(Parameter.set 'Duration_Stretch 1.1)");
    const stiff = festivalScript({ ...voice, bends: false }, [], { stretch: 1.1, pitch: 0.9, pathOf });
    expect(new TextDecoder().decode(stiff)).not.toContain('Duration_Stretch');
  });
});

describe('soundsOfPhones', () => {
  it('maps and scales phones; their parts are equally long, and silences are joined', () => {
    const phones = [
      { name: '#', end: 0.1 },
      { name: '#', end: 0.2 },
      { name: 'ts', end: 0.4, stressed: true },
      { name: 'a', end: 0.5, stressed: false },
      { name: 'e1', end: 0.6, stressed: false },
      { name: 'm', end: 0.6 },
    ];
    const sounds = soundsOfPhones(phones, { set: 'italian', scale: 2 });
    expect(
      sounds.map(({ symbol, stress, start, end }) => [symbol, stress, +start.toFixed(6), +end.toFixed(6)]),
    ).toEqual([
      ['SIL', 0, 0, 0.4],
      ['T', 0, 0.4, 0.6],
      ['S', 0, 0.6, 0.8],
      ['AA', 0, 0.8, 1],
      ['EH', 1, 1, 1.2],
    ]);
    expect(soundsOfPhones([{ name: 'iy', end: 1 }], { set: 'radio' })[0].stress).toBe(1);
    expect(soundsOfPhones([{ name: 'iy', end: 1, stressed: false }], { set: 'radio' })[0].stress).toBe(0);
  });

  it('refuses a phone that is not in the table', () => {
    expect(() => soundsOfPhones([{ name: 'qq', end: 1 }], { set: 'radio' })).toThrow(/the phone qq.*"radio"/);
  });
});

describe('withLoudness', () => {
  it('measures vowels against the loudest, and consonants as the vowel after them', () => {
    const levels = [0, 0.05, 0.2, 0.1, 0.4];
    const samples = Float32Array.from(
      { length: 16_000 },
      (_, n) => levels[Math.floor(n / 3200)] * Math.SQRT2 * Math.sin(n),
    );
    const sounds = ['SIL', 'M', 'AA', 'IY', 'AA'] as const;
    const heard = withLoudness(
      sounds.map((symbol, i) => ({ symbol, stress: 1, start: 0.2 * i, end: 0.2 * (i + 1) })),
      samples,
    );
    // Of three vowels the second loudest counts as loudest.
    expect(heard.map(({ loudness }) => +loudness!.toFixed(2))).toEqual([1, 1, 1, 0.5, 1]);
    expect(spokenSounds(writeSpokenSounds(heard))).toEqual(
      heard.map((sound) => ({
        ...sound,
        loudness: expect.closeTo(sound.loudness!, 2) as number,
        start: expect.closeTo(sound.start) as number,
        end: expect.closeTo(sound.end) as number,
      })),
    );
    expect(() => spokenSounds('AA1')).toThrow('got "AA1"');
  });
});
