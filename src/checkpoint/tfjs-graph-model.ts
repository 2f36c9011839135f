// Reader of TensorFlow.js graph models: the topology in model.json as nodes in execution order, and the weights.
// The JSON is the protobuf GraphDef in its JSON form: strings are base64, 64-bit integers are decimal text.
import type { Tensor } from '../tensor/tensor.ts';
import { messageOf } from '../util/errors.ts';
import { quoted } from '../util/printable.ts';
import { checkKey, corrupt } from './checkpoint-error.ts';
import { isRecord } from './json-values.ts';
import { parseTfjsWeights } from './tfjs-weights.ts';

/** The value of a node's attribute; types such as `DT_FLOAT` are strings, shapes are numbers with −1 for unknown sizes. */
export type TfjsAttribute = string | number | boolean | readonly string[] | readonly number[];

/** One operator call of a TensorFlow.js graph. */
export interface TfjsNode {
  readonly name: string;
  /** TensorFlow's name of the operator, such as `DepthwiseConv2dNative`. */
  readonly operator: string;
  /** Names of the nodes whose first output it takes. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, TfjsAttribute>;
}

/** A network as TensorFlow.js stores it. */
export interface TfjsGraphModel {
  /** As the user named it. */
  readonly name: string;
  /** Every node after those that it takes values from. */
  readonly nodes: readonly TfjsNode[];
  /** The values of the nodes whose operator is `Const`, by node name. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** The bytes of a TensorFlow.js graph model. */
export interface TfjsModelFiles {
  /** The model, as error messages call it. */
  readonly name: string;
  /** The JSON file. */
  readonly json: Uint8Array;
  /** All weight files, one after the other in the order of the manifest's paths. */
  readonly weights: Uint8Array;
}

type AttributeReader = (value: unknown) => string | number | boolean | undefined;

function readBase64(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return atob(value);
  } catch {
    return undefined;
  }
}

function readInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

const readers: Readonly<Record<string, AttributeReader>> = {
  s: readBase64,
  i: readInteger,
  f: (value) => (typeof value === 'number' ? value : undefined),
  b: (value) => (typeof value === 'boolean' ? value : undefined),
  type: (value) => (typeof value === 'string' ? value : undefined),
};

function readOne(value: Record<string, unknown>): string | number | boolean | undefined {
  for (const [kind, reader] of Object.entries(readers)) {
    if (Object.hasOwn(value, kind)) return reader(value[kind]);
  }
  return undefined;
}

function readList(list: unknown): readonly string[] | readonly number[] | undefined {
  if (!isRecord(list)) return undefined;
  for (const kind of ['s', 'i', 'f', 'type']) {
    if (!Object.hasOwn(list, kind)) continue;
    const items = list[kind];
    if (!Array.isArray(items)) return undefined;
    const values = items.map((item) => readers[kind](item));
    return values.includes(undefined) ? undefined : (values as string[] | number[]);
  }
  return Object.keys(list).length === 0 ? [] : undefined;
}

function readShape(shape: unknown): readonly number[] | undefined {
  const dims = isRecord(shape) ? (shape.dim ?? []) : undefined;
  if (!Array.isArray(dims)) return undefined;
  const sizes = dims.map((dim: unknown) => (isRecord(dim) ? readInteger(dim.size) : undefined));
  return sizes.includes(undefined) ? undefined : (sizes as number[]);
}

function parseAttribute(value: unknown): TfjsAttribute | undefined {
  if (!isRecord(value)) return undefined;
  if (Object.hasOwn(value, 'list')) return readList(value.list);
  if (Object.hasOwn(value, 'shape')) return readShape(value.shape);
  return readOne(value);
}

function parseAttributes(name: string, label: string, attr: unknown): ReadonlyMap<string, TfjsAttribute> {
  if (attr !== undefined && !isRecord(attr)) throw corrupt(name, `gives ${label} attributes that are not an object`);
  const attributes = new Map<string, TfjsAttribute>();
  for (const [key, value] of Object.entries(attr ?? {})) {
    if (isRecord(value) && Object.hasOwn(value, 'tensor')) continue; // type and shape of a weight; the manifest has both
    const parsed = parseAttribute(value);
    if (parsed === undefined) throw corrupt(name, `gives ${label} an attribute ${quoted(key)} that cannot be read`);
    attributes.set(key, parsed);
  }
  return attributes;
}

function parseNode(name: string, entry: unknown): TfjsNode {
  const { name: nodeName, op, input = [], attr } = isRecord(entry) ? entry : {};
  if (typeof nodeName !== 'string' || typeof op !== 'string' || !Array.isArray(input)) {
    throw corrupt(name, 'has a node without a name, an operator and a list of inputs');
  }
  checkKey(name, nodeName);
  const label = `node ${quoted(nodeName)}`;
  const inputs: string[] = [];
  for (const source of input as unknown[]) {
    if (typeof source !== 'string') throw corrupt(name, `gives ${label} an input that is not a name`);
    if (source.startsWith('^')) continue; // a control dependency, without a value
    const output = /:(\d+)$/.exec(source);
    if (output && Number(output[1]) !== 0) {
      throw corrupt(name, `gives ${label} the input ${quoted(source)}; only first outputs are supported`);
    }
    inputs.push(output ? source.slice(0, output.index) : source);
  }
  return { name: nodeName, operator: op, inputs, attributes: parseAttributes(name, label, attr) };
}

/** Returns the nodes so that each comes after its inputs. */
function inRunningOrder(name: string, nodes: ReadonlyMap<string, TfjsNode>): TfjsNode[] {
  const waitingFor = new Map<string, number>();
  const users = new Map<string, TfjsNode[]>();
  for (const node of nodes.values()) {
    waitingFor.set(node.name, node.inputs.length);
    for (const input of node.inputs) {
      if (!nodes.has(input)) {
        throw corrupt(name, `gives node ${quoted(node.name)} the input ${quoted(input)}, which does not exist`);
      }
      const others = users.get(input);
      if (others) others.push(node);
      else users.set(input, [node]);
    }
  }
  const ordered = [...nodes.values()].filter((node) => node.inputs.length === 0);
  for (let next = 0; next < ordered.length; next++) {
    for (const user of users.get(ordered[next].name) ?? []) {
      const left = waitingFor.get(user.name)! - 1;
      waitingFor.set(user.name, left);
      if (left === 0) ordered.push(user);
    }
  }
  if (ordered.length < nodes.size) throw corrupt(name, 'has nodes that depend on each other in a cycle');
  return ordered;
}

function parseJson({ name, json }: TfjsModelFiles): Record<string, unknown> {
  let model: unknown;
  try {
    model = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw corrupt(name, `is not JSON in UTF-8 (${quoted(messageOf(error))})`);
  }
  if (!isRecord(model)) throw corrupt(name, 'is not a JSON object');
  return model;
}

/**
 * Reads a TensorFlow.js graph model and checks it: names, inputs, cycles, the weights' types, shapes and bytes.
 *
 * @throws LatentSyncError `checkpoint-corrupt`, naming what is wrong.
 */
export function parseTfjsGraphModel(files: TfjsModelFiles): TfjsGraphModel {
  const { name } = files;
  const { modelTopology, weightsManifest } = parseJson(files);
  const entries = isRecord(modelTopology) ? modelTopology.node : undefined;
  if (!Array.isArray(entries))
    throw corrupt(name, 'has no modelTopology with nodes: it is not a TensorFlow.js graph model');
  const nodes = new Map<string, TfjsNode>();
  for (const entry of entries as unknown[]) {
    const node = parseNode(name, entry);
    if (nodes.has(node.name)) throw corrupt(name, `has two nodes named ${quoted(node.name)}`);
    nodes.set(node.name, node);
  }
  const ordered = inRunningOrder(name, nodes);
  const weights = parseTfjsWeights(name, weightsManifest, files.weights);
  for (const node of ordered) {
    if (node.operator === 'Const' && !weights.has(node.name)) {
      throw corrupt(name, `has no weight for the constant ${quoted(node.name)}`);
    }
  }
  return { name, nodes: ordered, weights };
}
