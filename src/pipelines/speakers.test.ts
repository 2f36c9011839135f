// Who speaks what, as options say it.
import { describe, expect, it } from 'vitest';
import { checkSpeakers, resolveSpeakers, speakerOf, withSpeakerPaths, type SpeakerOptions } from './speakers.ts';

describe('speakers', () => {
  it('may be written as text', () => {
    expect(speakerOf('2=anna.wav@0:10-20')).toEqual({ face: '2', audio: 'anna.wav', start: 10, end: 20 });
    expect(speakerOf('left=https://host/a.mp3?x=1')).toEqual({ face: 'left', audio: 'https://host/a.mp3?x=1' });
    expect(speakerOf('anna.wav')).toBeUndefined();
    const own = { face: 1, audio: 'a.wav' };
    expect(speakerOf(own)).toBe(own);
  });

  it('each have a speech of their own; a recording that two share is read once', () => {
    const speakers = ['1=a.wav', { face: 'left', audio: 'b.wav', start: '0:02', end: 4 }, 'me.png=a.wav@6'] as const;
    expect(resolveSpeakers({ speakers })).toEqual({
      speeches: [
        { audio: 0, atSeconds: undefined, endSeconds: undefined },
        { audio: 1, atSeconds: 2, endSeconds: 4 },
        { audio: 0, atSeconds: 6, endSeconds: undefined },
      ],
      speakers: [
        { speech: 0, face: 1 },
        { speech: 1, face: 'left' },
        { speech: 2, face: { picture: 'me.png' } },
      ],
    });
  });

  it('are one or several people in stretches of the video, where there is one recording', () => {
    expect(resolveSpeakers({ audio: 'a.wav', face: ['2@1-2', 'all@3'], at: '0:01' })).toEqual({
      speeches: [{ audio: 0, atSeconds: 1 }],
      speakers: [
        { speech: 0, face: 2, startSeconds: 1, endSeconds: 2 },
        { speech: 0, face: 'all', startSeconds: 3 },
      ],
    });
  });

  it('have their paths from a folder', () => {
    const from = (path: string): string => `/jobs/${path}`;
    expect(withSpeakerPaths('me.png=a.wav@2', from)).toMatchObject({
      face: '/jobs/me.png',
      audio: '/jobs/a.wav',
      start: 2,
    });
    expect(withSpeakerPaths({ face: 2, audio: new URL('http://host/a.wav') }, from)).toMatchObject({
      face: 2,
      audio: new URL('http://host/a.wav'),
    });
  });

  it.each<[SpeakerOptions, string]>([
    [{}, 'options.audio must be given.'],
    [{ audio: 'a.wav', speakers: ['1=b.wav'] }, 'options.audio must be left out with options.speakers'],
    [{ face: 1, speakers: ['1=b.wav'] }, 'options.face must be left out with options.speakers'],
    [{ audio: 'a.wav', face: '1@3-2' }, 'options.face must end after it starts (got "1@3-2")'],
    [{ speakers: [] }, 'options.speakers must be an array of 1 to 32 speakers'],
    [
      { speakers: ['b.wav'] },
      'options.speakers must be FACE=AUDIO, FACE=AUDIO@START or FACE=AUDIO@START-END (got "b.wav")',
    ],
    [{ speakers: ['1=b.wav@3-2'] }, 'options.speakers must each end after they start'],
    [{ speakers: [{ face: 0, audio: 'b.wav' }] }, 'options.speakers must each have a face'],
    [{ speakers: [{ face: 1, audio: '' }] }, 'options.speakers must each have audio'],
    [
      { speakers: [{ face: 1, audio: 'b.wav', start: 'soon' }] },
      'options.speakers must give each start and end as a time',
    ],
    [{ speakers: [null] as unknown as string[] }, 'options.speakers must be FACE=AUDIO'],
  ])('are refused as %j', (options, message) => {
    expect(() => {
      checkSpeakers(options);
    }).toThrow(message);
  });
});
