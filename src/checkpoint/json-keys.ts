// Duplicate keys in JSON text, which JSON.parse silently resolves to the last one.

/**
 * Returns the first key that occurs twice in one object of the text, or undefined.
 *
 * @param text - text that JSON.parse accepts.
 */
export function duplicateJsonKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = []; // one per open bracket; undefined for an array
  let string: string | undefined; // the last string, which is a key if a colon follows
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
      string = text.slice(start, at + 1);
    } else if (character === '{') objects.push(new Set());
    else if (character === '[') objects.push(undefined);
    else if (character === '}' || character === ']') objects.pop();
    else if (character === ':' && string !== undefined) {
      const key = JSON.parse(string) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
