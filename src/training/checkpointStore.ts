import type * as tf from '@tensorflow/tfjs';
import type { OptimizerState } from '../nn/optimizers/optimizer.ts';
import { keepCheckpoints, readCheckpoint, writeCheckpoint } from '../runs/checkpoint.ts';
import type { StatisticsState } from '../recording/siteStatistics.ts';
import type { EarlyStoppingState } from './earlyStopping.ts';
import { assignWeights, weightArrays } from './modelWeights.ts';

/** What training needs besides weights and optimizer to go on as if it had never stopped. */
export interface LoopState {
  readonly step: number;
  /** Index of the phase that it was saved in; absent in checkpoints of the first versions. */
  readonly phase?: number;
  readonly statistics: StatisticsState;
  readonly stopping: EarlyStoppingState;
}

/** What a checkpoint holds besides weights, which {@link CheckpointStore.resume} puts in place. */
export interface ResumedState {
  readonly loop: LoopState;
  readonly optimizer: OptimizerState;
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
  #isNamed = false;

  constructor(
    private readonly runDirectory: string,
    /** The model's, and what is trained beside them. */
    private readonly weights: readonly tf.LayerVariable[],
  ) {}

  /** Step of the checkpoint that validation chose; null before the first one. */
  get bestStep(): number | null {
    return this.#best?.step ?? null;
  }

  /** Whether the run's events name a checkpoint, from which it can be resumed. */
  get isResumable(): boolean {
    return this.#isNamed;
  }

  /** Writes everything and returns the file's path; older files stay until {@link prune}. */
  save(state: LoopState, optimizer: OptimizerState, isBest: boolean): string {
    const arrays = weightArrays(this.weights);
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
    this.#isNamed = true;
    const kept = [this.#newest, this.#best?.file ?? null].filter((file) => file !== null);
    await keepCheckpoints(this.runDirectory, kept);
  }

  /** Restores the weights from a file of this run and returns the rest. */
  resume(file: string, isBest: boolean): ResumedState {
    const { json, arrays } = readCheckpoint(this.runDirectory, file);
    const { best, optimizerSteps, ...loop } = json as StoredState;
    assignWeights(this.weights, arrays, file);
    this.#best = isBest ? { step: loop.step, file } : best;
    this.#newest = file;
    this.#isNamed = true;
    const prefix = 'optimizer/';
    const slots = Object.entries(arrays).flatMap(([name, values]) =>
      name.startsWith(prefix) && values instanceof Float32Array
        ? [[name.slice(prefix.length), values] as const]
        : [],
    );
    return { loop, optimizer: { steps: optimizerSteps, arrays: Object.fromEntries(slots) } };
  }

  /** Puts the weights that validation chose into the model; without a choice they stay. */
  restoreBest(): void {
    if (this.#best === null) return;
    const { arrays } = readCheckpoint(this.runDirectory, this.#best.file);
    assignWeights(this.weights, arrays, this.#best.file);
  }
}
