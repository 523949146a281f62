import type { TrainerRequest } from '../protocol/trainer.ts';
import { deserializeError } from '../protocol/userError.ts';
import { describeExit, forkTrainer, type TrainerExit, type TrainerLog } from './forkTrainer.ts';

/** What {@link startTrainer} needs. */
export interface TrainerOptions {
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  readonly request: TrainerRequest;
  /** Whether this process may end while the trainer goes on. */
  readonly detached: boolean;
  /** Hears printed lines for as long as this process lives. */
  readonly onLog?: (line: TrainerLog) => void;
}

/** A trainer's process; the run itself is steered and watched through its directory. */
export interface TrainerProcess {
  readonly pid: number | undefined;
  /**
   * Resolves to the run directory once it holds run.json. Rejects with what the trainer refused
   * (a `UserError` where the user can mend it), or when the process ends without an answer.
   */
  readonly ready: Promise<string>;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<TrainerExit>;
  /** Ends the process at once, without a checkpoint. */
  kill(): void;
}

/** Starts a trainer and lets it train. */
export function startTrainer({ onLog, ...options }: TrainerOptions): TrainerProcess {
  const { onReply, ...process } = forkTrainer(options);
  const ready = new Promise<string>((resolve, reject) => {
    onReply((reply) => {
      switch (reply.type) {
        case 'ready':
          resolve(reply.run);
          break;
        case 'error':
          reject(deserializeError(reply.error));
          break;
        case 'log':
          onLog?.({ level: reply.level, text: reply.text });
          break;
        case 'answer':
          break;
      }
    });
    void process.exited.then((exit) => {
      reject(new Error(`The trainer ended before the run began: ${describeExit(exit)}`));
    });
  });
  // Whoever only waits for the end must not be struck by an unhandled rejection.
  ready.catch(() => undefined);
  return { ...process, ready };
}
