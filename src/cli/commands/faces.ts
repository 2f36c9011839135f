// latentsync faces: the shots of a video and the faces in them, in words and on a contact sheet.
import { findFacesOptions } from '../../pipelines/faces/find-faces-options.ts';
import { lipsyncOptions } from '../../pipelines/lipsync-option-table.ts';
import { defineCommand } from '../command.ts';
import { facesText, sheetName } from '../faces-text.ts';

export const facesCommand = defineCommand({
  description:
    'Lists the tracks: the runs of frames in which sync follows one face. The contact sheet has a frame of each with its number. ' +
    'What was found is kept for sync.',
  positionals: ['video'],
  options: {
    video: lipsyncOptions.video,
    ...findFacesOptions,
    output: {
      ...findFacesOptions.output,
      defaultText: 'the name of the video with .faces.png, in the current folder',
    },
    sheet: { type: 'flag', group: 'Files', default: true, text: 'Write a contact sheet.' },
  },
  examples: [
    'latentsync faces talk.mp4',
    'latentsync faces talk.mp4 -o people.png',
    'latentsync faces talk.mp4 --no-sheet --json',
    'latentsync faces talk.mp4 --no-sheet --overlay faces.mp4 --face left',
    'latentsync faces cartoon.mp4 --points-template cartoon.csv',
  ],
  async run({ video, sheet = true, output = sheetName(video), ...options }, { report, signal }) {
    const { findFaces } = await import('../../pipelines/faces/find-faces-node.ts');
    const { onProgress, onWarning } = report;
    const found = await findFaces(video, {
      ...options,
      output: sheet ? output : undefined,
      signal,
      onProgress,
      onWarning,
    });
    const { summary, warnings, output: written, overlay, pointsTemplate } = found;
    const files = { output: written, overlay, pointsTemplate };
    report.event('result', { ...summary, ...files, warnings }, facesText(summary, files));
  },
});
