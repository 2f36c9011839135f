// latentsync inspect: what is in a media file, and what sync would do with it.
import { streamOptions } from '../../media/stream-options.ts';
import { commandLineMessage } from '../command-line-words.ts';
import { defineCommand } from '../command.ts';
import { mediaText } from '../media-text.ts';

export const inspectCommand = defineCommand({
  description:
    'Lists the streams of a file with their numbers, codecs, sizes, colors and times, and says which of them sync would take, and how. ' +
    'The whole file is read, but only its beginning is decoded.',
  positionals: ['file'],
  options: {
    file: {
      type: 'input',
      group: 'Files',
      value: 'FILE',
      required: true,
      text: 'Video, audio or picture, a file or a URL.',
    },
    ...streamOptions,
  },
  examples: ['latentsync inspect talk.mp4', 'latentsync inspect talk.mkv --audio-stream 2 --json'],
  async run({ file, ...options }, { report, signal }) {
    const { inspectMedia } = await import('../../media/inspect-media-node.ts');
    const media = await inspectMedia(file, { ...options, signal });
    report.event(
      'result',
      media,
      mediaText(media, (error) => commandLineMessage(error, undefined)),
    );
  },
});
