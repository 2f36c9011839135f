// Every command of the command line, in the order of the help. Each is loaded when it is needed, so that help appears at once.
import type { CommandEntry } from './command.ts';

/** The commands. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'sync',
    summary: 'Lip-sync a video to an audio file.',
    load: async () => (await import('./commands/sync.ts')).syncCommand,
  },
  {
    name: 'demo',
    summary: 'Lip-sync the bundled sample clip and show frames before and after.',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'inspect',
    summary: 'Show what is in a media file, and what sync would do with it.',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'faces',
    summary: 'List the shots of a video and the faces in them, with a contact sheet.',
    load: async () => (await import('./commands/faces.ts')).facesCommand,
  },
  {
    name: 'eval',
    summary: 'Judge whether the lips of a video agree with its sound.',
    load: async () => (await import('./commands/eval.ts')).evalCommand,
  },
  {
    name: 'eval hyperiqa',
    summary: 'Score how good images and videos look.',
    load: async () => (await import('./commands/eval-hyperiqa.ts')).evalHyperiqaCommand,
  },
  {
    name: 'eval fvd',
    summary: 'Measure how far apart the videos of two folders are.',
    load: async () => (await import('./commands/eval-fvd.ts')).evalFvdCommand,
  },
  {
    name: 'eval accuracy',
    summary: 'Measure how often a StableSyncNet tells true pairs of lips and sound from shifted ones.',
    load: async () => (await import('./commands/eval-accuracy.ts')).evalAccuracyCommand,
  },
  {
    name: 'jobs',
    summary: 'List what interrupted jobs have left.',
    load: async () => (await import('./commands/jobs.ts')).jobsCommand,
  },
  {
    name: 'jobs clean',
    summary: 'Remove what interrupted jobs have left.',
    load: async () => (await import('./commands/jobs.ts')).jobsCleanCommand,
  },
  {
    name: 'features',
    summary: 'Write the Whisper features of an audio file.',
    load: async () => (await import('./commands/features.ts')).featuresCommand,
  },
  {
    name: 'models list',
    summary: 'List the known models and which of them are on this machine.',
    load: async () => (await import('./commands/models-list.ts')).modelsListCommand,
  },
  {
    name: 'models pull',
    summary: 'Download a model, or verify one that is already here.',
    load: async () => (await import('./commands/models-pull.ts')).modelsPullCommand,
  },
  {
    name: 'models info',
    summary: 'Inspect a checkpoint without executing it.',
    load: async () => (await import('./commands/models-info.ts')).modelsInfoCommand,
  },
  {
    name: 'models export',
    summary: 'Write a model in the layout that the official code opens.',
    load: async () => (await import('./commands/models-export.ts')).modelsExportCommand,
  },
  {
    name: 'train data',
    summary: 'Make training clips: faces, sound, and labels.',
    load: async () => (await import('./commands/train-data.ts')).trainDataCommand,
  },
  {
    name: 'train vae',
    summary: 'Train the VAE on clips.',
    load: async () => (await import('./commands/train-networks.ts')).trainVaeCommand,
  },
  {
    name: 'train audio',
    summary: 'Train the audio encoder on synthetic speech.',
    load: async () => (await import('./commands/train-networks.ts')).trainAudioCommand,
  },
  {
    name: 'train unet',
    summary: 'Train the UNet on clips.',
    load: async () => (await import('./commands/train-networks.ts')).trainUnetCommand,
  },
  {
    name: 'train syncnet',
    summary: 'Train a StableSyncNet on clips.',
    load: async () => (await import('./commands/train-networks.ts')).trainSyncnetCommand,
  },
  {
    name: 'train plan',
    summary: 'Make clips and train all networks of a model.',
    load: async () => (await import('./commands/train-plan.ts')).trainPlanCommand,
  },
  {
    name: 'train report',
    summary: 'Measure a model on people and voices that it has never seen.',
    load: async () => (await import('./commands/train-report.ts')).trainReportCommand,
  },
  {
    name: 'verify',
    summary: 'Check that this machine computes what the reference implementation does.',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  {
    name: 'doctor',
    summary: 'Show what this machine can run, and what is missing.',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'bench',
    summary: 'Measure speed and memory on this machine.',
    load: async () => (await import('./commands/bench.ts')).benchCommand,
  },
];
