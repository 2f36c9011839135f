// latentsync eval: whether lips and sound agree, in words and figures.
import type { JudgedVideo } from '../../evaluation/judge-video-node.ts';
import { judgeOptions } from '../../evaluation/judge-options.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { printableLines } from '../../util/printable.ts';
import { commandLineMessage } from '../command-line-words.ts';
import { defineCommand } from '../command.ts';
import { JobsFailedError } from '../errors.ts';
import { failureOf } from '../exit-status.ts';
import { figuresOf, judgmentText, verdictText } from '../judgment-text.ts';

/** Worst moments on the page. */
const SHOWN_MOMENTS = 3;

export const evalCommand = defineCommand({
  description:
    'Follows every face, measures in each frame how far the mouth is open, and how well the sound explains that, at which lag: ' +
    'how well they agree, and by how much the sound is late or early. Says how sure that is, and where it cannot be judged, why. Also measured: whether ' +
    'lips rest in pauses, flicker and sharpness around the mouth, and with --source what has changed. Of several videos, the others are judged ' +
    'when one cannot be read; the exit status is 4 then. See docs/evaluation.md.',
  positionals: ['video'],
  options: {
    video: {
      type: 'input',
      group: 'Files',
      value: 'FILE',
      required: true,
      repeats: true,
      text: 'Videos to judge, files or URLs.',
    },
    html: {
      type: 'path',
      group: 'Files',
      value: 'FILE',
      essential: true,
      text:
        'Page to write, .html, one file that needs nothing else: plots over time, how often which offset was found, and the worst ' +
        'moments as strips of faces.',
    },
    ...judgeOptions,
  },
  examples: [
    'latentsync eval out.mp4',
    'latentsync eval out.mp4 --source talk.mp4',
    'latentsync eval talk.mp4 --audio speech.wav --json',
    'latentsync eval first.mp4 second.mp4 --html comparison.html',
  ],
  async run({ video, html, ...options }, { report, signal }) {
    const { judgeVideo } = await import('../../evaluation/judge-video-node.ts');
    const [{ checkOutput }, { pathOf }] = await Promise.all([
      import('../../media/output-file-node.ts'),
      import('../../media/input-file-node.ts'),
    ]);
    const { judgmentPageFormat, writeJudgmentPage } = await import('../../evaluation/judgment-page-node.ts');
    const { onProgress, onWarning } = report;
    const videos = [video].flat();
    const inputs = [...videos, options.audio, options.source].flatMap((input) => {
      const path = input === undefined ? undefined : pathOf(input);
      return path === undefined ? [] : [path];
    });
    if (html !== undefined) await checkOutput(html, inputs, judgmentPageFormat);
    const moments = html === undefined ? 0 : SHOWN_MOMENTS;
    const judged: JudgedVideo[] = [];
    let failed = 0;
    for (const each of videos) {
      const found = await judgeVideo(each, { ...options, moments, signal, onProgress, onWarning }).catch(
        (error: unknown) => {
          // Of several videos, the others are judged nevertheless.
          if (videos.length === 1 || !(error instanceof LatentSyncError) || signal.aborted) throw error;
          const { code, status: exitStatus } = failureOf(error);
          const message = commandLineMessage(error, undefined);
          report.notice(
            'failed',
            { video: String(each), code, exitStatus, message },
            `Error: ${printableLines(message)}`,
          );
          failed++;
          return undefined;
        },
      );
      if (!found) continue;
      report.event('result', found.judgment, judgmentText(found.judgment));
      if (html !== undefined) judged.push(found);
    }
    if (html !== undefined && judged.length > 0) {
      await writeJudgmentPage(html, judged, { verdict: verdictText, figures: figuresOf });
    }
    if (failed > 0) throw new JobsFailedError(`${failed} of ${videos.length} videos could not be judged.`);
  },
});
