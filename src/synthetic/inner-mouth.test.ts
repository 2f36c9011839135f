// Inside of a rendered mouth: closed at the back, teeth that belong to a person, and what shows of them.
import { describe, expect, it } from 'vitest';
import { neutralExpression, type Expression, type MouthShape } from './expression.ts';
import { sampleIdentity } from './identity.ts';
import { TalkingHead } from './talking-head.ts';
import { lowerTeethMesh, upperTeethMesh } from './mouth-mesh.ts';

const SIZE = 160;

function face(mouth: Partial<MouthShape>, rest: Partial<Expression> = {}): Expression {
  const neutral = neutralExpression();
  return { ...neutral, ...rest, mouth: { ...neutral.mouth, ...mouth } };
}

type Holds = (r: number, g: number, b: number) => boolean;
const isGreen: Holds = (r, g, b) => g > 1.5 * Math.max(r, b) + 20;
const isBlue: Holds = (r, _, b) => b > 1.3 * r + 10;

describe('the inside of a mouth', () => {
  // Somebody with blue teeth before a green wall.
  const { teeth, backdrop, ...person } = sampleIdentity(4);
  const wall = { ...backdrop, kind: 'context', color: [0, 3, 0], accent: [0, 3, 0] } as const;
  const identity = { ...person, teeth: { ...teeth, enamel: [0.2, 0.4, 1] as const }, backdrop: wall };
  const head = new TalkingHead(identity, { width: SIZE, height: SIZE, viewHeight: 25 });

  /** Pixels of a kind in the whole picture, and between the corners of the mouth. */
  function count(expression: Expression, holds: Holds): { all: number; inMouth: number } {
    const picture = head.render(expression);
    const outline = head.mouthOutline(expression);
    const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
    const result = { all: 0, inMouth: 0 };
    for (let i = 0; i < SIZE * SIZE; i++) {
      if (!holds(picture[4 * i], picture[4 * i + 1], picture[4 * i + 2])) continue;
      const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
      result.all++;
      if (x > Math.min(...xs) && x < Math.max(...xs) && y > Math.min(...ys) && y < Math.max(...ys)) result.inMouth++;
    }
    return result;
  }

  it('never shows what is behind the head, however wide it is open', () => {
    for (const yaw of [0, 0.4]) {
      const green = count(face({ jaw: 1, lowerDrop: 0.5, upperRaise: 0.5 }, { yaw }), isGreen);
      expect(green.all).toBeGreaterThan(500);
      // A pixel may lie beyond a corner of the mouth.
      expect(green.inMouth).toBeLessThan(4);
    }
  });

  it('shows more teeth the further the upper lip is raised', () => {
    const blue = (mouth: Partial<MouthShape>): number => count(face(mouth), isBlue).inMouth;
    const [shut, open, raised] = [blue({ closure: 1 }), blue({ jaw: 0.4 }), blue({ jaw: 0.4, upperRaise: 0.8 })];
    expect(shut).toBeLessThan(3);
    expect(open).toBeGreaterThan(15);
    expect(raised).toBeGreaterThan(1.3 * open);
  });
});

describe('teeth', () => {
  const regular = { ...sampleIdentity(1).teeth, crowding: 0, gaps: 0.3, diastema: 0 };

  it('are the same for the same person, and others for others', () => {
    expect(upperTeethMesh(regular).positions).toEqual(upperTeethMesh(regular).positions);
    expect(upperTeethMesh({ ...regular, seed: regular.seed + 1 }).positions).not.toEqual(
      upperTeethMesh(regular).positions,
    );
  });

  it('stand as far apart in the middle as they are told, above only', () => {
    const width = (mesh: { positions: Float32Array }): number => {
      const across = [...mesh.positions].filter((_, i) => i % 3 === 0);
      return Math.max(...across) - Math.min(...across);
    };
    const apart = { ...regular, diastema: 0.2 };
    expect(width(upperTeethMesh(apart))).toBeGreaterThan(width(upperTeethMesh(regular)) + 0.02);
    expect(width(lowerTeethMesh(apart))).toBe(width(lowerTeethMesh(regular)));
  });

  it('are darker between two than in the middle of one, the more so the deeper the gaps', () => {
    const contrast = (gaps: number): number => {
      const { light, uv } = upperTeethMesh({ ...regular, gaps });
      const at = (place: number): number => {
        const i = Array.from({ length: uv.length / 2 }, (_, k) => k).find(
          (k) => Math.abs(uv[2 * k] - place) < 1e-6 && uv[2 * k + 1] > 0.2 && uv[2 * k + 1] < 0.9,
        )!;
        return light[3 * i];
      };
      return at(1.5) - at(1);
    };
    expect(contrast(0)).toBeGreaterThan(0.2);
    expect(contrast(1)).toBeGreaterThan(contrast(0) + 0.2);
  });
});
