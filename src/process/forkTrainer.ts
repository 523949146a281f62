import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalysisRequest } from '../protocol/analysis.ts';
import type { TrainerReply, TrainerRequest } from '../protocol/trainer.ts';

/** How much of the end of the trainer's output an error carries, in characters. */
const OUTPUT_TAIL = 4_000;

/** A line printed in the trainer by user code or a library. */
export type TrainerLog = Omit<Extract<TrainerReply, { type: 'log' }>, 'type'>;

/** What {@link forkTrainer} needs. */
export interface ForkOptions {
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  readonly request: TrainerRequest | AnalysisRequest;
  /** Whether this process may end while the trainer goes on. */
  readonly detached: boolean;
}

/** How a trainer's process ended. */
export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what was written past the console: fatal errors of Node, native libraries. */
  readonly output: string;
}

/** A process that was given a request. */
export interface ForkedTrainer {
  readonly pid: number | undefined;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<TrainerExit>;
  /** Lets a listener hear every reply for as long as this process lives. */
  readonly onReply: (listener: (reply: TrainerReply) => void) => void;
  /** Ends the process at once. */
  readonly kill: () => void;
}

/**
 * Forks a trainer and hands it one request.
 *
 * The trainer leads its own process group, so that Ctrl-C in a terminal reaches only its parent,
 * which stops the run through the control file. Its output goes to a file and never to a pipe,
 * which would break when the parent ends first.
 */
export function forkTrainer({ trainer, request, detached }: ForkOptions): ForkedTrainer {
  const scratch = mkdtempSync(join(tmpdir(), 'bn-lens-trainer-'));
  const outputFile = join(scratch, 'output.txt');
  const output = openSync(outputFile, 'a');
  const child = fork(trainer, [], {
    detached: true,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Neither a debugger's port nor the editor's own flags are the trainer's.
    execArgv: [],
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  if (detached) {
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

  // A send that fails is followed by `close`, which settles everything.
  child.send(request, () => undefined);
  return {
    pid: child.pid,
    exited,
    onReply: (listener) => {
      child.on('message', (message) => {
        listener(message as TrainerReply);
      });
    },
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
