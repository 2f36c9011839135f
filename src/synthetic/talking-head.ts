// One synthetic speaker: builds the person's meshes, textures and lights once, then draws any expression.
import { checkInteger, checkNumber } from '../util/assert.ts';
import { paintBackdrop } from './background.ts';
import type { Expression } from './expression.ts';
import type { MouthMeasures } from './face-rig.ts';
import { FrameRenderer, type Viewpoint, type MaterialLook } from './frame-renderer.ts';
import { HeadParts } from './head-parts.ts';
import { HeadPoser } from './head-poser.ts';
import type { Identity } from './identity.ts';
import { materialLooks } from './material-looks.ts';
import { canonicalSkin } from './skin-mesh.ts';
import { paintSkin } from './skin-texture.ts';
import type { Material } from './surface-mesh.ts';

/** How a {@link TalkingHead} is drawn. */
export interface TalkingHeadOptions {
  /** Picture size in pixels; defaults to 256 × 256. */
  width?: number;
  height?: number;
  /** Samples per pixel along each axis; defaults to 2. */
  samples?: number;
  /** Height of the picture in centimeters at the head; defaults to 36. */
  viewHeight?: number;
  /** Height shown in the middle of the picture, centimeters; defaults to −4.6. */
  centerY?: number;
  /** What shows across the middle of the picture, centimeters; defaults to 0. */
  centerX?: number;
}

/** Between nose and mouth, on the surface; centimeters. */
const MIDDLE_OF_FACE = [0, -4.5, 9.5] as const;

/**
 * A synthetic speaker that can be drawn with any expression; the same identity and options give the same pictures.
 *
 * @example
 * const head = new TalkingHead(sampleIdentity(7), { width: 256, height: 256 });
 * const rgba = head.render({ ...neutralExpression(), yaw: 0.1 });
 */
export class TalkingHead {
  readonly identity: Identity;
  readonly width: number;
  readonly height: number;
  /** Number of triangles drawn for each picture. */
  readonly triangleCount: number;
  readonly #poser: HeadPoser;
  readonly #renderer: FrameRenderer;
  readonly #looks: Record<Material, MaterialLook>;
  readonly #backdrop: Float32Array;
  readonly #camera: Viewpoint;

  /** @throws RangeError when an option is out of range. */
  constructor(identity: Identity, options: TalkingHeadOptions = {}) {
    const { viewHeight = 36, centerY = -4.6, centerX = 0 } = options;
    this.identity = identity;
    this.width = checkInteger('options.width', options.width ?? 256, 16, 4096);
    this.height = checkInteger('options.height', options.height ?? 256, 16, 4096);
    const samples = checkInteger('options.samples', options.samples ?? 2, 1, 8);
    checkNumber('options.viewHeight', viewHeight, 5, 200);
    this.#camera = { distance: 80, centerX, centerY, viewHeight };
    const skin = canonicalSkin();
    const parts = new HeadParts(identity, skin);
    this.triangleCount = parts.scene.materials.length;
    this.#poser = new HeadPoser(parts, identity);
    this.#renderer = new FrameRenderer(this.width, this.height, samples);
    this.#looks = materialLooks(identity, paintSkin(skin, identity, 2 * this.height));
    this.#backdrop = paintBackdrop(identity.backdrop, this.width, this.height);
  }

  /** Draws the speaker with an expression; returns RGBA, [height, width, 4] (`out`, when given). */
  render(expression: Expression, out?: Uint8ClampedArray): Uint8ClampedArray {
    return this.#renderer.render(this.#poser.pose(expression), this.#camera, this.#looks, this.#backdrop, out);
  }

  /** Returns where the middle of the face is in the picture, in pixels, as the head of an expression is turned. */
  placeOfFace(expression: Expression): [x: number, y: number] {
    return this.#renderer.projected(this.#poser.turned(MIDDLE_OF_FACE, expression), this.#camera);
  }

  /** Returns the outer edge of the lips of an expression, all around, in pixels of the picture; hidden or not. */
  mouthOutline(expression: Expression): [x: number, y: number][] {
    const { positions } = this.#poser.pose(expression);
    const { upper, lower } = this.#poser.mouthRing;
    return [...upper, ...lower.slice(1, -1).reverse()].map((vertex) =>
      this.#renderer.projected(positions.subarray(3 * vertex, 3 * vertex + 3), this.#camera),
    );
  }

  /** Returns what the mouth of an expression measures on this person, regardless of how the head is turned. */
  measureMouth(expression: Expression): MouthMeasures {
    return this.#poser.measureMouth(expression);
  }
}
