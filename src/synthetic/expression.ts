// What a face can do: the figures of mouth, eyes and head at one moment, and the neutral face.

/** The mouth at one moment; all figures 0 … 1 unless said otherwise. */
export interface MouthShape {
  /** Opening of the jaw; 1 parts the teeth by about 1.5 cm. */
  jaw: number;
  /** −1 rounded, 1 spread. */
  width: number;
  /** Lips pushed forward. */
  protrusion: number;
  /** Upper lip raised off the teeth. */
  upperRaise: number;
  /** Lower lip drawn down off the teeth. */
  lowerDrop: number;
  /** Lips brought together, regardless of the jaw. */
  closure: number;
  /** Closed lips pressed thin. */
  press: number;
  /** Lower lip under the upper teeth. */
  tuck: number;
  /** Tip of the tongue raised to the upper teeth. */
  tongueTip: number;
  /** Tongue forward, between the teeth at 1. */
  tongueForward: number;
}

/** Names of the {@link MouthShape} figures. */
export const MOUTH_NAMES = [
  'jaw',
  'width',
  'protrusion',
  'upperRaise',
  'lowerDrop',
  'closure',
  'press',
  'tuck',
  'tongueTip',
  'tongueForward',
] as const satisfies readonly (keyof MouthShape)[];

/** The face and head at one moment. */
export interface Expression {
  mouth: MouthShape;
  /** Lids: 0 open, 1 shut. */
  blink: number;
  /** Gaze to the viewer's right and upwards, radians. */
  gazeX: number;
  gazeY: number;
  /** Brows raised, −1 … 1. */
  brows: number;
  /** Corners of the mouth drawn up and out, 0 … 1. */
  smile: number;
  /** Head turned to the viewer's right, nodding upwards, and leaning to the viewer's right; radians. */
  yaw: number;
  pitch: number;
  roll: number;
  /** Displacement of the head, centimeters. */
  shiftX: number;
  shiftY: number;
}

/** A closed, silent mouth. */
export const NEUTRAL_MOUTH: Readonly<MouthShape> = {
  jaw: 0,
  width: 0,
  protrusion: 0,
  upperRaise: 0,
  lowerDrop: 0,
  closure: 0,
  press: 0,
  tuck: 0,
  tongueTip: 0,
  tongueForward: 0,
};

/** Returns a face at rest. */
export function neutralExpression(): Expression {
  return {
    mouth: { ...NEUTRAL_MOUTH },
    blink: 0,
    gazeX: 0,
    gazeY: 0,
    brows: 0,
    smile: 0,
    yaw: 0,
    pitch: 0,
    roll: 0,
    shiftX: 0,
    shiftY: 0,
  };
}
