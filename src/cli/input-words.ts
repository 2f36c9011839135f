// Inputs as users write them: paths, and addresses of the web.

/** Returns what a word names: a URL when it is an address that begins with http: or https:, else the path that it is. */
export function inputOf(word: string): string | URL {
  return /^https?:\/\//i.test(word) && URL.canParse(word) ? new URL(word) : word;
}
