// The tables of a campaign: every file counts once in each, under its container, its damage and its harm.
import { expect, it } from 'vitest';
import type { FileResult } from './campaign.ts';
import { reportOf } from './report.ts';

const results: FileResult[] = [
  {
    id: 0,
    source: 'a.mkv',
    kind: 'bits',
    what: '',
    decoding: { harm: [], outcomes: { video: 'ok', audio: 'media-unreadable' }, seconds: 0.5, mediaBytes: 90e6 },
    job: { harm: ['left-over'], outcomes: { job: 'no-face' }, seconds: 7.25, mediaBytes: 95e6, role: 'video' },
  },
  {
    id: 1,
    source: 'b.webm',
    kind: 'truncated',
    what: '',
    decoding: { harm: ['blocked'], outcomes: { audio: 'ok' }, seconds: 1.5, mediaBytes: 120e6 },
  },
  {
    id: 2,
    source: 'c.wav',
    kind: 'bits',
    what: '',
    decoding: { harm: [], outcomes: { audio: 'media-stalled' }, seconds: 0.25, mediaBytes: 80e6 },
  },
];

it('a report counts harm, and outcomes by container and by damage', () => {
  const lines = reportOf(results).split('\n');
  expect(lines).toContain('| harm | decoding (3 files) | whole job (1 files) |');
  expect(lines).toContain('| the event loop of the caller blocked for over 50 ms | 1 | 0 |');
  expect(lines).toContain('| an output that is not whole, or a temporary file | 0 | 1 |');
  const [head] = lines.filter((line) => line.startsWith('| container'));
  expect(head).toBe('| container | files | ok | media-unreadable | media-stalled | slowest, s | most memory, MB |');
  expect(lines).toContain('| Matroska, WebM | 2 | 2 | 1 | 0 | 1.5 | 120 |');
  expect(lines).toContain('| WAV, W64 | 1 | 0 | 0 | 1 | 0.3 | 80 |');
  expect(lines).toContain('| bits | 2 | 1 | 1 | 1 | 0.5 | 90 |');
  expect(lines).toContain('| no-face | 1 |');
  expect(lines.at(-1)).toBe('Slowest: 7.3 s. Most memory of a media process: 120 MB.');
});
