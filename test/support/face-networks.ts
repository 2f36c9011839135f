// The face networks of models/faces, parsed, for tests.
import { readFileSync } from 'node:fs';
import { parseTfjsGraphModel, type TfjsGraphModel } from '../../src/checkpoint/tfjs-graph-model.ts';

/** Returns one of the package's face networks. */
export function faceNetworkOf(name: 'blazeface' | 'facemesh' | 'faceres'): TfjsGraphModel {
  const read = (extension: string): Uint8Array =>
    readFileSync(new URL(`../../models/faces/${name}.${extension}`, import.meta.url));
  return parseTfjsGraphModel({ name, json: read('json'), weights: read('bin') });
}
