// The layers of docs/architecture.md: a folder may import only folders of a lower level; siblings never import each other.
const levels = require('./scripts/layers.json');

const layerRules = levels.flatMap((folders, level) =>
  folders.map((folder) => ({
    name: `layer-${folder}`,
    severity: 'error',
    comment: `src/${folder} may import only the levels below it`,
    from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
    to: {
      path: '^src/',
      pathNot: [
        `^src/${folder}/`,
        ...levels
          .slice(0, level)
          .flat()
          .map((lower) => `^src/${lower}/`),
        ...(level === levels.length - 1 ? ['^src/(index|node)\\.ts$'] : []),
      ],
    },
  })),
);

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'folder-without-level',
      severity: 'error',
      comment: 'every folder of src has a level in scripts/layers.json',
      from: { path: '^src/[^/]+/', pathNot: levels.flat().map((folder) => `^src/${folder}/`) },
      to: {},
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'node-only-in-node-files',
      severity: 'error',
      comment: 'node:* modules and Node-only packages appear only in *-node.ts files, cli/, server/ and node.ts',
      from: {
        path: '^src/',
        pathNot: ['-node\\.ts$', '^src/cli/', '^src/server/', '^src/node\\.ts$', '\\.test\\.ts$'],
      },
      to: {
        path: ['^node:', 'node_modules/(onnxruntime-node|node-av|pngjs|proper-lockfile)/'],
      },
    },
    {
      name: 'node-builtins-by-core-type',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['-node\\.ts$', '^src/cli/', '^src/server/', '^src/node\\.ts$', '\\.test\\.ts$'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browser-stays-free-of-node-files',
      severity: 'error',
      comment:
        'what browsers get: the entry points of the package and of its rooms that are not index-node.ts or node.ts',
      from: { path: '^src/(browser|index|[^/]+/index)\\.ts$' },
      to: { path: '-node\\.ts$', reachable: true },
    },
    {
      name: 'entry-points-are-for-outsiders',
      severity: 'error',
      comment: 'inside src, files import the file that has a thing, not the entry point that lists it',
      from: { path: '^src/', pathNot: ['^src/(browser|node)\\.ts$', '^src/[^/]+/index-node\\.ts$'] },
      to: { path: '^src/(node|browser|index|[^/]+/index|[^/]+/index-node)\\.ts$' },
    },
    {
      name: 'no-tests-from-source',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^test/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'default'] },
  },
};
