import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declaredSize } from './declared-size.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

describe('the size that a file declares', () => {
  it.each(['browser-opus.webm', 'motion-jpeg.avi', 'xvid.avi', 'sound.aiff', '../../../samples/speech.wav'])(
    'is that of %s',
    (name) => {
      const bytes = fixture(name);
      expect(declaredSize(bytes.subarray(0, 64))).toBe(bytes.length);
    },
  );

  it('is more than there is where a file is cut off', () => {
    const bytes = fixture('recording-cut-off.mkv');
    expect(declaredSize(bytes)).toBeGreaterThan(bytes.length + 1000);
  });

  it('is unknown where nothing says it', () => {
    const live = Buffer.concat([Buffer.from('1a45dfa3811842', 'hex').subarray(0, 5), Buffer.from([0])]);
    const unknown = Buffer.concat([live, Buffer.from('1853806701ffffffffffffff', 'hex')]);
    const riff = Buffer.from('RIFF\xff\xff\xff\xffWAVEfmt ', 'latin1');
    const inputs = [
      unknown,
      riff,
      fixture('voice-opus.ogg'),
      fixture('phone-vfr.mp4'),
      Buffer.alloc(0),
      Buffer.alloc(64),
    ];
    for (const bytes of inputs) expect(declaredSize(bytes.subarray(0, 64))).toBeUndefined();
    for (let length = 0; length < 64; length++) declaredSize(fixture('recording-cut-off.mkv').subarray(0, length));
  });
});
