// Files that are refused by name, with the reason: what names other files, what is encrypted, what is no media, too many streams.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MkvOutputFormat } from 'mediabunny';
import { Dictionary, FormatContext, Packet } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeTracks, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import type { ErrorCode } from '../util/errors.ts';
import { openAudio, openVideo } from './input-file-node.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-refused-'));
  await writeCorners(file('clip.mp4'), { frames: 3 });
  await writeWav(file('tone.wav'), 16000, [sine(440, 16000, 0.2)]);
});

afterAll(() => rm(folder, { recursive: true }));

async function expectRefusal(name: string, content: string | Buffer, code: ErrorCode, message: string): Promise<void> {
  await writeFile(file(name), content);
  const error = { name: 'LatentSyncError', code, message: expect.stringContaining(message) as string };
  await expect(openVideo(file(name))).rejects.toMatchObject(error);
}

/** Copies the video of a file with Common Encryption. */
async function encryptClip(from: string, to: string): Promise<void> {
  await using input = new FormatContext();
  await using output = new FormatContext();
  input.allocContext();
  await input.openInput(from);
  await input.findStreamInfo();
  output.allocOutputContext2(null, 'mp4', to);
  output.newStream().codecpar = input.streams[0].codecpar;
  await output.openOutput();
  const scheme = { encryption_scheme: 'cenc-aes-ctr', encryption_key: '1'.repeat(32), encryption_kid: '2'.repeat(32) };
  await output.writeHeader(Dictionary.fromObject(scheme));
  using packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    packet.rescaleTs(input.streams[0].timeBase, output.streams[0].timeBase);
    await output.interleavedWriteFrame(packet);
    packet.unref();
  }
  await output.writeTrailer();
  await output.closeOutput();
}

const references: [name: string, what: string, content: string][] = [
  ['list.m3u8', 'an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nclip.mp4\n#EXT-X-ENDLIST\n'],
  ['hls.mp4', 'an HLS playlist', '\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nclip.mp4\n#EXT-X-ENDLIST\n'],
  ['list.m3u', 'a playlist', '#EXTM3U\n#EXTINF:4,A clip\nclip.mp4\n'],
  ['list.pls', 'a playlist', '[playlist]\nFile1=clip.mp4\nNumberOfEntries=1\n'],
  ['list.asx', 'a playlist', '<ASX version="3.0"><Entry><Ref href="clip.mp4"/></Entry></ASX>'],
  [
    'list.mpd',
    'a DASH manifest',
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
  ],
  ['list.txt', 'a list of files', "ffconcat version 1.0\nfile 'clip.mp4'\n"],
  [
    'stream.sdp',
    'a description of a network stream',
    'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n',
  ],
];

const subtitles: [name: string, content: string][] = [
  ['talk.srt', '1\n00:00:01,000 --> 00:00:02,000\nHello\n\n'],
  ['talk.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'],
  ['talk.ass', '[Script Info]\nTitle: Talk\n\n[Events]\n'],
  ['talk.sub', '{1}{20}Hello\n{21}{40}Hello\n{41}{60}Hello\n'],
  ['talk.lrc', '[ti:Talk]\n[00:12.00]Hello\n[00:14.00]Hello\n'],
];

const documents: [name: string, what: string, content: string][] = [
  ['page.mp4', 'a web page', '<!DOCTYPE html>\n<html><body>Not found</body></html>'],
  ['paper.mp4', 'a PDF document', '%PDF-1.4\n'.repeat(50)],
  ['archive.mp4', 'a ZIP archive', 'PK\u0003\u0004'.repeat(50)],
];

describe.concurrent('refused is', () => {
  it.each(references)('%s: %s', async (name, what, content) => {
    await expectRefusal(
      name,
      content,
      'media-unreadable',
      `${name} is ${what}, which names other files to read.\nGive the`,
    );
  });

  it.each(subtitles)('%s: subtitles alone', async (name, content) => {
    await expectRefusal(name, content, 'media-unreadable', `${name} contains only subtitles.\nChoose`);
  });

  it.each(documents)('%s: %s', async (name, what, content) => {
    await expectRefusal(name, content, 'media-unreadable', `${name} is ${what}, not a media file.\n`);
  });

  it('a picture in tiles, of which one would be taken for the whole', async () => {
    const message =
      'tiles.heic is a picture in tiles, as telephones make them, which are not put together.\nSave it as';
    await expectRefusal('tiles.heic', await readFile(fixture('tiles.heic')), 'media-unreadable', message);
  });

  it('a pattern for a sequence of pictures', async () => {
    await expect(openVideo(file('frame-%03d.png'))).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(
        /frame-%03d\.png does not exist\.\nPatterns for several pictures are not read/,
      ) as string,
    });
  });

  it('an MP4 file that is encrypted', async () => {
    await encryptClip(file('clip.mp4'), file('cenc.mp4'));
    await expectRefusal('drm.mp4', await readFile(file('cenc.mp4')), 'media-encrypted', 'drm.mp4 is encrypted');
  });

  it.each(['encv', 'drmi'])('an MP4 file whose samples are called %s', async (type) => {
    const clip = await readFile(file('clip.mp4'));
    clip.write(type, clip.indexOf('avc1', clip.indexOf('stsd')), 'latin1');
    await expectRefusal(`${type}.mp4`, clip, 'media-encrypted', `${type}.mp4 is encrypted`);
  });

  it('a Matroska file that is encrypted', async () => {
    const name = 'x'.repeat(60);
    const tracks = [{ from: file('clip.mp4'), kind: 'video', metadata: { name } }] as const;
    await mergeTracks(file('named.mkv'), new MkvOutputFormat(), tracks);
    const named = await readFile(file('named.mkv'));
    const element = (id: string, ...parts: Buffer[]): Buffer => {
      const body = Buffer.concat(parts);
      return Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x80 | body.length]), body]);
    };
    const key = element('5035', element('47e1', Buffer.from([5])), element('47e2', Buffer.alloc(16, 7)));
    const encoding = element('6240', element('5031', Buffer.from([0])), element('5033', Buffer.from([1])), key);
    // In place of the track's name, with filling: an element of the same length.
    const at = named.indexOf(name) - 3;
    expect(named.readUInt16BE(at)).toBe(0x536e);
    const content = Buffer.concat([
      encoding,
      Buffer.from('ec', 'hex'),
      Buffer.from([0x80 | (60 - encoding.length - 2)]),
    ]);
    Buffer.concat([Buffer.from('6d80bc', 'hex'), content]).copy(named, at);
    await expectRefusal('drm.mkv', named, 'media-encrypted', 'drm.mkv is encrypted');
  });

  it('a transport stream that is scrambled', async () => {
    const stream = await readFile(fixture('interlaced.m2t'));
    for (let at = 0; at < stream.length; at += 188) stream[at + 3] |= 0x80;
    await expectRefusal('drm.ts', stream, 'media-encrypted', 'drm.ts is encrypted');
  });

  it('a file with more streams than allowed', async () => {
    const tracks = Array.from({ length: 5 }, () => ({ from: file('tone.wav'), kind: 'audio' }) as const);
    await mergeTracks(file('five.mkv'), new MkvOutputFormat(), tracks);
    await expect(openAudio(file('five.mkv'), { limits: { streams: 4 } })).rejects.toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('five.mkv has 5 streams, more than the 4 that are read.\n') as string,
    });
    await using audio = await openAudio(file('five.mkv'), { limits: { streams: 5 } });
    expect(audio.info.sampleRate).toBe(16000);
  });
});
