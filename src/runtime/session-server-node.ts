// What runs networks: answers requests to load a graph, to run it, and to release it, blocking its thread meanwhile.
import * as ort from 'onnxruntime-node';
import { messageOf } from '../util/errors.ts';
import type { HostReply, HostRequest, WireFeed, WireTensor } from './host-protocol.ts';

/** ONNX Runtime reports errors only. */
const LOG_SEVERITY_ERROR = 3;

const sessions = new Map<number, ort.InferenceSession>();
const keptTensors = new Map<number, ort.Tensor>();
let lastKept = 0;

function toOrt(feed: WireFeed): ort.Tensor {
  if ('kept' in feed) {
    const tensor = keptTensors.get(feed.kept);
    if (!tensor) throw new Error(`Kept tensor ${feed.kept} was released.`);
    return tensor;
  }
  return new ort.Tensor(feed.dtype as 'float32', aligned(feed.data) as Float32Array, feed.shape);
}

/**
 * Returns data where SIMD registers load it whole, a copy if need be. ONNX Runtime's sums begin at the first such place,
 * so their last bits would depend on where a message happened to lie in memory.
 */
function aligned(data: WireTensor['data']): WireTensor['data'] {
  return data.byteOffset % 16 === 0 ? data : data.slice();
}

function fromOrt(tensor: ort.Tensor): WireTensor {
  const { type, dims, data } = tensor;
  return { dtype: type, shape: dims, data } as WireTensor;
}

async function answer(request: HostRequest): Promise<HostReply> {
  const { id } = request;
  switch (request.kind) {
    case 'create': {
      const session = await ort.InferenceSession.create(request.bytes, {
        executionProviders: [request.device],
        graphOptimizationLevel: 'all',
        enableMemPattern: false, // a plan per shape costs the tiny model 300 MB and saves no time
        logSeverityLevel: LOG_SEVERITY_ERROR,
        extra: {
          session: {
            // Threads that wait for work by spinning take the cores from decoding and encoding.
            intra_op: { allow_spinning: '0' },
            x64quantprecision: request.exactInt8 ? '1' : '0',
            ...(request.directory === undefined
              ? {}
              : { model_external_initializers_file_folder_path: request.directory }),
          },
        },
        externalData: request.buffers.map(({ path, data }) => ({ path, data })),
        ...(request.threads === undefined ? {} : { intraOpNumThreads: request.threads }),
      });
      sessions.set(request.session, session);
      return { id, kind: 'created', inputNames: session.inputNames };
    }
    case 'run': {
      const session = sessions.get(request.session);
      if (!session) throw new Error(`Session ${request.session} was closed.`);
      const feeds = Object.fromEntries(Object.entries(request.feeds).map(([name, feed]) => [name, toOrt(feed)]));
      const startedAt = performance.now();
      const results = await session.run(feeds);
      const seconds = (performance.now() - startedAt) / 1000;
      const reply: HostReply = { id, kind: 'outputs', outputs: {}, kept: {}, seconds };
      for (const [name, tensor] of Object.entries(results)) {
        if (request.keep.includes(name)) {
          keptTensors.set(++lastKept, tensor);
          reply.kept[name] = { kept: lastKept, shape: tensor.dims };
        } else {
          reply.outputs[name] = fromOrt(tensor);
        }
      }
      return reply;
    }
    case 'release': {
      const session = sessions.get(request.session);
      sessions.delete(request.session);
      if (session) {
        session.endProfiling();
        await session.release();
      }
      return { id, kind: 'done' };
    }
    case 'release-kept': {
      for (const tensor of request.tensors) keptTensors.delete(tensor);
      return { id, kind: 'done' };
    }
  }
}

/** Returns a server that answers requests one after another. A process or a thread has one. */
export function sessionServer(send: (reply: HostReply) => void): (request: HostRequest) => void {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    last = last.then(async () => {
      let reply: HostReply;
      try {
        reply = await answer(request);
      } catch (error) {
        reply = { id: request.id, kind: 'failed', message: messageOf(error) };
      }
      send(reply);
    });
  };
}
