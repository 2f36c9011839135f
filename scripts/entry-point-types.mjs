// What the declarations of entry points export, and which types they mention without exporting them.
import ts from 'typescript';

/** Folders whose types are words that every room speaks: each entry point that mentions one also exports it. */
const sharedFolders = /[\\/]dist[\\/](util|tensor)[\\/]/;

/**
 * Returns for each entry point the names that it exports, and faults: types of ours in its signatures that no entry point exports.
 *
 * @param paths - map from the names of entry points to the paths of their declaration files in `dist`.
 */
export function inspectEntryPoints(paths) {
  const program = ts.createProgram([...paths.values()], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const exportsOf = (path) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path)));
  const names = new Map([...paths].map(([name, path]) => [name, exportsOf(path).map((symbol) => symbol.name)]));
  const everywhere = new Set([...paths.values()].flatMap(exportsOf).map(resolved));

  const faults = [];
  for (const [name, path] of paths) {
    const here = new Set(exportsOf(path).map(resolved));
    const missing = new Set();
    const visit = (node) => {
      const mentioned = mentionedName(node);
      const symbol = mentioned && checker.getSymbolAtLocation(mentioned);
      if (symbol) {
        const type = resolved(symbol);
        const file = type.declarations?.[0].getSourceFile().fileName ?? '';
        const isOurs = /[\\/]dist[\\/]/.test(file) && !file.includes('node_modules');
        const isParameter = type.flags & ts.SymbolFlags.TypeParameter;
        const exported = sharedFolders.test(file) ? here : everywhere;
        if (isOurs && !isParameter && !exported.has(type)) missing.add(type.name);
      }
      ts.forEachChild(node, visit);
    };
    for (const declaration of [...here].flatMap((symbol) => symbol.declarations ?? [])) visit(declaration);
    if (missing.size > 0) faults.push(`${name} mentions types that it should export: ${[...missing].join(', ')}.`);
  }
  return { names, faults };
}

function mentionedName(node) {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return undefined;
}
