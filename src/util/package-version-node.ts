// The version of the package.
import { readFile } from 'node:fs/promises';

/** Returns the version in package.json. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
