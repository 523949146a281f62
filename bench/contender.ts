import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ContenderReply, StepsRequest } from './protocol.ts';

/** How a contender's process is started. */
export interface ContenderCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A contender's process, idle between requests. */
export class Contender {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #replies: AsyncIterator<string>;
  #errors = '';
  /** Of its runtime and libraries, by name. */
  versions: Readonly<Record<string, string>> = {};

  private constructor({ file, args, environment }: ContenderCommand) {
    this.#process = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#replies = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr.on('data', (data: Buffer) => {
      this.#errors += data.toString();
    });
    // A process that could not be started, or died, has closed its output: the next reply says so.
    this.#process.on('error', (error) => (this.#errors += error.message));
    this.#process.stdin.on('error', () => undefined);
  }

  /** Starts a process; resolves to why, where it cannot run on this machine. */
  static async open(command: ContenderCommand): Promise<Contender | string> {
    const contender = new Contender(command);
    const reply = await contender.#reply().catch(String);
    if (typeof reply === 'string') return reply;
    if (reply.type === 'unavailable') {
      contender.close();
      return reply.reason;
    }
    if (reply.type === 'ready') contender.versions = reply.versions;
    return contender;
  }

  /** Takes at least `steps` steps; returns the mean time of one, ms. */
  async stepTime(steps: number): Promise<number> {
    const request: StepsRequest = { steps };
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const reply = await this.#reply();
    if (reply.type !== 'took') throw new Error(`a contender answered "${reply.type}" to a request`);
    return reply.ms / reply.steps;
  }

  /** The most memory that the process had resident so far, MiB; null where /proc does not tell. */
  peakMemory(): number | null {
    try {
      const status = readFileSync(`/proc/${this.#process.pid ?? ''}/status`, 'utf8');
      const kibibytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
      return kibibytes === undefined ? null : Number(kibibytes) / 1024;
    } catch {
      return null;
    }
  }

  close(): void {
    this.#process.kill();
  }

  async #reply(): Promise<ContenderReply> {
    const line = await this.#replies.next();
    if (line.done === true) throw new Error(`the process died: ${this.#lastWords()}`);
    return JSON.parse(line.value) as ContenderReply;
  }

  /** The line in which Node or Python names the error. */
  #lastWords(): string {
    const lines = this.#errors.trim().split('\n');
    return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
  }
}
