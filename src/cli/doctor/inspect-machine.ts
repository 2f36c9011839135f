// What this machine has, and what it lacks for what.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { cacheContents, cacheDirectory } from '../../hub/cache-directory-node.ts';
import { formatBytes } from '../../hub/format-bytes.ts';
import { taesd } from '../../hub/model-registry.ts';
import { listModels, type ModelState } from '../../hub/model-state-node.ts';
import { availableDisk, availableMemory } from '../../hub/resources-node.ts';
import { saysAbsent } from '../../util/file-errors.ts';
import { tryCodecs, type CodecReport } from './codecs.ts';
import { tryDevices, type DeviceState } from './devices.ts';

/** Something that is missing: for which job, and what helps. */
export interface Finding {
  /** Whether nothing works without it. */
  readonly serious: boolean;
  readonly text: string;
}

/** What `latentsync doctor` found. */
export interface MachineReport extends CodecReport {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly cache: {
    readonly directory: string;
    readonly writable: boolean;
    readonly freeBytes: number;
    /** What its folders hold: models, copies of weights in 8-bit integers, features, latents, journals and so on. */
    readonly folders: readonly { readonly name: string; readonly bytes: number }[];
  };
  readonly models: readonly { name: string; state: ModelState['state']; bytes: number; totalBytes: number }[];
  readonly devices: readonly DeviceState[];
  readonly findings: readonly Finding[];
}

/** Looks at this machine; takes a few seconds. */
export async function inspectMachine(signal: AbortSignal): Promise<MachineReport> {
  const directory = cacheDirectory();
  const [availableBytes, freeBytes, writable, folders, models, codecReport, devices] = await Promise.all([
    availableMemory(),
    availableDisk(directory),
    isWritable(directory),
    cacheContents(directory),
    listModels(),
    tryCodecs(signal),
    tryDevices(signal),
  ]);
  const facts = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus().at(0)?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: { totalBytes: totalmem(), availableBytes },
    cache: { directory, writable, freeBytes, folders },
    models: models.map(({ model, state, bytes, totalBytes }) => ({ name: model.name, state, bytes, totalBytes })),
    ...codecReport,
    devices,
  };
  return { ...facts, findings: findings(facts) };
}

/** Returns whether a folder, or the one that it would be created in, may be written to. */
async function isWritable(directory: string): Promise<boolean> {
  for (let existing = directory; ; existing = dirname(existing)) {
    try {
      await access(existing, constants.W_OK);
      return true;
    } catch (error) {
      if (!saysAbsent(error) || existing === dirname(existing)) return false;
    }
  }
}

function findings({ codecs, devices, cache, models }: Omit<MachineReport, 'findings'>): Finding[] {
  const found: Finding[] = [];
  const add = (serious: boolean, text: string): void => {
    found.push({ serious, text });
  };
  for (const { device, works, reason } of devices) {
    if (device === 'cpu' && !works) add(true, `Networks do not run on the CPU (${reason}): install the package again.`);
  }
  for (const { codec, decodes, encodes, reason } of codecs) {
    if (encodes === false) add(true, `${codec} cannot be written (${reason}): install the package again.`);
    else if (!decodes) {
      const serious = codec === 'H.264' || codec === 'AAC';
      add(serious, `${codec} cannot be read${reason === undefined ? '' : ` (${reason})`}: convert such files first.`);
    }
  }
  if (!cache.writable) {
    add(
      false,
      `${cache.directory} is not writable, so no model can be downloaded: set LATENTSYNC_HOME to another folder.`,
    );
  }
  if (!models.some(({ name, state }) => name !== taesd.name && state === 'complete')) {
    add(false, 'Real footage needs model 1.5 or 1.6, and neither is downloaded: run "latentsync models pull 1.6".');
  }
  for (const { name, state, bytes, totalBytes } of models) {
    const missing = totalBytes - bytes;
    if ((state === 'absent' || state === 'partial') && missing > cache.freeBytes) {
      add(
        false,
        `Model ${name} needs ${formatBytes(missing)} more in ${cache.directory}, ${formatBytes(cache.freeBytes)} is free.`,
      );
    }
  }
  if (!devices.some(({ device, works }) => works && device !== 'cpu')) {
    add(false, 'No GPU can be used, so networks run on the CPU: models 1.5 and 1.6 take minutes per second of video.');
  }
  return found;
}
