// latentsync doctor: what this machine can run, and what is missing.
import { formatBytes } from '../../hub/format-bytes.ts';
import { defineCommand } from '../command.ts';
import { CheckFailedError } from '../errors.ts';
import type { CodecState } from '../doctor/codecs.ts';
import type { MachineReport } from '../doctor/inspect-machine.ts';
import { definitionList } from '../text-layout.ts';

const WIDTH = 100;

const modelStates = {
  embedded: 'comes with the package',
  complete: 'downloaded',
  partial: 'downloaded in part',
  absent: 'not downloaded',
} as const;

function codecText({ decodes, encodes, reason }: CodecState): string {
  if (reason !== undefined) return `fails: ${reason}`;
  const abilities = [decodes ? 'reads' : undefined, encodes ? 'writes' : undefined].filter((word) => word);
  return abilities.length > 0 ? abilities.join(' and ') : 'missing';
}

/** Returns the report for people. */
function describe(version: string, machine: MachineReport): string {
  const { memory, cache, decoders } = machine;
  const list = (entries: readonly (readonly [string, string])[]): string => definitionList(entries, WIDTH);
  const sections = [
    [
      'Machine',
      list([
        ['latentsync', version],
        ['Node', machine.node],
        ['platform', machine.platform],
        ['processor', `${machine.processor}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`],
        ['memory', `${formatBytes(memory.availableBytes)} of ${formatBytes(memory.totalBytes)} available`],
        ['cache', `${cache.directory}${cache.writable ? '' : ' (not writable)'}, ${formatBytes(cache.freeBytes)} free`],
        ...(cache.folders.length > 0
          ? [
              [
                'kept there',
                cache.folders.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', '),
              ] as const,
            ]
          : []),
      ]),
    ],
    [
      'Devices',
      list(machine.devices.map(({ device, works, reason }) => [device, works ? 'works' : `missing: ${reason}`])),
    ],
    [
      'Codecs',
      list([
        ...machine.codecs.map((codec) => [codec.codec, codecText(codec)] as const),
        [
          'all',
          `reads ${decoders.video.length} codecs of video and ${decoders.audio.length} of sound; --json lists them`,
        ],
      ]),
    ],
    ['Models', list(machine.models.map(({ name, state }) => [name, modelStates[state]]))],
    [
      'Missing',
      machine.findings.length === 0 ? '  nothing' : list(machine.findings.map(({ text }, i) => [`${i + 1}.`, text])),
    ],
  ];
  return sections.map(([title, text]) => `${title}\n${text}`).join('\n\n');
}

export const doctorCommand = defineCommand({
  description:
    'Tries every device by running a small network on it, and the codecs by writing and reading a short video. ' +
    'The exit status is 3 when something essential is missing.',
  positionals: [],
  options: {},
  examples: ['latentsync doctor', 'latentsync doctor --json'],
  async run(_, { report, signal }) {
    const { inspectMachine } = await import('../doctor/inspect-machine.ts');
    const { packageVersion } = await import('../../util/package-version-node.ts');
    const version = await packageVersion();
    const machine = await inspectMachine(signal);
    report.event('result', { version, ...machine }, describe(version, machine));
    const serious = machine.findings.filter((finding) => finding.serious);
    if (serious.length > 0) throw new CheckFailedError(serious.map(({ text }) => text).join('\n'));
  },
});
