// A process of its own that serves the files of the media tests until the one that started it disconnects.
import { serveMediaFiles } from './serve-media-files.ts';

const server = await serveMediaFiles();
process.once('disconnect', () => {
  void server[Symbol.asyncDispose]();
});
process.send!(server.url);
