// Every command of the command line, in the order of the help.
import type { Command } from './command.ts';
import { benchCommand } from './commands/bench.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { featuresCommand } from './commands/features.ts';
import { modelsInfoCommand, modelsListCommand, modelsPullCommand } from './commands/models.ts';
import { syncCommand } from './commands/sync.ts';
import { trainDataCommand } from './commands/train-data.ts';
import {
  trainAudioCommand,
  trainSyncnetCommand,
  trainUnetCommand,
  trainVaeCommand,
} from './commands/train-networks.ts';
import { trainPlanCommand } from './commands/train-plan.ts';
import { trainReportCommand } from './commands/train-report.ts';
import { verifyCommand } from './commands/verify.ts';

/** The commands. */
export const commands: readonly Command[] = [
  syncCommand,
  demoCommand,
  featuresCommand,
  modelsListCommand,
  modelsPullCommand,
  modelsInfoCommand,
  trainDataCommand,
  trainVaeCommand,
  trainAudioCommand,
  trainUnetCommand,
  trainSyncnetCommand,
  trainPlanCommand,
  trainReportCommand,
  verifyCommand,
  doctorCommand,
  benchCommand,
];
