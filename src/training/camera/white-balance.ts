// The colors that a camera sees in light of another temperature than the one that it takes for white.

/** Mireds (a million over the temperature in kelvins) of the light that is white in sRGB. */
const DAYLIGHT = 1e6 / 6504;

/** Returns the linear sRGB color of a black body, by the cubic splines of Kim et al. (US patent 7024034), green 1. */
function blackBody(mireds: number): [number, number, number] {
  const t = Math.min(25_000, Math.max(1667, 1e6 / mireds));
  const x =
    t <= 4000
      ? -0.2661239e9 / t ** 3 - 0.2343589e6 / t ** 2 + 0.8776956e3 / t + 0.17991
      : -3.0258469e9 / t ** 3 + 2.1070379e6 / t ** 2 + 0.2226347e3 / t + 0.24039;
  const y =
    t <= 2222
      ? -1.1063814 * x ** 3 - 1.3481102 * x ** 2 + 2.18555832 * x - 0.20219683
      : t <= 4000
        ? -0.9549476 * x ** 3 - 1.37418593 * x ** 2 + 2.09137015 * x - 0.16748867
        : 3.081758 * x ** 3 - 5.8733867 * x ** 2 + 3.75112997 * x - 0.37001483;
  const [X, Z] = [x / y, (1 - x - y) / y];
  const red = 3.2406 * X - 1.5372 - 0.4986 * Z;
  const green = -0.9689 * X + 1.8758 + 0.0415 * Z;
  const blue = 0.0557 * X - 0.204 + 1.057 * Z;
  return [red / green, 1, blue / green];
}

/**
 * Returns the factors of red, green and blue in linear light of a white balance; gray keeps its brightness (BT.709 luma).
 *
 * @param warmth - mireds by which the light is warmer than the camera takes it to be; 0 is neutral.
 * @param tint - stops of green.
 */
export function whiteBalanceGains(warmth: number, tint: number): [number, number, number] {
  const light = blackBody(DAYLIGHT + warmth);
  const white = blackBody(DAYLIGHT);
  const gains = light.map((value, channel) => (value / white[channel]) * (channel === 1 ? 2 ** tint : 1));
  const luma = 0.2126 * gains[0] + 0.7152 * gains[1] + 0.0722 * gains[2];
  return [gains[0] / luma, gains[1] / luma, gains[2] / luma];
}
