// Kind "full_whisper_tiny": Whisper's encoder at its official size, on a made-up mel spectrogram.
import { parseWhisperDims, WhisperEncoder, whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { compareClosely, PASS_TOLERANCE, thinned } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';
import { whisperWeights } from './whisper-weights.ts';

/** `embeddings`, or `embeddings_every_<n>th` position of them, [1, layers+1, positions, n_state]. */
export const whisper: Kind = async function* (golden, context) {
  const network = new WhisperEncoder(parseWhisperDims(golden.json('whisper_dims')));
  const weights = await whisperWeights(context, network, golden.text('weight_prefix'));
  await using session = await loadSession(context, whisperEncoderGraph(network), weights);
  const { nMels, nAudioCtx } = network.config;
  const mel = golden.hashed('whisper.in.mel', [1, nMels, 2 * nAudioCtx], golden.number('input_scale', 1));
  const { embeddings } = await session.run({ mel }, { signal: context.signal });
  for (const name of golden.names) {
    if (!name.startsWith('embeddings')) continue;
    const [every = '1'] = partsOf(/^embeddings_every_(\d+)(?:st|nd|rd|th)$/, name);
    const kept = thinned(embeddings, Number(every), golden.shapeOf(name)!);
    yield await compareClosely(golden, name, kept, PASS_TOLERANCE);
  }
};
