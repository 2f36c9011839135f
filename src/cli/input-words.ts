// Inputs as users write them: paths, and URLs.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNameOf, type OptionDefinition } from '../util/option-table.ts';

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

/** Returns the value of an option with its path, where it is one, taken from a folder; a URL where it is one. */
export function pathFrom(folder: string, definition: OptionDefinition, value: unknown): unknown {
  if (definition.repeats && Array.isArray(value)) return value.map((item) => pathFrom(folder, definition, item));
  if (definition.withPaths) {
    return definition.withPaths(value, (path) => {
      const input = inputOf(path);
      return typeof input === 'string' ? resolve(folder, input) : input;
    });
  }
  if (typeof value !== 'string') return value;
  const input = definition.type === 'input' ? inputOf(value) : value;
  if (typeof input !== 'string') return input;
  const isName = definition.type !== 'input' && (definition.type !== 'path' || isNameOf(definition, value));
  return isName ? value : resolve(folder, value);
}
