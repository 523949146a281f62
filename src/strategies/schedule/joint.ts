import { TRAINED, type Schedule } from './schedule.ts';

/** Trains on all domains at once, in one phase: what a strategy that names no schedule does. */
export const joint: Schedule = {
  phases: ({ domains, epochs, learningRate }) => [
    {
      name: 'joint',
      domains: [...domains.keys()],
      epochs,
      learningRate,
      rateFactor: 1,
      layers: null,
      batchNorm: TRAINED,
    },
  ],
};
