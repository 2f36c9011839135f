// The speech that the golden files were made from.
import { fileURLToPath } from 'node:url';
import { readTrack } from '../../src/media/audio-reader.ts';
import { openAudio } from '../../src/media/input-file-node.ts';
import { goldenUrl } from '../read-golden.ts';

/** Returns its samples, 16 kHz mono. */
export async function readGoldenSpeech(): Promise<Float32Array> {
  await using audio = await openAudio(fileURLToPath(goldenUrl('audio/speech.wav')));
  const [samples] = await readTrack(audio);
  return samples;
}
