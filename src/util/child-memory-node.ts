// How child processes are started so that their memory stays as it is in the first minute, however much passes through them.

/**
 * Arguments of Node: V8 lets the space for new objects grow to 48 MB, for nothing in a process that makes few and keeps none.
 */
export const smallHeap = { execArgv: ['--max-semi-space-size=1'] } as const;

/**
 * Size from which the C library (glibc) takes memory directly from the system and returns it immediately. By default it raises this
 * limit over time and keeps gaps in its heap, so that pictures and latents that come and go make the process grow. What comes through
 * a pipe is read in pieces of 64 KB, of which some wait to be collected: they belong to it.
 */
const MMAP_THRESHOLD = 65_536;

/** Heaps of the C library: by default each of the decoder's and of Node's threads gets one, and none gives back what it has freed. */
const HEAPS = 2;

/** Returns this process's environment for a child. What it says about the C library's memory is left as it is. */
export function steadyEnvironment(): NodeJS.ProcessEnv {
  return { MALLOC_MMAP_THRESHOLD_: String(MMAP_THRESHOLD), MALLOC_ARENA_MAX: String(HEAPS), ...process.env };
}
