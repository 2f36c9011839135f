// Names of golden tensors, which tell resolutions, timesteps, step counts and frame numbers.

/** Returns what the groups of a pattern stand for in a name; nothing when the name is of another kind. */
export function partsOf(pattern: RegExp, name: string): readonly (string | undefined)[] {
  return pattern.exec(name)?.slice(1) ?? [];
}
