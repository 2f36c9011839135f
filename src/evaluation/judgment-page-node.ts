// writeJudgmentPage: judged videos → one HTML file that needs nothing else.
import { checkOutput, type OutputFormat } from '../media/output-file-node.ts';
import { encodePng } from '../media/png-node.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { contactSheet } from '../vision/contact-sheet.ts';
import { judgmentHtml, type PageWords } from './judgment-html.ts';
import type { JudgedVideo } from './judge-video-node.ts';

/** What {@link writeJudgmentPage} writes. */
export const judgmentPageFormat: OutputFormat = { name: 'an HTML page', extensions: ['.html'], stem: 'judgment' };

/**
 * Writes judged videos as a page, named .html, replacing an existing one.
 *
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`.
 */
export async function writeJudgmentPage(path: string, judged: readonly JudgedVideo[], words: PageWords): Promise<void> {
  const pages = judged.map(({ judgment, series, moments }) => ({ judgment, ...series, moments }));
  const html = judgmentHtml(pages, {
    words,
    imageUrl: (faces) => {
      const png = encodePng(contactSheet(faces, { columns: faces.length, cellWidth: faces[0].width }));
      return `data:image/png;base64,${png.toString('base64')}`;
    },
  });
  await checkOutput(path, [], judgmentPageFormat);
  await writeWholeFile(path, html);
}
