// Subtitles and fonts of a video on their way into another one: which codec, whose times, and what is said of them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AV_CODEC_ID_ASS,
  AV_CODEC_ID_DVD_SUBTITLE,
  AV_CODEC_ID_HDMV_PGS_SUBTITLE,
  AV_CODEC_ID_SUBRIP,
  AV_CODEC_ID_TTF,
  AV_CODEC_ID_WEBVTT,
  AV_DISPOSITION_DEFAULT,
  AV_DISPOSITION_FORCED,
  AV_DISPOSITION_HEARING_IMPAIRED,
} from 'node-av/constants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCoded, type CodedSubtitles } from '../../test/support/coded-media.ts';
import { sine } from '../../test/fixtures/media/make-media.ts';
import {
  otherStreamsOf,
  readCues,
  readSubtitleTracks,
  withContainer,
} from '../../test/support/in-process-subtitles.ts';
import type { ShownPart } from './cue-track.ts';
import { readFonts } from './ffmpeg-subtitles-node.ts';
import { inspectMedia } from './inspect-media-node.ts';
import { containerOf, type VideoContainer } from './output-containers.ts';
import { keptStreams, streamWarnings } from './other-streams.ts';
import { pictureTrackOf } from './video-writer.ts';
import { WrittenVideo } from './written-file-node.ts';

const WIDTH = 48;
const HEIGHT = 32;
const RATE = 5;
const FRAMES = 20;

const styles = '[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Test Sans\n';
const picture = Uint8Array.from([0x16, 0, 11, 0, 48, 0, 32, 0x10, 0, 1, 0x80, 0, 0, 1, 0x80, 0, 0]);
const font = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);

const subtitles: CodedSubtitles[] = [
  {
    codec: AV_CODEC_ID_SUBRIP,
    metadata: { language: 'eng', title: 'English' },
    disposition: AV_DISPOSITION_DEFAULT,
    cues: [
      { start: 0.2, duration: 0.6, data: 'one' },
      { start: 1, duration: 1, data: 'two <i>three</i>' },
      { start: 1.5, duration: 1, data: 'four' },
    ],
  },
  {
    codec: AV_CODEC_ID_ASS,
    header: Buffer.from(styles),
    metadata: { language: 'fra' },
    disposition: AV_DISPOSITION_HEARING_IMPAIRED,
    cues: [{ start: 1.2, duration: 1.2, data: '0,0,Default,,0,0,0,,{\\pos(1,1)}un{\\b1}deux' }],
  },
  {
    codec: AV_CODEC_ID_WEBVTT,
    disposition: AV_DISPOSITION_FORCED,
    cues: [{ start: 0.4, duration: 2, data: 'eins &amp; zwei', identifier: 'first', settings: 'line:0%' }],
  },
  {
    codec: AV_CODEC_ID_HDMV_PGS_SUBTITLE,
    metadata: { language: 'deu' },
    cues: [{ start: 0.4, duration: 0, data: picture }],
  },
  {
    codec: AV_CODEC_ID_DVD_SUBTITLE,
    header: Buffer.from('size: 720x576\n'),
    cues: [{ start: 1, duration: 0.5, data: Uint8Array.from([0, 4, 0, 2]) }],
  },
];

let folder: string;
let source: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-kept-'));
  source = join(folder, 'source.mkv');
  const pictures = Array.from({ length: FRAMES }, (_, index) =>
    new Uint8ClampedArray(WIDTH * HEIGHT * 4).fill(index * 8),
  );
  const sound = { encoder: 'flac', samples: 's16', sampleRate: 8000, channels: [sine(200, 8000, 4)] };
  await writeCoded(source, {
    format: 'matroska',
    video: [{ encoder: 'ffv1', width: WIDTH, height: HEIGHT, pictures, frameRate: RATE }],
    audio: [sound, sound],
    metadata: [{}, {}, { language: 'ita' }],
    subtitles,
    attachments: [{ codec: AV_CODEC_ID_TTF, name: 'test.ttf', mimeType: 'font/ttf', data: font }],
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a video that shows a part of another, with what is kept of its streams. */
async function keep(name: string, shown: ShownPart, from = source): Promise<string> {
  const path = join(folder, name);
  const container = containerOf(name)!;
  const { subtitles: kept, fonts } = keptStreams(await otherStreamsOf(from), container);
  await writeFile(path, '');
  const video = await WrittenVideo.open(
    {
      ...{ path, container, fonts: fonts.map(({ font: file }) => file!) },
      picture: pictureTrackOf({ width: WIDTH, height: HEIGHT, frameRate: RATE }, container),
      subtitles: kept.map(({ written }) => written),
    },
    Buffer.concat(
      await withContainer(from, (input) =>
        readFonts(
          input,
          fonts.map(({ index }) => index),
        ),
      ),
    ),
  );
  for (const { data, ...cue } of await readCues(from, kept, shown)) {
    if (cue.start >= shown.toSeconds - shown.fromSeconds) continue; // after the end
    await video.add({ type: 'subtitle', ...cue }, Uint8Array.from(data));
  }
  for (let i = 0; i < Math.round((shown.toSeconds - shown.fromSeconds) * RATE); i++) {
    const times = { timestampSeconds: i / RATE, durationSeconds: 1 / RATE };
    await video.add({ type: 'picture', ...times }, new Uint8Array((WIDTH * HEIGHT * 3) / 2));
  }
  await video.finish();
  return path;
}

const whole = { fromSeconds: 0, toSeconds: 4 };
const part = { fromSeconds: 0.6, toSeconds: 2 };
const english = { language: 'eng', title: 'English' };

describe('subtitles', () => {
  it('are the same in MKV', async () => {
    const path = await keep('all.mkv', whole);
    const before = await readSubtitleTracks(source);
    expect(before.map(({ codec, shown }) => [codec, shown.length])).toEqual([
      ...[
        ['subrip', 3],
        ['ass', 1],
        ['webvtt', 1],
        ['pgs', 1],
        ['dvd', 1],
      ],
    ]);
    expect(await readSubtitleTracks(path)).toEqual(before);
    const headers = (await otherStreamsOf(path)).map(({ subtitles: track }) => track?.header);
    expect(headers.slice(0, 5)).toEqual(['', base64(styles), '', '', base64('size: 720x576\n')]);
  });

  it('are cut with the pictures, and end with them', async () => {
    const path = await keep('part.mkv', part);
    const [subrip, ass, webvtt, pgs, dvd] = await readSubtitleTracks(path);
    expect(subrip.shown).toEqual(['0.000 0.200 one', '0.400 1.400 two <i>three</i>', '0.900 1.400 four']);
    expect(ass.shown).toEqual([String.raw`0.600 1.400 0,0,Default,,0,0,0,,{\pos(1,1)}un{\b1}deux`]);
    expect(webvtt.shown).toEqual(['0.000 1.400 eins &amp; zwei first line:0%']);
    expect(pgs.shown).toEqual([`0.000 0.000 ${Buffer.from(picture).toString('hex')}`]);
    expect(dvd.shown).toEqual(['0.400 0.900 00040002']);
  });

  it.each(['mp4', 'mov'])(
    'become text of %s, one at a time, with name, language and what they are meant for',
    async (ending) => {
      const forced = { codec: 'mov_text', disposition: AV_DISPOSITION_FORCED, shown: ['0.000 1.400 eins & zwei'] };
      const [eng, fra, third, ...others] = await readSubtitleTracks(await keep(`part.${ending}`, part));
      expect(eng).toMatchObject({ codec: 'mov_text', ...english, disposition: AV_DISPOSITION_DEFAULT });
      expect(eng.shown.map((line) => line.replace(/\0[^]*/, ''))).toEqual([
        ...['0.000 0.200 one', '0.400 0.900 two three', '0.900 1.400 two three\nfour'],
      ]);
      expect(fra).toMatchObject({ codec: 'mov_text', language: 'fra' });
      expect(third).toEqual(forced);
      expect(others).toEqual([]);
    },
  );

  it('become WebVTT in WebM', async () => {
    const [eng, fra, third, ...others] = await readSubtitleTracks(await keep('part.webm', part));
    const shown = ['0.000 0.200 one', '0.400 1.400 two <i>three</i>', '0.900 1.400 four'];
    expect(eng).toEqual({ codec: 'webvtt', ...english, disposition: AV_DISPOSITION_DEFAULT, shown });
    expect(fra).toMatchObject({ codec: 'webvtt', language: 'fra', shown: ['0.600 1.400 un<b>deux</b>'] });
    expect(third.shown).toEqual(['0.000 1.400 eins &amp; zwei first line:0%']);
    expect(others).toEqual([]);
  });

  it('of MP4 become SubRip in MKV', async () => {
    const path = await keep('back.mkv', { fromSeconds: 0, toSeconds: 1.4 }, await keep('there.mp4', part));
    const [eng, fra] = await readSubtitleTracks(path);
    const shown = ['0.000 0.200 one', '0.400 0.900 two <i>three</i>', '0.900 1.400 two <i>three</i>\nfour'];
    expect(eng).toEqual({ codec: 'subrip', ...english, disposition: AV_DISPOSITION_DEFAULT, shown });
    expect(fra).toMatchObject({ codec: 'subrip', language: 'fra', shown: ['0.600 1.400 un<b>deux</b>'] });
  });

  it('are none where the part has none, which does not hold anything up', async () => {
    expect(
      (await readSubtitleTracks(await keep('none.mp4', { fromSeconds: 3, toSeconds: 4 }))).map(({ shown }) => shown),
    ).toEqual([...[[], [], []]]);
  });
});

it('fonts stay with ASS in MKV', async () => {
  const path = await keep('fonts.mkv', part);
  const { fonts } = keptStreams(await otherStreamsOf(path), 'mkv');
  expect(fonts).toMatchObject([{ font: { name: 'test.ttf', mimeType: 'font/ttf', byteLength: font.length } }]);
  expect(await withContainer(path, (container) => readFonts(container, [fonts[0].index]))).toEqual([Buffer.from(font)]);
});

it.each<[VideoContainer, string[]]>([
  ['mkv', ['has streams that the output leaves out: flac sound (stream 2, ita).']],
  [
    'webm',
    [
      'has streams that the output leaves out: flac sound (stream 2, ita), PGS subtitles (stream 6, deu), DVD subtitles (stream 7), font/ttf attachment (stream 8).',
      'has ASS subtitles (stream 4), which become WebVTT in the output: bold, italic and underlined text stay, places, colors, fonts and drawings are lost.',
    ],
  ],
])('what %s does not keep is said', async (container, texts) => {
  expect(streamWarnings(keptStreams(await otherStreamsOf(source), container)).map(({ text }) => text)).toEqual(texts);
});

it('the reference keeps none of them, which is said', async () => {
  const others = await otherStreamsOf(source);
  const kept = keptStreams(others, undefined);
  expect(kept).toEqual({ subtitles: [], fonts: [], leftOut: others });
  expect(streamWarnings(kept)).toHaveLength(1);
});

it('inspectMedia tells it of MP4', async () => {
  const { asVideo } = await inspectMedia(source);
  expect(asVideo).toMatchObject({
    subtitles: [3, 4, 5].map((stream) => ({ stream, codec: 'MP4 text', copied: false })),
    warnings: [{ kind: 'streams-left-out' }, { kind: 'subtitles-changed' }],
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
