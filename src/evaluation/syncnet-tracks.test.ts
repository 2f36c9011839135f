// Tracks and crops of boxes whose tracks are known. The golden file of the official evaluation is run by `verifyDirectory`.
import { describe, expect, it } from 'vitest';
import { cropPlaces, syncNetTracks, type ShotFace } from './syncnet-tracks.ts';

function face(frame: number, x = 0, side = 120): ShotFace {
  return { frame, box: { x, y: 0, width: side, height: side } };
}

/** A shot of so many frames, each with the faces that a function gives. */
function shot(frames: number, facesAt: (frame: number) => ShotFace[]): ShotFace[][] {
  return Array.from({ length: frames }, (_, frame) => facesAt(frame));
}

describe('syncNetTracks', () => {
  it('keeps more than 50 detections, and sides above 100 pixels', () => {
    expect(syncNetTracks(shot(50, (frame) => [face(frame)]))).toEqual([]);
    expect(syncNetTracks(shot(51, (frame) => [face(frame)]))).toHaveLength(1);
    expect(syncNetTracks(shot(60, (frame) => [face(frame, 0, 100)]))).toEqual([]);
    expect(
      syncNetTracks(
        shot(60, (frame) => [face(frame, 0, 100)]),
        { leastSide: 50 },
      ),
    ).toHaveLength(1);
  });

  it('fills gaps of up to 25 frames along straight lines, and ends at longer ones', () => {
    const withGap = (missing: number) =>
      syncNetTracks(
        shot(120, (frame) => (frame < 60 || frame >= 60 + missing ? [face(frame, frame < 60 ? 0 : 25)] : [])),
      );
    const [track] = withGap(24);
    expect(track.firstFrame).toBe(0);
    expect(track.boxes).toHaveLength(120);
    expect(track.boxes.slice(59, 85).map(({ x }) => Math.round(1e6 * x) / 1e6)).toEqual(
      Array.from({ length: 26 }, (_, i) => i),
    );
    expect(withGap(25).map(({ boxes }) => boxes.length)).toEqual([60]);
  });

  it('separates faces beside each other', () => {
    const tracks = syncNetTracks(shot(60, (frame) => [face(frame), face(frame, 300)]));
    expect(tracks.map(({ boxes }) => boxes[0].x)).toEqual([0, 300]);
  });

  it('passes over the face after one that it took, as the official code does', () => {
    // Of two boxes of one face in the last frame, the second would count if it were looked at.
    const [track] = syncNetTracks(shot(60, (frame) => (frame === 59 ? [face(59, 10), face(59, 20)] : [face(frame)])));
    expect(track.boxes[59].x).toBe(10);
  });
});

it('cropPlaces takes medians over 13 frames, with zeros beyond the ends', () => {
  const boxes = Array.from({ length: 20 }, (_, i) => ({ x: i === 10 ? 500 : 40, y: 20, width: 100, height: 80 }));
  const places = cropPlaces(boxes);
  expect(places[10]).toEqual({ centerX: 90, centerY: 60, halfSide: 50 });
  // Of 13 values at the ends, six are zeros, and the median is the least of the others.
  expect(places[0]).toEqual({ centerX: 90, centerY: 60, halfSide: 50 });
});
