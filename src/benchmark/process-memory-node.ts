// Memory of a process with all its descendants, as Linux counts it.
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessFacts {
  parent: number;
  residentBytes: number;
}

/** What one process adds to the machine's load: shared pages count proportionally. */
function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
    return { parent, residentBytes: kilobytes * 1024 };
  } catch {
    return undefined; // it has exited meanwhile
  }
}

/**
 * Returns the bytes of memory of a process and its descendants.
 *
 * @returns undefined where the system does not report it (on systems other than Linux).
 */
export function processTreeBytes(root: number): number | undefined {
  let pids: number[];
  try {
    pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return undefined;
  }
  const processes = new Map(pids.map((pid) => [pid, factsOf(pid)]));
  let bytes = 0;
  for (const [pid, facts] of processes) {
    if (!facts) continue;
    let ancestor: number | undefined = pid;
    while (ancestor !== undefined && ancestor !== root) ancestor = processes.get(ancestor)?.parent;
    if (ancestor === root) bytes += facts.residentBytes;
  }
  return bytes;
}
