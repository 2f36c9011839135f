// Names of golden tensors, which encode resolutions, timesteps, step counts and frame numbers.

/** Returns what the groups of a pattern stand for in a name; nothing if the name does not match. */
export function partsOf(pattern: RegExp, name: string): readonly (string | undefined)[] {
  return pattern.exec(name)?.slice(1) ?? [];
}
