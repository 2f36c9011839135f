// The option `face`: whose lips follow the speech.

/** Who is chosen by size or place, anew in every shot. */
export type FacePlace = 'largest' | 'left' | 'right' | 'center';

/** All of them. */
export const facePlaces: readonly FacePlace[] = ['largest', 'left', 'right', 'center'];

/** Who is lip-synced, as options say it: by size or place, by the number of a person, or whom a picture shows, a file. */
export type FaceOption = FacePlace | number | { readonly picture: string };

/** Returns what a value of the option `face` means: a place, the number of a person, or the path of a picture. */
export function faceOptionOf(value: string | number = 'largest'): FaceOption {
  const place = facePlaces.find((name) => name === value);
  if (place) return place;
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : { picture: String(value) };
}
