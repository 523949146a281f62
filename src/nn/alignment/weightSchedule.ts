/**
 * How a term's weight changes with the share p of the training that is done: not at all, or rising
 * from 0 as 2 / (1 + e^(−10p)) − 1 (Ganin & Lempitsky 2015, section 4).
 */
export type WeightSchedule = 'constant' | 'ramp';

/** Returns what a weight is multiplied by when the share `progress`, 0 to 1, is done. */
export function scheduledWeight(schedule: WeightSchedule, progress: number): number {
  switch (schedule) {
    case 'constant':
      return 1;
    case 'ramp':
      return 2 / (1 + Math.exp(-10 * progress)) - 1;
  }
}
