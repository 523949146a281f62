import type { LoadedData } from '../data/domains.ts';
import { UserError } from '../protocol/userError.ts';
import { prepareExperiment, type PrepareEnvironment } from '../training/prepare.ts';
import { SeededMath } from '../training/seededMath.ts';
import { planTraining } from '../training/trainingPlan.ts';

/** What is to be trained. */
interface Trials {
  /** Path of the experiment. */
  readonly experiment: string;
  readonly strategies: readonly string[];
  /** Overrides the experiment's own. */
  readonly epochs?: number;
}

/** What is refused is so with every seed. */
const SEED = 1;

/**
 * Goes under each strategy as far as training does before its first step; the data are read once.
 * @throws UserError of the first strategy that is refused, with its name unless it is the first.
 */
export async function checkStrategies(
  { experiment, strategies, epochs }: Trials,
  environment: PrepareEnvironment,
): Promise<void> {
  const random = new SeededMath(SEED);
  let data: LoadedData | undefined;
  let strategy = '';
  try {
    for (strategy of strategies) {
      const prepared = await prepareExperiment(experiment, strategy, random, environment, data);
      const { train } = prepared.experiment;
      const { batchSize } = train;
      planTraining(prepared, { epochs: epochs ?? train.epochs, batchSize, seed: SEED });
      prepared.model.dispose();
      data = prepared.data;
    }
  } catch (error) {
    if (!(error instanceof UserError) || data === undefined) throw error;
    throw new UserError(`with ${strategy}: ${error.message}`, error.details);
  } finally {
    random.restore();
  }
}
