// Whether a process is there.

/** Returns whether there is a process with an id. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
