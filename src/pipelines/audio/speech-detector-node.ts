// The network that tells speech from other sound, from this package's files.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SileroVad } from '../../models/silero-vad.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { fileError } from '../../util/file-errors.ts';

/** The same from the sources and from the build. */
const path = fileURLToPath(new URL('../../../models/speech/silero_vad_v6.onnx', import.meta.url));

/**
 * Returns the network that tells speech from other sound, which comes with this package.
 *
 * @throws LatentSyncError `file-not-found`, or what loading a model throws.
 */
export async function openSileroVad({
  runtime,
  signal,
}: {
  runtime: Runtime;
  signal?: AbortSignal;
}): Promise<SileroVad> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(error, path, {
      what: 'The network for speech',
      remedy: 'Install the package again: this file is part of it.',
    });
  });
  throwIfAborted(signal);
  return SileroVad.create(runtime, bytes);
}
