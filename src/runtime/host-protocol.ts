// Messages between a program and the process that runs its networks.
import type { DType, TensorDataTypes } from '../tensor/tensor.ts';
import type { Device } from './runtime.ts';

/** A tensor sent between processes. */
export interface WireTensor {
  dtype: DType;
  shape: readonly number[];
  data: TensorDataTypes[DType];
}

/** A tensor being sent, or the number of one that the host keeps. */
export type WireFeed = WireTensor | { kept: number };

/** What the host is asked to do; `id` comes back in the reply. */
export type HostRequest = { id: number } & (
  | {
      kind: 'create';
      session: number;
      bytes: Uint8Array;
      buffers: readonly { path: string; data: Uint8Array }[];
      directory: string | undefined;
      device: Device;
      threads: number | undefined;
      exactInt8: boolean;
    }
  | { kind: 'run'; session: number; feeds: Record<string, WireFeed>; keep: readonly string[] }
  | { kind: 'release'; session: number }
  | { kind: 'release-kept'; tensors: number[] }
);

/** The host's answer. */
export type HostReply = { id: number } & (
  | { kind: 'done' }
  | { kind: 'created'; inputNames: readonly string[] }
  | {
      kind: 'outputs';
      outputs: Record<string, WireTensor>;
      kept: Record<string, { kept: number; shape: readonly number[] }>;
      /** How long the run took. */
      seconds: number;
    }
  | { kind: 'failed'; message: string }
);
