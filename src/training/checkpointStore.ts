import * as tf from '@tensorflow/tfjs';
import type { OptimizerState, TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import { variablesOf } from '../nn/variables.ts';
import { weightNames } from '../nn/weightNames.ts';
import { UserError } from '../protocol/userError.ts';
import {
  keepCheckpoints,
  readCheckpoint,
  writeCheckpoint,
  type CheckpointArrays,
} from '../runs/checkpoint.ts';
import type { StatisticsState } from '../recording/siteStatistics.ts';
import type { EarlyStoppingState } from './earlyStopping.ts';

/** What training needs besides weights and optimizer to go on as if it had never stopped. */
export interface LoopState {
  readonly step: number;
  readonly statistics: StatisticsState;
  readonly stopping: EarlyStoppingState;
}

/** A checkpoint that validation chose. */
interface Best {
  readonly step: number;
  /** Relative to the run directory. */
  readonly file: string;
}

interface StoredState extends LoopState {
  /** The best checkpoint before this one. */
  readonly best: Best | null;
  readonly optimizerSteps: OptimizerState['steps'];
}

/** Keeps two checkpoints of a run on disk: the newest, and the one that validation chose. */
export class CheckpointStore {
  #best: Best | null = null;
  #newest: string | null = null;

  constructor(
    private readonly runDirectory: string,
    private readonly model: tf.LayersModel,
    private readonly optimizer: TrainingOptimizer,
  ) {}

  /** Step of the checkpoint that validation chose; null before the first one. */
  get bestStep(): number | null {
    return this.#best?.step ?? null;
  }

  /** Writes everything and returns the file's path; older files stay until {@link prune}. */
  save(state: LoopState, isBest: boolean): string {
    const optimizer = this.optimizer.state();
    const arrays: Record<string, Float32Array> = {};
    for (const [name, weight] of this.#weights()) {
      arrays[`weight/${name}`] = weight.dataSync<'float32'>();
    }
    for (const [name, values] of Object.entries(optimizer.arrays)) {
      arrays[`optimizer/${name}`] = values;
    }
    const json: StoredState = { ...state, best: this.#best, optimizerSteps: optimizer.steps };
    const name = `step-${String(state.step).padStart(8, '0')}`;
    const file = writeCheckpoint(this.runDirectory, name, { json, arrays });
    this.#newest = file;
    if (isBest) this.#best = { step: state.step, file };
    return file;
  }

  /** Deletes what is neither newest nor best; to be called once the run's events name the newest. */
  async prune(): Promise<void> {
    const kept = [this.#newest, this.#best?.file ?? null].filter((file) => file !== null);
    await keepCheckpoints(this.runDirectory, kept);
  }

  /** Restores weights and optimizer from a file of this run and returns the rest. */
  resume(file: string, isBest: boolean): LoopState {
    const { json, arrays } = readCheckpoint(this.runDirectory, file);
    const { best, optimizerSteps, ...state } = json as StoredState;
    this.#setWeights(file, arrays);
    const prefix = 'optimizer/';
    this.optimizer.restore({
      steps: optimizerSteps,
      arrays: Object.fromEntries(
        Object.entries(arrays).flatMap(([name, values]) =>
          name.startsWith(prefix) && values instanceof Float32Array
            ? [[name.slice(prefix.length), values]]
            : [],
        ),
      ),
    });
    this.#best = isBest ? { step: state.step, file } : best;
    this.#newest = file;
    return state;
  }

  /** Puts the weights that validation chose into the model; without a choice they stay. */
  restoreBest(): void {
    if (this.#best === null) return;
    const { arrays } = readCheckpoint(this.runDirectory, this.#best.file);
    this.#setWeights(this.#best.file, arrays);
  }

  #weights(): [string, tf.Variable][] {
    const { weights } = this.model;
    const variables = variablesOf(weights);
    return weightNames(weights).map((name, index) => [name, variables[index]!]);
  }

  #setWeights(file: string, arrays: CheckpointArrays): void {
    for (const [name, weight] of this.#weights()) {
      const values = arrays[`weight/${name}`];
      if (!(values instanceof Float32Array) || values.length !== weight.size) {
        throw new UserError(`${file} does not fit the model: weight "${name}" differs`, {
          hint: 'Start a new run: the experiment is not the one that was interrupted.',
        });
      }
      // Past the layer's constraint: projecting what it has projected would change the last bits.
      tf.tidy(() => {
        weight.assign(tf.tensor(values, weight.shape));
      });
    }
  }
}
