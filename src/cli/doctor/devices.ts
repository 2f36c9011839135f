// Which devices run networks here, determined by running a small one on each.
import { Graph } from '../../onnx/graph.ts';
import { writeModel } from '../../onnx/model-proto.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { devices, type Device } from '../../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { LatentSyncError, messageOf } from '../../util/errors.ts';

/** Whether a device runs networks on this machine. */
export interface DeviceState {
  readonly device: Device;
  readonly works: boolean;
  /** Why it does not. */
  readonly reason?: string;
}

const TIMEOUT_MILLISECONDS = 30_000;

const platforms: Readonly<Partial<Record<Device, { platform: NodeJS.Platform; name: string }>>> = {
  dml: { platform: 'win32', name: 'Windows' },
  coreml: { platform: 'darwin', name: 'macOS' },
};

/** Returns the state of every device; each is tried in a process of its own, so that none can harm the others. */
export async function tryDevices(signal: AbortSignal): Promise<DeviceState[]> {
  return Promise.all(devices.map((device) => tryDevice(device, signal)));
}

async function tryDevice(device: Device, signal: AbortSignal): Promise<DeviceState> {
  const only = platforms[device];
  if (only && only.platform !== process.platform)
    return { device, works: false, reason: `exists on ${only.name} only` };
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  try {
    await runSmallNetwork(device, AbortSignal.any([signal, timeout]));
    return { device, works: true };
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = timeout.aborted ? `gave no answer in ${TIMEOUT_MILLISECONDS / 1000} s` : reasonOf(error);
    return { device, works: false, reason };
  }
}

/** Computes [1 2 3] · [1 1 1]ᵀ + 4. */
async function runSmallNetwork(device: Device, signal: AbortSignal): Promise<void> {
  const g = new Graph();
  const x = g.input('x', [1, 3]);
  g.output('y', g.gemm(x, g.parameter('weight', [1, 3]), g.parameter('bias', [1])));
  const weights = new Map([
    ['weight', Float32Array.of(1, 1, 1)],
    ['bias', Float32Array.of(4)],
  ]);
  const model = writeModel(g, (key) => ({ dtype: 'float32', data: new Uint8Array(weights.get(key)!.buffer) }));
  await using runtime = createRuntime({ device });
  await using session = await runtime.createSession(model, { signal });
  const { y } = await session.run({ x: Tensor.float32([1, 3], Float32Array.of(1, 2, 3)) }, { signal });
  const [value] = toFloat32(y).data;
  if (value !== 10) throw new Error(`computes ${value} for 1 + 2 + 3 + 4`);
}

/** Returns in one line what ONNX Runtime itself said. */
function reasonOf(error: unknown): string {
  const innermost = error instanceof LatentSyncError && error.cause instanceof Error ? error.cause : error;
  return messageOf(innermost)
    .replace(/^ONNX Runtime: /, '')
    .split('\n')[0]
    .trim();
}
