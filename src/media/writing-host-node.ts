// The process that encodes and writes media with FFmpeg: a child, so that nothing in native code can end the program or block it.
import { LatentSyncError } from '../util/errors.ts';
import { HostPipe } from './host-pipe-node.ts';
import type { FromWritingHost, ToWritingHost } from './writing-host-protocol.ts';
import { WrittenSegment, WrittenVideo, type WrittenFile } from './written-file-node.ts';

// SVT-AV1 would tell on standard output how it is set.
process.env.SVT_LOG = '1';

let file: WrittenFile | undefined;

async function handle(message: ToWritingHost, body: Uint8Array<ArrayBuffer>): Promise<void> {
  switch (message.type) {
    case 'open':
      file = await (message.target === 'segment' ? WrittenSegment.open(message) : WrittenVideo.open(message, body));
      return;
    case 'finish':
      await file?.finish();
      pipe.send({ type: 'finished' });
      return;
    default:
      await file?.add(message, body);
      pipe.recycle(body);
      pipe.send({ type: 'taken' });
  }
}

let work = Promise.resolve();
const pipe = new HostPipe<ToWritingHost, FromWritingHost>((message, body) => {
  work = work.then(() => handle(message, body));
  work.catch((error: unknown) => {
    const { message: fault, code } = error as NodeJS.ErrnoException;
    if (error instanceof LatentSyncError) pipe.send({ type: 'failed', fault, error: error.toJSON() });
    else pipe.send({ type: 'failed', fault, systemCode: code });
  });
});
pipe.send({ type: 'started' });
