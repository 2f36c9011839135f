// The weights of Whisper's encoder in golden files: named as in Whisper's own checkpoint, of which the encoder is a part.
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { WhisperEncoder } from '../../models/whisper-encoder.ts';
import type { KindContext } from '../kind.ts';

/** Returns the encoder's weights that stand for the prefix of a whole Whisper model. */
export function whisperWeights(context: KindContext, network: WhisperEncoder, prefix: string): Promise<Checkpoint> {
  return context.weights(network, `${prefix}encoder.`);
}
