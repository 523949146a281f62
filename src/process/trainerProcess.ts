import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainerReply, TrainerRequest } from '../protocol/trainer.ts';
import { deserializeError } from '../protocol/userError.ts';

/** How much of the end of the trainer's output an error carries, in characters. */
const OUTPUT_TAIL = 4_000;

/** A line printed in the trainer by user code or a library. */
export type TrainerLog = Omit<Extract<TrainerReply, { type: 'log' }>, 'type'>;

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

/** How a trainer's process ended. */
export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what was written past the console: fatal errors of Node, native libraries. */
  readonly output: string;
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

/**
 * Starts a trainer and hands it one request.
 *
 * The trainer leads its own process group, so that Ctrl-C in a terminal reaches only its parent,
 * which stops the run through the control file. Its output goes to a file and never to a pipe,
 * which would break when the parent ends first.
 */
export function startTrainer(options: TrainerOptions): TrainerProcess {
  const scratch = mkdtempSync(join(tmpdir(), 'bn-lens-trainer-'));
  const outputFile = join(scratch, 'output.txt');
  const output = openSync(outputFile, 'a');
  const child = fork(options.trainer, [], {
    detached: true,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Neither a debugger's port nor the editor's own flags are the trainer's.
    execArgv: [],
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  if (options.detached) {
    child.unref();
    child.channel?.unref();
  }

  const exited = new Promise<TrainerExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null, failure = ''): void => {
      const tail = readFileSync(outputFile, 'utf8').slice(-OUTPUT_TAIL).trim() + failure;
      rmSync(scratch, { recursive: true, force: true });
      resolve({ code, signal, output: tail });
    };
    // Unlike `exit`, `close` comes after the last message of the channel.
    child.once('close', end);
    child.once('error', (error) => {
      if (child.pid === undefined) end(null, null, error.message);
    });
  });

  const ready = new Promise<string>((resolve, reject) => {
    child.on('message', (message) => {
      const reply = message as TrainerReply;
      switch (reply.type) {
        case 'ready':
          resolve(reply.run);
          break;
        case 'error':
          reject(deserializeError(reply.error));
          break;
        case 'log':
          options.onLog?.({ level: reply.level, text: reply.text });
          break;
      }
    });
    void exited.then((exit) => {
      reject(new Error(`The trainer ended before the run began: ${describeExit(exit)}`));
    });
  });
  // Whoever only waits for the end must not be struck by an unhandled rejection.
  ready.catch(() => undefined);

  // A send that fails is followed by `close`, which settles everything.
  child.send(options.request, () => undefined);
  return {
    pid: child.pid,
    ready,
    exited,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** Says in words how a trainer's process ended, with the end of its output where there is some. */
export function describeExit(exit: TrainerExit): string {
  const how =
    exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;
  return exit.output === '' ? `${how}.` : `${how}.\n${exit.output}`;
}
