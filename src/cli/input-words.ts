// Inputs as users write them: paths, and URLs.
import { fileURLToPath } from 'node:url';

/** Returns what a word names: a URL when it is one that begins with http://, https://, or file://, else the path that it is. */
export function inputOf(word: string): string | URL {
  if (!/^(https?|file):\/\//i.test(word) || !URL.canParse(word)) return word;
  const url = new URL(word);
  return url.protocol === 'file:' && !isLocalFile(url) ? word : url;
}

function isLocalFile(url: URL): boolean {
  try {
    fileURLToPath(url);
    return true;
  } catch {
    return false; // it names another host, or has an encoded slash
  }
}
