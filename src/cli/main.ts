#!/usr/bin/env node
// The command "latentsync".
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `latentsync needs Node 20.19 or later (this is ${process.versions.node}).\nSee https://nodejs.org/.\n`,
  );
  process.exit(1);
}

const { runCommandLine } = await import('./run-command-line.ts');
const status = await runCommandLine(process.argv.slice(2));
// What was written must be on its way before the process ends; a closed pipe is not waited for.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit(status);
export {};
