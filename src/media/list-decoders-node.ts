// Which codecs can be read in Node, as the process that would read them says.
import type { MediaDecoders } from './media-host-protocol.ts';
import { defaultLimits, MediaProcess } from './media-process-node.ts';

/**
 * Lists the codecs that can be decoded.
 *
 * @throws LatentSyncError `media-crashed` or `media-stalled` when the process does not start.
 */
export async function listDecoders(signal?: AbortSignal): Promise<MediaDecoders> {
  // It opens its file with the first question about it, which is never asked.
  const host = new MediaProcess('FFmpeg', { path: '', extension: '' }, defaultLimits);
  try {
    const { item } = await host.ask<MediaDecoders>({ type: 'list-decoders' }, signal);
    return item;
  } finally {
    await host.close();
  }
}
