// The voices made from recordings of people that training and its report know: who speaks, in which program, under which licence.
import type { PhoneSetName } from './phone-sets.ts';
import type { Language } from './languages.ts';

/** The programs that speak with recorded voices. */
export const VOICE_PROGRAMS: readonly VoiceProgram[] = ['flite', 'festival'];

/** A program that speaks. */
export type VoiceProgram = 'flite' | 'festival';

/** Returns whether a source of speech is a program. */
export function isVoiceProgram(source: string): source is VoiceProgram {
  return (VOICE_PROGRAMS as readonly string[]).includes(source);
}

/** Where speech comes from: a program with recorded voices, or the formant synthesizer of src/synthetic. */
export const SPEECH_SOURCES: readonly SpeechSource[] = [...VOICE_PROGRAMS, 'synthetic'];

/** A source of speech. */
export type SpeechSource = 'flite' | 'festival' | 'synthetic';

/** What a voice is for: those for the report are never heard in training. */
export type VoiceUse = 'training' | 'report';

/** A voice. */
export interface RecordedVoice {
  program: VoiceProgram;
  /** What the program calls it. */
  name: string;
  /** Who was recorded; several voices may be of one person. */
  person: string;
  language: Language;
  phones: PhoneSetName;
  use: VoiceUse;
  /** Debian's packages with the voice and what it needs. */
  packages: readonly string[];
  /** Whether the program can change its rate and its pitch. Others keep theirs. */
  bends: boolean;
  /** How text reaches it. */
  encoding: 'latin1' | 'latin2' | 'utf8';
  /** Seconds by which its sound is later than the times that the program tells, where that is more than a hundredth. */
  late?: number;
}

const flite = {
  program: 'flite',
  language: 'english',
  phones: 'radio',
  packages: ['flite'],
  encoding: 'utf8',
} as const;
const festival = { program: 'festival', use: 'training', bends: true } as const;
const english = { ...festival, language: 'english', phones: 'radio', encoding: 'utf8' } as const;
const czech = { ...festival, language: 'czech', phones: 'czech', encoding: 'latin2' } as const;
const finnish = { ...festival, language: 'finnish', phones: 'finnish', encoding: 'latin1' } as const;
const indic = { ...festival, phones: 'indic', person: 'nsk', encoding: 'utf8' } as const;

/** All of them. docs/training-voices.md has what each is made of, and its licence. */
export const RECORDED_VOICES: readonly RecordedVoice[] = [
  { ...flite, name: 'slt', person: 'slt', use: 'training', bends: true },
  { ...flite, name: 'awb', person: 'awb', use: 'training', bends: true },
  { ...flite, name: 'kal16', person: 'kal', use: 'training', bends: true },
  { ...flite, name: 'rms', person: 'rms', use: 'report', bends: false },
  { ...english, name: 'kal_diphone', person: 'kal', packages: ['festvox-kallpc16k'] },
  { ...english, name: 'ked_diphone', person: 'ked', packages: ['festvox-kdlpc16k'] },
  { ...english, name: 'cmu_us_slt_arctic_hts', person: 'slt', packages: ['festvox-us-slt-hts'], bends: false },
  {
    ...festival,
    name: 'pc_diphone',
    person: 'pc',
    language: 'italian',
    phones: 'italian',
    packages: ['festvox-itapc16k'],
    encoding: 'latin1',
  },
  {
    ...festival,
    name: 'lp_diphone',
    person: 'lp',
    language: 'italian',
    phones: 'italian',
    use: 'report',
    packages: ['festvox-italp16k'],
    encoding: 'latin1',
  },
  { ...czech, name: 'czech_dita', person: 'dita', packages: ['festvox-czech-dita'] },
  { ...czech, name: 'czech_krb', person: 'krb', packages: ['festvox-czech-krb'] },
  { ...czech, name: 'czech_machac', person: 'machac', packages: ['festvox-czech-machac'] },
  { ...czech, name: 'czech_ph', person: 'ph', packages: ['festvox-czech-ph'], late: 0.015 },
  {
    ...festival,
    name: 'msu_ru_nsh_clunits',
    person: 'nsh',
    language: 'russian',
    phones: 'russian',
    packages: ['festvox-ru'],
    bends: false,
    encoding: 'utf8',
  },
  { ...finnish, name: 'hy_fi_mv_diphone', person: 'mv', packages: ['festvox-suopuhe-mv'], late: 0.015 },
  { ...finnish, name: 'suo_fi_lj_diphone', person: 'lj', packages: ['festvox-suopuhe-lj'], late: 0.02 },
  { ...indic, name: 'hindi_NSK_diphone', language: 'hindi', packages: ['festvox-hi-nsk', 'festival-hi'] },
  { ...indic, name: 'marathi_NSK_diphone', language: 'marathi', packages: ['festvox-mr-nsk', 'festival-mr'] },
  { ...indic, name: 'telugu_NSK_diphone', language: 'telugu', packages: ['festvox-te-nsk', 'festival-te'] },
  {
    ...festival,
    name: 'upc_ca_ona_hts',
    person: 'ona',
    language: 'catalan',
    phones: 'catalan',
    packages: ['festvox-ca-ona-hts', 'festival-ca'],
    bends: false,
    encoding: 'latin1',
  },
];

/** Returns the voices of some programs that are for a use. */
export function voicesFor(use: VoiceUse, programs: readonly VoiceProgram[]): RecordedVoice[] {
  return RECORDED_VOICES.filter((voice) => voice.use === use && programs.includes(voice.program));
}

/** Returns a voice by its program and name; undefined when there is none. */
export function findVoice(program: string, name: string): RecordedVoice | undefined {
  return RECORDED_VOICES.find((voice) => voice.program === program && voice.name === name);
}
