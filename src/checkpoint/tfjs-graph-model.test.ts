import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatentSyncError } from '../util/errors.ts';
import { parseTfjsGraphModel, type TfjsGraphModel } from './tfjs-graph-model.ts';

type Json = Record<string, unknown>;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** A network of two constants and two operators, whose weights are stored as half floats and as bytes. */
function sampleModel(): { json: Json; weights: Uint8Array } {
  const json = {
    format: 'graph-model',
    modelTopology: {
      node: [
        { name: 'out', op: 'Identity', input: ['conv:0'] },
        {
          name: 'conv',
          op: '_FusedConv2D',
          input: ['image', 'kernel', '^bias', 'bias'],
          attr: {
            padding: { s: 'U0FNRQ==' },
            strides: { list: { i: ['1', '2', '2', '1'] } },
            fused_ops: { list: { s: ['Qmlhc0FkZA==', 'UmVsdQ=='] } },
            explicit_paddings: { list: {} },
            epsilon: { f: 0.5 },
            exact: { b: true },
            T: { type: 'DT_FLOAT' },
          },
        },
        { name: 'image', op: 'Placeholder', attr: { shape: { shape: { dim: [{ size: '-1' }, { size: 8 }] } } } },
        { name: 'kernel', op: 'Const', attr: { value: { tensor: { dtype: 'DT_FLOAT' } } } },
        { name: 'bias', op: 'Const' },
      ],
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: [
          { name: 'kernel', shape: [2, 1], dtype: 'float32', quantization: { dtype: 'float16' } },
          { name: 'bias', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        ],
      },
    ],
  };
  // 1.5 and −2 as half floats; then 0, 1 and 255.
  return { json, weights: Uint8Array.of(0x00, 0x3e, 0x00, 0xc0, 0, 1, 255) };
}

function parse(json: unknown, weights = sampleModel().weights): TfjsGraphModel {
  return parseTfjsGraphModel({ name: 'model.json', json: encode(json), weights });
}

/** The sample with one of its parts changed. */
function changed(change: (json: ReturnType<typeof editable>) => void): Json {
  const json = editable();
  change(json);
  return json;
}

function editable(): {
  modelTopology: { node: Json[] };
  weightsManifest: { paths: string[]; weights: Json[] }[];
} & Json {
  return structuredClone(sampleModel().json) as ReturnType<typeof editable>;
}

describe('parseTfjsGraphModel', () => {
  it('returns nodes after their inputs, with their attributes', () => {
    const { nodes } = parse(sampleModel().json);
    const names = nodes.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['bias', 'conv', 'image', 'kernel', 'out']);
    for (const { name, inputs } of nodes) {
      for (const input of inputs) expect(names.indexOf(input)).toBeLessThan(names.indexOf(name));
    }
    const conv = nodes.find(({ name }) => name === 'conv')!;
    expect(conv.inputs).toEqual(['image', 'kernel', 'bias']);
    expect(Object.fromEntries(conv.attributes)).toEqual({
      padding: 'SAME',
      strides: [1, 2, 2, 1],
      fused_ops: ['BiasAdd', 'Relu'],
      explicit_paddings: [],
      epsilon: 0.5,
      exact: true,
      T: 'DT_FLOAT',
    });
    expect(nodes.find(({ name }) => name === 'image')!.attributes.get('shape')).toEqual([-1, 8]);
  });

  it('decodes weights stored as half floats and as bytes', () => {
    const { weights } = parse(sampleModel().json);
    expect(weights.get('kernel')).toMatchObject({ dtype: 'float32', shape: [2, 1] });
    expect(Array.from(weights.get('kernel')!.data, Number)).toEqual([1.5, -2]);
    expect(Array.from(weights.get('bias')!.data, Number)).toEqual([-1, -0.5, 126.5]);
  });

  it('reads weights that lie at odd offsets of a larger buffer', () => {
    const { json, weights } = sampleModel();
    const shifted = Buffer.concat([Buffer.of(9), weights]).subarray(1);
    expect(Array.from(parse(json, shifted).weights.get('kernel')!.data, Number)).toEqual([1.5, -2]);
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is not an object', [], /is not a JSON object/],
    ['a layers model', { modelTopology: {} }, /not a TensorFlow.js graph model/],
    ['nodes in a circle', changed(({ modelTopology: { node } }) => (node[2].input = ['out'])), /in a cycle/],
    ['an input that is missing', changed(({ modelTopology: { node } }) => (node[0].input = ['gone'])), /"gone", which/],
    ['a second output', changed(({ modelTopology: { node } }) => (node[0].input = ['conv:1'])), /first outputs/],
    ['two nodes of one name', changed(({ modelTopology: { node } }) => (node[4].name = 'kernel')), /two nodes named/],
    ['a node without operator', changed(({ modelTopology: { node } }) => delete node[0].op), /without a name, an op/],
    ['a name with control characters', changed(({ modelTopology: { node } }) => (node[0].name = 'a\n')), /"a\\n"/],
    [
      'a broken string',
      changed(({ modelTopology: { node } }) => (node[0].attr = { x: { s: '*' } })),
      /"x" that cannot/,
    ],
    ['an unsafe integer', changed(({ modelTopology: { node } }) => (node[0].attr = { x: { i: '1e9' } })), /"x" that/],
    [
      'a constant without a weight',
      changed(({ modelTopology: { node } }) => node.push({ name: 'c', op: 'Const' })),
      /"c"/,
    ],
    ['no manifest', changed((json) => delete (json as Json).weightsManifest), /has no weightsManifest/],
    [
      'a weight that is too long',
      changed(({ weightsManifest: [group] }) => (group.weights[1].shape = [4])),
      /more than the 7/,
    ],
    ['bytes left over', changed(({ weightsManifest: [group] }) => (group.weights[1].shape = [2])), /has 1 bytes after/],
    [
      'an impossible shape',
      changed(({ weightsManifest: [group] }) => (group.weights[1].shape = [-3])),
      /impossible shape/,
    ],
    [
      'a huge shape',
      changed(({ weightsManifest: [group] }) => (group.weights[1].shape = [2 ** 40, 2 ** 40])),
      /impossible/,
    ],
    ['an unknown type', changed(({ weightsManifest: [group] }) => (group.weights[1].dtype = 'string')), /as "string"/],
    [
      'an unknown quantization',
      changed(({ weightsManifest: [group] }) => (group.weights[1].quantization = { dtype: 'uint4' })),
      /not supported/,
    ],
    ['a weight listed twice', changed(({ weightsManifest: [group] }) => (group.weights[1].name = 'kernel')), /twice/],
  ])('refuses %s', (_, json, message) => {
    expect(() => parse(json)).toThrow(message);
    expect(() => parse(json)).toThrow(LatentSyncError);
  });

  it('refuses what is not JSON', () => {
    const json = Uint8Array.of(0xff, 0x7b);
    expect(() => parseTfjsGraphModel({ name: 'm', json, weights: new Uint8Array() })).toThrow(/not JSON/);
  });

  it('either reads or refuses damaged files, without any other error', () => {
    const { json, weights } = sampleModel();
    const bytes = encode(json);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(weights.length),
        (edits, cut) => {
          const damaged = bytes.slice();
          for (const [at, byte] of edits) damaged[at] = byte;
          try {
            parseTfjsGraphModel({ name: 'model.json', json: damaged, weights: weights.slice(0, cut) });
          } catch (error) {
            expect(error).toBeInstanceOf(LatentSyncError);
          }
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });

  it('either reads or refuses any JSON in place of any part', () => {
    const places: ((json: ReturnType<typeof editable>, value: unknown) => void)[] = [
      (json, value) => ((json as Json).modelTopology = value),
      (json, value) => ((json as Json).weightsManifest = value),
      (json, value) => ((json.modelTopology as Json).node = value),
      (json, value) => (json.modelTopology.node[1] = value as Json),
      (json, value) => (json.modelTopology.node[1].input = value),
      (json, value) => (json.modelTopology.node[1].attr = value),
      (json, value) => (json.modelTopology.node[1].attr = { x: value }),
      (json, value) => (json.weightsManifest[0].weights[0] = value as Json),
      (json, value) => (json.weightsManifest[0].weights[0].shape = value),
      (json, value) => (json.weightsManifest[0].weights[0].quantization = value),
    ];
    fc.assert(
      fc.property(fc.nat(places.length - 1), fc.jsonValue(), (place, value) => {
        const json = editable();
        places[place](json, value);
        try {
          parse(json);
        } catch (error) {
          expect(error).toBeInstanceOf(LatentSyncError);
        }
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
