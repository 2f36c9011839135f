// A network of your own: modules that write an ONNX graph, weights from a checkpoint, and a runtime that runs it.
//   npx tsx examples/own-network.ts
import { createRuntime } from 'latentsync';
import { checkpointFromTensors, Tensor } from 'latentsync/checkpoint';
import { bindWeights, checkWeights, Linear, Module, nameParameters } from 'latentsync/models';
import { Graph, symbolicDim, type Value } from 'latentsync/onnx';

/** [rows, 2] → [rows, 1]. Fields are named as the checkpoint's keys: hidden.weight, hidden.bias, out.weight, out.bias. */
class Xor extends Module {
  readonly hidden = new Linear(2, 2);
  readonly out = new Linear(2, 1);

  forward(g: Graph, x: Value): Value {
    return this.out.forward(g, g.relu(this.hidden.forward(g, x)));
  }
}

const network = nameParameters(new Xor());
const g = new Graph();
g.output('y', network.forward(g, g.input('x', [symbolicDim('rows'), 2])));

// A file opened with openCheckpointFile does as well: its weights are used where they lie.
const weights = {
  'hidden.weight': Tensor.float32([2, 2], new Float32Array([1, 1, 1, 1])),
  'hidden.bias': Tensor.float32([2], new Float32Array([0, -1])),
  'out.weight': Tensor.float32([1, 2], new Float32Array([1, -2])),
  'out.bias': Tensor.float32([1]),
};
const checkpoint = checkpointFromTensors('xor', new Map(Object.entries(weights)));
checkWeights(network, checkpoint);

await using runtime = createRuntime();
await using session = await runtime.createSession(await bindWeights(g, checkpoint));
const x = Tensor.float32([4, 2], new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]));
const { y } = await session.run({ x });
console.log('xor:', Array.from(y.data, Number).join(' ')); // 0 1 1 0
