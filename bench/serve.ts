import { createInterface } from 'node:readline';
import { UserError } from '../src/protocol/userError.ts';
import type { ContenderReply, StepsRequest } from './protocol.ts';

/** A training that is ready to be timed. */
export interface OpenContender {
  readonly versions: Readonly<Record<string, string>>;
  /** Takes at least `count` steps; returns how many. */
  readonly takeSteps: (count: number) => number | Promise<number>;
  /** Ends what steps leave to other threads, so that it does not fall into another's turn. */
  readonly settle?: () => Promise<unknown>;
}

/** Serves the conductor: opens what this process was started for and takes steps on request. */
export async function serve(open: () => Promise<OpenContender>): Promise<void> {
  // Standard output is for replies; tfjs prints advice there.
  console.log = console.info = console.debug = console.error;
  try {
    const { versions, takeSteps, settle } = await open();
    reply({ type: 'ready', versions });
    for await (const line of createInterface({ input: process.stdin })) {
      const { steps } = JSON.parse(line) as StepsRequest;
      await takeSteps(1);
      const start = performance.now();
      const taken = await takeSteps(steps);
      const ms = performance.now() - start;
      await settle?.();
      reply({ type: 'took', steps: taken, ms });
    }
    process.exit();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    reply({ type: 'unavailable', reason: error.message });
  }
}

function reply(message: ContenderReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
