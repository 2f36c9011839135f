// Scenes of several rendered people, in 1920×1080: how large and how far rolled each is, and who is who.
import type { VideoImage } from '../../src/media/video-reader.ts';
import { neutralExpression } from '../../src/synthetic/expression.ts';
import { sampleIdentity } from '../../src/synthetic/identity.ts';
import { SeededRandom } from '../../src/synthetic/random.ts';
import { TalkingHead } from '../../src/synthetic/talking-head.ts';
import { createImage8 } from '../../src/tensor/image.ts';

const SCENE_WIDTH = 1920;
const SCENE_HEIGHT = 1080;

/** Width of a rendered face in centimeters, about. */
const FACE_CENTIMETERS = 15.5;
/** Pixels of a person's picture, in widths of the face. */
const PICTURE_WIDTHS = 3;

/** Somebody in a scene. */
export interface ScenePerson {
  person: number;
  /** Middle and width of the face, in pixels. */
  x: number;
  y: number;
  width: number;
  /** Degrees, clockwise. */
  roll: number;
  /** Where the face goes until the end of the shot. Default: nowhere. */
  toX?: number;
}

/** Returns where a face is in one of the frames of its shot. */
export function placeAt({ x, toX = x, ...place }: ScenePerson, frame: number, frames: number): ScenePerson {
  return { ...place, x: x + ((toX - x) * frame) / Math.max(1, frames - 1) };
}

/** Two people who walk past each other, the second one in front, so that the first is hidden for a while; a third one stands still. */
export function crossingShot(seed: number): SceneShot {
  const random = new SeededRandom(seed).fork('crossing');
  const people = [0, 1, 2].map((index) => 20_000 + 3 * seed + index);
  const [left, right] = [random.uniform(300, 500), random.uniform(1200, 1400)];
  const y = random.uniform(420, 620);
  const width = random.uniform(90, 160);
  return {
    frames: 25 + random.integer(30),
    people: [
      { person: people[2], x: 1700, y: 500, width: random.uniform(70, 120), roll: 0 },
      { person: people[0], x: left, toX: right, y, width, roll: 0 },
      { person: people[1], x: right, toX: left, y: y + random.uniform(-30, 30), width: width * 1.15, roll: 0 },
    ],
  };
}

/** A shot of a scene. */
export interface SceneShot {
  people: ScenePerson[];
  frames: number;
}

/** Three shots: a large person with two small ones; the same people otherwise; one of them with somebody new. */
export function sceneShots(seed: number, { faceWidth, frames }: { faceWidth: number; frames: number }): SceneShot[] {
  const random = new SeededRandom(seed).fork('scene');
  const width = (least: number, most: number): number => random.uniform(least, most);
  const roll = (): number => [0, 0, 90, 180, 270, random.uniform(-60, 60)][random.integer(6)];
  const place = (person: number, x: number, size: number, turn = 0): ScenePerson => ({
    person,
    x: x + random.uniform(-60, 60),
    y: 540 + random.uniform(-200, 200),
    width: size,
    roll: turn,
  });
  const people = [0, 1, 2, 3].map((index) => 10_000 + 4 * seed + index);
  return [
    {
      frames,
      people: [
        place(people[0], 600, width(200, 320)),
        place(people[1], 1250, faceWidth, roll()),
        place(people[2], 1650, faceWidth, roll()),
      ],
    },
    {
      frames,
      people: [
        place(people[2], 350, width(90, 180)),
        place(people[0], 960, width(60, 180)),
        place(people[1], 1550, width(90, 180)),
      ],
    },
    { frames, people: [place(people[1], 600, width(90, 250)), place(people[3], 1400, width(90, 250))] },
  ];
}

/** Draws a person, the middle of the face in the middle of the picture. */
class Actor {
  readonly #head: TalkingHead;
  readonly #size: number;
  readonly #place: ScenePerson;
  readonly #random: SeededRandom;
  readonly #pose: { yaw: number; pitch: number };

  constructor(place: ScenePerson, random: SeededRandom) {
    this.#size = Math.max(32, Math.round(PICTURE_WIDTHS * place.width));
    this.#place = place;
    this.#random = random;
    this.#pose = { yaw: random.uniform(-0.25, 0.25), pitch: random.uniform(-0.1, 0.1) };
    this.#head = new TalkingHead(sampleIdentity(place.person), {
      width: this.#size,
      height: this.#size,
      viewHeight: PICTURE_WIDTHS * FACE_CENTIMETERS,
      centerY: -2,
    });
  }

  draw(frame: Uint8ClampedArray, number: number, frames: number): void {
    const { x: middleX, y: middleY, roll } = placeAt(this.#place, number, frames);
    const size = this.#size;
    const random = this.#random;
    const neutral = neutralExpression();
    const picture = this.#head.render({
      ...neutral,
      yaw: this.#pose.yaw + random.uniform(-0.05, 0.05),
      pitch: this.#pose.pitch + random.uniform(-0.03, 0.03),
      mouth: { ...neutral.mouth, jaw: random.uniform(0, 0.7) },
    });
    const [cos, sin] = [Math.cos((roll * Math.PI) / 180), Math.sin((roll * Math.PI) / 180)];
    const radius = size / 2;
    const [left, top] = [Math.round(middleX - radius), Math.round(middleY - radius)];
    // A disc, so that a turned person has no corners.
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [u, v] = [x - radius + 0.5, y - radius + 0.5];
        if (u * u + v * v > radius * radius || !isInside(left + x, top + y)) continue;
        const fromX = Math.min(size - 1, Math.max(0, Math.round(u * cos + v * sin + radius - 0.5)));
        const fromY = Math.min(size - 1, Math.max(0, Math.round(v * cos - u * sin + radius - 0.5)));
        const from = 4 * (fromY * size + fromX);
        frame.set(picture.subarray(from, from + 3), 4 * ((top + y) * SCENE_WIDTH + left + x));
      }
    }
  }
}

function isInside(x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < SCENE_WIDTH && y < SCENE_HEIGHT;
}

/** Yields the frames of shots, 25 per second. */
export async function* sceneFrames(shots: readonly SceneShot[], seed: number): AsyncGenerator<VideoImage> {
  const random = new SeededRandom(seed).fork('motion');
  let index = 0;
  for (const [number, { people, frames }] of shots.entries()) {
    const actors = people.map((place) => new Actor(place, random));
    const gray = [70, 150, 40][number % 3];
    for (let k = 0; k < frames; k++, index++) {
      const data = new Uint8ClampedArray(4 * SCENE_WIDTH * SCENE_HEIGHT);
      for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : gray + ((i >> 2) % SCENE_WIDTH) / 60;
      for (const actor of actors) actor.draw(data, k, frames);
      await Promise.resolve();
      yield {
        index,
        sourceIndex: index,
        timestampSeconds: index / 25,
        durationSeconds: 1 / 25,
        data: createImage8(SCENE_WIDTH, SCENE_HEIGHT, 4, data),
      };
    }
  }
}
