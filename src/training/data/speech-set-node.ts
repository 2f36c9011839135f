// SpeechSet: pieces of speech as log-mel spectrograms with their labels. Made once, kept in files.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { logMelSpectrogram } from '../../audio/log-mel-spectrogram.ts';
import { openCheckpointFile, writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { makeDirectory } from '../../hub/files-node.ts';
import { Tensor, toFloat32, toHalf } from '../../tensor/tensor.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { option, wording } from '../../util/wording.ts';
import { requireVoices } from '../voices/recorded-speech-node.ts';
import { isVoiceProgram, type SpeechSource } from '../voices/recorded-voices.ts';
import { SPEECH_VERSION, sampleSpeech, type SampledSpeech } from './speech-sampler-node.ts';

/** Length of a piece: one window of Whisper's encoder. */
export const PIECE_SECONDS = 30;

/** One piece of speech. */
export interface SpeechPiece {
  /** [80, 3000] as Whisper hears it. */
  readonly mel: Tensor<'float32'>;
  /** [1500] indices of `PHONEME_SYMBOLS`. */
  readonly phonemes: Int32Array;
  /** [1500, K] in the order of `MOUTH_NAMES`. */
  readonly mouth: Tensor<'float32'>;
}

/** Options of {@link prepareSpeech}. */
export interface SpeechSetOptions {
  /** Folder of the pieces; existing ones are not made again. */
  folder: string;
  count: number;
  /** Seed of the first piece; each piece takes the next. */
  firstSeed: number;
  /** Who speaks. Default: the formant synthesizer alone. */
  sources?: readonly SpeechSource[];
  signal?: AbortSignal;
  /** Stage `prepare`, in pieces. */
  onProgress?: OnProgress;
}

/**
 * Makes pieces of speech, or reads those that were made before from the same sources by the same version.
 *
 * @throws LatentSyncError `program-missing` when pieces must be made and a voice is not installed; or as `sampleSpeech` does.
 */
export async function prepareSpeech(options: SpeechSetOptions): Promise<SpeechPiece[]> {
  const { folder, count, firstSeed, sources = ['synthetic'], signal } = options;
  const identity = { version: SPEECH_VERSION, speech: sources.join() };
  await makeDirectory(folder, { what: 'folder of the speech', remedy: wording`Choose another ${option('data')}.` });
  const progress = new ProgressReporter('prepare', count, options.onProgress);
  const pieces: SpeechPiece[] = [];
  let areVoicesThere = false;
  for (let index = 0; index < count; index++) {
    throwIfAborted(signal);
    const path = join(folder, `speech-${firstSeed + index}.safetensors`);
    if (!(await isKept(path, identity))) {
      if (!areVoicesThere) await requireVoices('training', sources.filter(isVoiceProgram), signal);
      areVoicesThere = true;
      const speech = await sampleSpeech(firstSeed + index, { seconds: PIECE_SECONDS, sources, signal });
      await writePiece(path, speech, { identity, signal });
    }
    pieces.push(await readPiece(path));
    progress.report(index + 1);
  }
  return pieces;
}

/** What a piece is made of, as its file says it. */
type PieceIdentity = Readonly<Record<'version' | 'speech', string>>;

async function writePiece(
  path: string,
  speech: SampledSpeech,
  { identity, signal }: { identity: PieceIdentity; signal: AbortSignal | undefined },
): Promise<void> {
  const rows = speech.phonemes.length;
  const tensors = new Map<string, Tensor>([
    ['mel', toHalf(logMelSpectrogram(speech.samples), 'float16')],
    ['phonemes', new Tensor('int32', [rows], speech.phonemes)],
    ['mouth', toHalf(Tensor.float32([rows, MOUTH_NAMES.length], speech.mouth), 'float16')],
  ]);
  await writeSafetensorsFile(
    path,
    { tensors, read: (key) => Promise.resolve(tensors.get(key)!) },
    { metadata: identity, signal },
  );
}

/** Returns whether a piece exists as it would be made now. */
async function isKept(path: string, identity: PieceIdentity): Promise<boolean> {
  if (!existsSync(path)) return false;
  await using file = await openCheckpointFile(path);
  const { version, speech = 'synthetic' } = file.metadata;
  return version === identity.version && speech === identity.speech;
}

async function readPiece(path: string): Promise<SpeechPiece> {
  await using file = await openCheckpointFile(path);
  const phonemes = await file.read('phonemes');
  return {
    mel: toFloat32(await file.read('mel')),
    phonemes: Int32Array.from(phonemes.data as Int32Array),
    mouth: toFloat32(await file.read('mouth')),
  };
}
