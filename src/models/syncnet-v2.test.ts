import { describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { hashed, hashedCheckpoint } from './hashed-weights.ts';
import { isTrainingCounter } from '../nn/norm.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { toFloat32 } from '../tensor/tensor.ts';
import { SyncNetV2, syncNetAudioGraph, syncNetLipGraph } from './syncnet-v2.ts';

const GOLDEN = 'test/fixtures/golden/syncnet/syncnet_v2.safetensors';

describe('SyncNetV2', () => {
  it('has the keys of the official checkpoint, training counters aside', async () => {
    await using golden = await openCheckpointFile(GOLDEN);
    const official = JSON.parse(String(golden.metadata.keys)) as string[];
    const keys = Array.from(new SyncNetV2().namedParameters(), ([key]) => key);
    expect(keys.sort()).toEqual(official.filter((key) => !isTrainingCounter(key)));
  });

  it('gives the reference embeddings of mouths and of sound', async () => {
    await using golden = await openCheckpointFile(GOLDEN);
    const metadata = golden.metadata as Record<string, string>;
    const model = new SyncNetV2();
    const weights = hashedCheckpoint(model, metadata.weight_prefix);
    checkWeights(model, weights);
    const [scale, offset] = JSON.parse(metadata.lip_scale_offset) as number[];
    const lip = hashed(`${metadata.hash_prefix}sn.lip`, JSON.parse(metadata.lip_shape) as number[], scale, offset);
    const mfccShape = JSON.parse(metadata.mfcc_shape) as number[];
    const mfcc = hashed(`${metadata.hash_prefix}sn.mfcc`, mfccShape, Number(metadata.mfcc_scale));

    await using runtime = createRuntime();
    await using lipSession = await runtime.createSession(await bindWeights(syncNetLipGraph(model), weights));
    const { lip_embeds: lipEmbeds } = await lipSession.run({ lip });
    expect(relativeError(toFloat32(lipEmbeds).data, toFloat32(await golden.read('lip')).data)).toBeLessThan(5e-6);

    await using audioSession = await runtime.createSession(await bindWeights(syncNetAudioGraph(model), weights));
    const { audio_embeds: audioEmbeds } = await audioSession.run({ mfcc });
    expect(relativeError(toFloat32(audioEmbeds).data, toFloat32(await golden.read('aud')).data)).toBeLessThan(5e-6);
  });
});
