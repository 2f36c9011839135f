// The log of a training run: one JSON object per line, one line per step.

/** One line of the log. */
export interface TrainingLogEntry {
  /** Steps done. */
  step: number;
  loss: number;
  learningRate: number;
  /** Before clipping. */
  gradientNorm: number;
  /** Since the run, or its part after the last interruption, began. */
  seconds: number;
  /** The task's further figures. */
  [metric: string]: number;
}

/** Returns the entries of a log's text; an incomplete line left by a killed run is skipped. */
export function parseTrainingLog(text: string): TrainingLogEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as TrainingLogEntry];
    } catch {
      return [];
    }
  });
}
