// Help must appear at once: what it loads is counted here, since time on a busy machine says little.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Imports and re-exports that stay in the compiled code and are loaded with the file. */
const staticImport = /^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)';/gm;

/** Returns the files, and packages, that are loaded with a file. */
function loadedWith(url: URL, loaded = new Set<string>()): Set<string> {
  if (loaded.has(url.href)) return loaded;
  loaded.add(url.href);
  for (const [statement, name] of readFileSync(url, 'utf8').matchAll(staticImport)) {
    // Nothing is left of imports that are types one by one.
    const isTypes = /\{/.test(statement) && !/[{,]\s*(?!type )\w/.test(statement);
    if (isTypes || name.startsWith('node:')) continue;
    if (name.startsWith('.')) loadedWith(new URL(name, url), loaded);
    else loaded.add(name);
  }
  return loaded;
}

function packagesOf(loaded: ReadonlySet<string>): string[] {
  return [...loaded].filter((name) => !name.startsWith('file:'));
}

it('loads few files for help, and no packages', () => {
  const loaded = loadedWith(new URL('run-command-line.ts', import.meta.url));
  expect(packagesOf(loaded)).toEqual([]);
  expect([...loaded].filter((name) => !/\/src\/(?:cli|util)\/|format-bytes/.test(name))).toEqual([]);
  expect(loaded.size).toBeLessThan(40);
});

const commandFiles = readdirSync(fileURLToPath(new URL('commands', import.meta.url)));

it.each(commandFiles)('loads no packages and no networks for the help of %s', (name) => {
  const loaded = loadedWith(new URL(`commands/${name}`, import.meta.url));
  expect(packagesOf(loaded)).toEqual([]);
  const heavy =
    /\/src\/(?:models|nn|checkpoint|media|vision|tensor)\/(?!stream-options|encoded-formats|output-containers|picture\.)/;
  expect([...loaded].filter((file) => heavy.test(file))).toEqual([]);
  expect(loaded.size).toBeLessThan(40);
});

it('loads nothing in Node that only pages read and write media with', () => {
  const loaded = loadedWith(new URL('../pipelines/index-node.ts', import.meta.url));
  expect(packagesOf(loaded)).toContain('yaml');
  expect(packagesOf(loaded)).not.toContain('mediabunny');
});
