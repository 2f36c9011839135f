// The project's texts against the project: links, paths, commands and options in the pages exist, and nothing is left lying about.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import layers from '../scripts/layers.json' with { type: 'json' };
import { loadCommand } from '../src/cli/command.ts';
import { commands as entries } from '../src/cli/commands.ts';
import { generalOptions } from '../src/cli/general-options.ts';
import { flagName, type OptionTable } from '../src/util/option-table.ts';

const commands = await Promise.all(entries.map(loadCommand));
const root = fileURLToPath(new URL('..', import.meta.url));
const ignoredFolders = [
  '.git',
  'node_modules',
  'dist',
  'coverage',
  'demo-output',
  '.cache',
  'docs/api',
  'test/fixtures',
];
const textFile = /\.(md|ts|mjs|cjs|js|json|yaml|yml|html|css)$|(^|\/)(LICENSE|NOTICE|\.\w+|run)$/;

function* filesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (ignoredFolders.includes(path)) continue;
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (textFile.test(path) && path !== 'package-lock.json') yield path;
  }
}

const files = [...filesUnder('')].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const pages = files.filter(({ path }) => path.endsWith('.md'));

/** Every match of a pattern in the files, as "file:line: match". */
function findAll(where: readonly { path: string; text: string }[], pattern: RegExp): string[] {
  return where.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => `${path}:${text.slice(0, match.index).split('\n').length}: ${match[0]}`),
  );
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Code in backticks and in fenced blocks, line by line. */
function codeLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code);
  return [...blocks, ...inline];
}

/** Options as they are written on a command line. */
function optionNames(tables: readonly OptionTable[]): Set<string> {
  const definitions = tables.flatMap((options) => Object.entries(options));
  return new Set(
    definitions.flatMap(([name, definition]) => {
      const flag = flagName(name, definition);
      return [
        `--${flag}`,
        ...(definition.type === 'flag' ? [`--no-${flag}`] : []),
        ...(definition.short === undefined ? [] : [`-${definition.short}`]),
      ];
    }),
  );
}

describe('the files of the project', () => {
  it('name no folder of the machine they were written on', () => {
    const places = [resolve(root), homedir()].filter((place) => place.length > 4);
    const present = files.filter(({ text }) => places.some((place) => text.includes(place)));
    expect(present.map(({ path }) => path)).toEqual([]);
    expect(findAll(files, /(?<![\w.:~/-])\/(?:root|work|mnt)\/[\w.-]+/g)).toEqual([]);
  });

  it('hold no marks of unfinished work', () => {
    const marks = ['TO-DO', 'FIX-ME', 'XX-X', 'HA-CK', 'not imple-mented', 'place-holder', 'coming s-oon'];
    const pattern = new RegExp(`\\b(?:${marks.map((mark) => mark.replace('-', '')).join('|')})\\b`, 'g');
    expect(findAll(files, pattern)).toEqual([]);
  });

  it('are in folders with a level of their own', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !layers.flat().includes(name))).toEqual([]);
  });
});

describe('the pages', () => {
  it('link to files and headings that exist', () => {
    const broken = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, link]) => link)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const [file, anchor] = link.split('#');
          const target = file === '' ? join(root, path) : resolve(root, dirname(path), file);
          if (!existsSync(target)) return true;
          if (!link.includes('#')) return false;
          const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
            anchorOf(heading),
          );
          return !headings.includes(anchor);
        })
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('name files and folders that exist', () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|test|scripts|docs|models|samples|examples)\/[\w./-]*)`/g)].map(([, name]) => ({
        path,
        name,
      })),
    );
    expect(named.filter(({ name }) => name !== 'docs/api' && !existsSync(join(root, name)))).toEqual([]);
  });

  it('name scripts of package.json', () => {
    const shortcuts = new Set(['test']);
    const named = pages.flatMap(({ path, text }) =>
      codeLines(text)
        .flatMap((line) => [...line.matchAll(/\bnpm (?:run )?([\w:-]+)/g)])
        .filter(([command, name]) => command.startsWith('npm run ') || shortcuts.has(name))
        .map(([, name]) => ({ path, name })),
    );
    expect(named).not.toEqual([]);
    expect(named.filter(({ name }) => !(name in manifest.scripts))).toEqual([]);
  });

  it('name commands of the command line, with options that they have', () => {
    const faults: string[] = [];
    let seen = 0;
    for (const { path, text } of pages) {
      for (const line of codeLines(text)) {
        const words = /(?:^|\s)latentsync ((?:[a-z].*)?)$/.exec(line)?.[1].split(/\s+/);
        if (!words || words[0] === '') continue;
        seen++;
        const command = commands
          .filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' '))
          .sort((a, b) => b.name.length - a.name.length)
          .at(0);
        if (!command) faults.push(`${path}: latentsync ${words.join(' ')}: no such command`);
        else {
          const known = optionNames([command.options, generalOptions]);
          const end = words.indexOf('--'); // nothing after it is an option
          const given = words.slice(0, end < 0 ? undefined : end);
          const unknown = given.filter((word) => /^--?[a-z]/.test(word) && !known.has(word.replace(/=.*/, '')));
          faults.push(...unknown.map((word) => `${path}: latentsync ${command.name} has no option ${word}`));
        }
      }
    }
    expect(seen).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it('name options that some command has', () => {
    const known = optionNames([...commands.map(({ options }) => options), generalOptions]);
    const ofOtherPrograms = new Set(['--check', '--ignore-scripts', '--enable-gpl', '--enable-version3']);
    const unknown = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`(--[a-z][\w-]*)[^`]*`/g)]
        .map(([, option]) => option)
        .filter((option) => !known.has(option) && !ofOtherPrograms.has(option))
        .map((option) => `${path}: ${option}`),
    );
    expect(unknown).toEqual([]);
  });

  it('give a row to every dependency, and to no other package', () => {
    const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
    const rows = [...page.matchAll(/^\|(.*?)\|\s*[\d., ]+\|/gm)].flatMap(([, cell]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    const dependencies = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(rows.sort()).toEqual(Object.keys(dependencies).sort());
  });
});

it('no two exported types have one name', () => {
  const sources = files.filter(
    ({ path }) => path.startsWith('src/') && path.endsWith('.ts') && !path.endsWith('.test.ts'),
  );
  const places = new Map<string, string[]>();
  for (const { path, text } of sources) {
    for (const [, name] of text.matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)) {
      places.set(name, [...(places.get(name) ?? []), path]);
    }
  }
  expect(places.size).toBeGreaterThan(100);
  expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([]);
});
