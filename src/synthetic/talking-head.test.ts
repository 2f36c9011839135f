// The rendered speaker: same seed, same pixels; each expression moves its own part of the face.
import { describe, expect, it } from 'vitest';
import { neutralExpression, type Expression, type MouthShape } from './expression.ts';
import { sampleIdentity } from './identity.ts';
import { TalkingHead } from './talking-head.ts';

const SIZE = 192;

function face(mouth: Partial<MouthShape> = {}, rest: Partial<Expression> = {}): Expression {
  const neutral = neutralExpression();
  return { ...neutral, ...rest, mouth: { ...neutral.mouth, ...mouth } };
}

/** Mean absolute difference of two pictures over a box given in shares of the picture. */
function difference(a: Uint8ClampedArray, b: Uint8ClampedArray, [left, top, right, bottom]: number[]): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(top * SIZE); y < bottom * SIZE; y++) {
    for (let x = Math.floor(left * SIZE); x < right * SIZE; x++, count++) {
      const i = 4 * (y * SIZE + x);
      sum += Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2]);
    }
  }
  return sum / (3 * count);
}

const ALL = [0, 0, 1, 1];
const MOUTH = [0.4, 0.45, 0.6, 0.65];
const EYES = [0.35, 0.3, 0.65, 0.4];
const BACKDROP = [0, 0, 0.1, 0.5];

describe('TalkingHead', () => {
  const head = new TalkingHead(sampleIdentity(10), { width: SIZE, height: SIZE });
  const neutral = head.render(face());

  it('draws the same picture for the same seed and another for another', () => {
    const again = new TalkingHead(sampleIdentity(10), { width: SIZE, height: SIZE });
    expect(difference(again.render(face()), neutral, ALL)).toBe(0);
    const other = new TalkingHead(sampleIdentity(11), { width: SIZE, height: SIZE });
    expect(difference(other.render(face()), neutral, ALL)).toBeGreaterThan(5);
  });

  it('does not remember the expression before', () => {
    head.render(face({ jaw: 1, closure: 0.4, tuck: 0.7 }, { yaw: 0.3, blink: 1, smile: 1 }));
    expect(difference(head.render(face()), neutral, ALL)).toBe(0);
  });

  it('changes the mouth and not the eyes when it speaks, the eyes and not the mouth when it blinks', () => {
    const open = head.render(face({ jaw: 0.9 }));
    expect(difference(open, neutral, MOUTH)).toBeGreaterThan(8);
    expect(difference(open, neutral, EYES)).toBeLessThan(0.05);
    const blink = head.render(face({}, { blink: 1 }));
    expect(difference(blink, neutral, EYES)).toBeGreaterThan(4);
    expect(difference(blink, neutral, MOUTH)).toBeLessThan(0.05);
    expect(difference(head.render(face({}, { yaw: 0.2 })), neutral, BACKDROP)).toBe(0);
  });

  it('opens the lips with the jaw, and closes them whatever the jaw does', () => {
    const opening = (mouth: Partial<MouthShape>): number => head.measureMouth(face(mouth)).opening;
    expect(opening({})).toBeLessThan(0.02);
    expect(opening({ jaw: 0.5 })).toBeGreaterThan(0.4);
    expect(opening({ jaw: 1 })).toBeGreaterThan(opening({ jaw: 0.5 }) + 0.4);
    for (const jaw of [0, 0.2, 0.5]) expect(opening({ jaw, closure: 1, protrusion: 0.5 })).toBeLessThan(0.02);
    expect(opening({ jaw: 0.12, tuck: 1, upperRaise: 0.3 })).toBeGreaterThan(0.03);
  });

  it('narrows the mouth for rounding and widens it for spreading and smiling', () => {
    const width = (mouth: Partial<MouthShape>, smile = 0): number => head.measureMouth(face(mouth, { smile })).width;
    const rest = width({});
    expect(width({ width: -1 })).toBeLessThan(0.75 * rest);
    expect(width({ width: 1 })).toBeGreaterThan(1.08 * rest);
    expect(width({}, 1)).toBeGreaterThan(1.08 * rest);
  });

  it('refuses sizes that are none', () => {
    expect(() => new TalkingHead(sampleIdentity(1), { width: 0 })).toThrow('options.width must be an integer');
  });
});
