// What is in the files that tests make: pictures and sounds that are recognized after any encoding. For Node and browsers.

/** Corner colors of {@link cornersPicture}: top left, top right, bottom left, bottom right. */
export const corners = [
  [200, 40, 40],
  [40, 180, 60],
  [50, 60, 200],
  [220, 210, 60],
] as const;

/** Returns an RGBA picture of four colored quarters; frame `index` is darker by two levels each. */
export function cornersPicture(width: number, height: number, index = 0): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const corner = corners[(y * 2 < height ? 0 : 2) + (x * 2 < width ? 0 : 1)];
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) data[at + channel] = corner[channel] - 2 * index;
      data[at + 3] = 255;
    }
  }
  return data;
}

/** Returns a sine tone of amplitude 0.5. */
export function sine(frequency: number, sampleRate: number, seconds: number): Float32Array<ArrayBuffer> {
  const length = Math.round(seconds * sampleRate);
  return Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
}

/** Seconds at which the frames of `uneven.mp4` are shown. */
export const unevenTimes = [0, 0.04, 0.13, 0.2, 0.21, 0.35, 0.5];

/** Half a second in, a click: a hill of one millisecond; a second long. */
export function click(sampleRate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(sampleRate);
  const width = sampleRate / 1000;
  const middle = sampleRate / 2;
  for (let i = Math.ceil(middle - width); i <= middle + width; i++) {
    samples[i] = 0.4 + 0.4 * Math.cos((Math.PI * (i - middle)) / width);
  }
  return samples;
}

/** Returns the index of the sample that is furthest from silence. */
export function loudest(samples: Float32Array): number {
  return samples.reduce((best, sample, i) => (Math.abs(sample) > Math.abs(samples[best]) ? i : best), 0);
}
