import { describe, expect, it } from 'vitest';
import type { FaceDetection } from '../vision/face-selection.ts';
import { agreedDetection, eyeAngle, turnedSquares } from './face-directions.ts';

/** A detection whose eyes lie on a line of an angle, in degrees. */
function detection(degrees: number, score = 0.8): FaceDetection {
  const [x, y] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const landmarks: [number, number][] = [
    [100 - 10 * x, 100 - 10 * y],
    [100 + 10 * x, 100 + 10 * y],
  ];
  return { box: { x: 80, y: 90, width: 40, height: 30 }, score, landmarks };
}

describe('the direction of a face', () => {
  it('is that of its eyes', () => {
    for (const degrees of [0, 90, -135, 179])
      expect(eyeAngle(detection(degrees))).toBeCloseTo((degrees * Math.PI) / 180);
  });

  it('is the one that most detections agree with, however sure another is', () => {
    const upsideDown = [175, -170, 178, 160].map((degrees) => detection(degrees));
    const agreed = agreedDetection([detection(0, 0.99), ...upsideDown, detection(80, 0.9)]);
    expect(Math.abs(eyeAngle(agreed!))).toBeGreaterThan(3);
    const upright = agreedDetection([detection(0), detection(4), detection(8), detection(120)]);
    expect(Math.abs(eyeAngle(upright!))).toBeLessThan(0.2);
    expect(agreedDetection([])).toBeUndefined();
  });

  it('is looked for in crops around the face, all around', () => {
    const squares = turnedSquares(detection(0));
    expect(squares.map(({ angle }) => Math.round((angle * 180) / Math.PI))).toEqual([
      0, 45, 90, 135, 180, 225, 270, 315,
    ]);
    expect(squares[3]).toMatchObject({ centerX: 100, centerY: 105, side: 100 });
  });
});
