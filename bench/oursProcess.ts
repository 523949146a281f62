/** A contender: the product's own training; argument: an `OurTraining`. */
import { version } from '../package.json';
import { openTraining, type OurTraining } from './openTraining.ts';
import { serve } from './serve.ts';

void serve(async () => {
  const { step, ...rest } = await openTraining(JSON.parse(process.argv[2] ?? '') as OurTraining);
  return {
    versions: { 'bn-lens': version, node: process.versions.node },
    async takeSteps(count) {
      for (let i = 0; i < count; i++) await step();
      return count;
    },
    ...rest,
  };
});
