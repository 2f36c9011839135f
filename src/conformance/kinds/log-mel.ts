// Kinds "log_mel" and "log_mel_65s_tail": Whisper's log-mel spectrogram of speech, [80, T], whole or at both ends of a long one.
import { logMelSpectrogram } from '../../audio/log-mel-spectrogram.ts';
import { compareClosely, PASS_TOLERANCE } from '../comparison.ts';
import type { Kind } from '../kind.ts';
import { repeated } from './speech.ts';
import { partsOf } from './tensor-names.ts';

/** `log_mel`, [80, T]. */
export const logMel: Kind = async function* (golden, context) {
  yield await compareClosely(golden, 'log_mel', logMelSpectrogram(await context.samples()), PASS_TOLERANCE);
};

/** `log_mel_first_<n>_frames` and `log_mel_last_<n>_frames` of the speech, repeated as the field `tile` says. */
export const logMelTail: Kind = async function* (golden, context) {
  const [repeats = 20, seconds = 65] = partsOf(/repeated (\d+) times, first (\d+)\*16000 kept/, golden.text('tile'));
  const mel = logMelSpectrogram(repeated(await context.samples(), Number(seconds), Number(repeats)));
  for (const name of golden.names) {
    const [end, count] = partsOf(/^log_mel_(first|last)_(\d+)_frames$/, name);
    if (count === undefined) continue;
    const first = end === 'first' ? 0 : mel.shape[1] - Number(count);
    yield await compareClosely(golden, name, mel.slice(1, first, first + Number(count)), PASS_TOLERANCE);
  }
};
