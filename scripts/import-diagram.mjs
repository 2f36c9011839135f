// Draws which folder of src imports which, from the code itself, to docs/import-diagram.md; `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import layers from './layers.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/import-diagram.md`;
process.chdir(root);

/** The folder of src that a file belongs to; the entry points stand for themselves. */
const folderOf = (path) => path.split('/')[1];
const isSource = (path) => path.startsWith('src/') && !path.endsWith('.test.ts');

/** Map from folder to the number of its files, and from folder to the folders it imports with the number of import statements. */
async function countImports() {
  const { output } = await cruise(
    ['src'],
    { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
    undefined,
    { tsConfig: extractTSConfig('tsconfig.json') },
  );
  const files = new Map();
  const imports = new Map();
  for (const { source, dependencies } of output.modules) {
    if (!isSource(source)) continue;
    const from = folderOf(source);
    files.set(from, (files.get(from) ?? 0) + 1);
    for (const { resolved } of dependencies) {
      if (!isSource(resolved) || folderOf(resolved) === from) continue;
      const targets = imports.get(from) ?? new Map();
      targets.set(folderOf(resolved), (targets.get(folderOf(resolved)) ?? 0) + 1);
      imports.set(from, targets);
    }
  }
  return { files, imports };
}

/** Rows of folders from the highest level to the lowest, the entry points on top. */
function rowsOf(files) {
  const known = layers.flat();
  const entryPoints = [...files.keys()].filter((name) => name.endsWith('.ts')).sort();
  const unknown = [...files.keys()].filter((name) => !name.endsWith('.ts') && !known.includes(name));
  if (unknown.length > 0) throw new Error(`scripts/layers.json gives no level to src/${unknown.join(', src/')}.`);
  const levels = layers.map((folders, level) => ({
    title: `L${level}`,
    folders: folders.filter((folder) => files.has(folder)),
  }));
  return [{ title: 'entry points', folders: entryPoints }, ...levels.reverse()].filter((row) => row.folders.length > 0);
}

function draw({ files, imports }) {
  const rows = rowsOf(files);
  const folders = rows.flatMap((row) => row.folders);
  const id = (folder) => folder.replace('.', '_');
  const edges = folders.flatMap((from) =>
    folders.filter((to) => imports.get(from)?.has(to)).map((to) => ({ from, to, count: imports.get(from).get(to) })),
  );
  const subgraphs = rows.flatMap(({ title, folders }) => [
    `  subgraph "${title}"`,
    ...folders.map((folder) => `    ${id(folder)}["${folder}<br/>${files.get(folder)}"]`),
    '  end',
  ]);
  const table = folders.map((from) => {
    const targets = edges.filter((edge) => edge.from === from).map(({ to, count }) => `${to} ${count}`);
    return `| ${from} | ${files.get(from)} | ${targets.join(', ') || '–'} |`;
  });
  return `# Imports between the folders

Drawn from the code by \`node scripts/import-diagram.mjs\`; \`npm run check\` fails if it is out of date. A box shows a folder and its number
of files, an arrow the number of imports. Tests are omitted, and so are the arrows to \`util\` and \`tensor\`, which nearly every folder
imports; the table below includes them. [architecture.md](architecture.md) says what may import what.

\`\`\`mermaid
flowchart TB
${subgraphs.join('\n')}
${edges
  .filter(({ to }) => to !== 'util' && to !== 'tensor')
  .map(({ from, to, count }) => `  ${id(from)} -->|${count}| ${id(to)}`)
  .join('\n')}
\`\`\`

| folder | files | imports from |
|---|---|---|
${table.join('\n')}
`;
}

const drawn = draw(await countImports());
if (process.argv.includes('--check')) {
  let present = '';
  try {
    present = readFileSync(page, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (present !== drawn) {
    console.error('docs/import-diagram.md is out of date.\nRun: node scripts/import-diagram.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, drawn);
}
