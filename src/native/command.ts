import { spawn } from 'node:child_process';

/** How a command ended that did not succeed. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    /** Whether the command could not be started at all. */
    readonly missing: boolean,
    /** What it wrote, stdout before stderr. */
    readonly output: string,
    message: string,
  ) {
    super(message);
  }

  /**
   * The line that says why it failed: the first error reported, as pip, compilers, Python and Node
   * write one, else the last line; what is only a warning counts for neither.
   */
  get reason(): string {
    const lines = this.output
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('WARNING'));
    // A line that ends in a colon announces others: "ERROR: Exception:" and a traceback.
    return lines.find((line) => /error: .*[^:]$/i.test(line)) ?? lines.at(-1) ?? this.message;
  }
}

export interface CommandOptions {
  /** By default that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /**
   * Whether the command starts no others. It then stays in this process' group, so that it ends
   * with it on Ctrl-C; else only the signal ends it.
   */
  readonly single?: boolean;
}

/**
 * Runs a command and resolves to its standard output.
 * Rejects with a {@link CommandFailure}, or with the signal's reason once it is aborted and the
 * command has ended, with all that it started.
 */
export function runCommand(
  command: string,
  words: readonly string[],
  signal: AbortSignal,
  { environment = process.env, single = false }: CommandOptions = {},
): Promise<string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // On Windows, which has no groups, a detached command would get a window.
    const leadsGroup = !single && process.platform !== 'win32';
    const child = spawn(command, words, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: leadsGroup,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const abort = (): void => {
      if (leadsGroup) endGroup(child.pid);
      else child.kill('SIGTERM');
    };
    signal.addEventListener('abort', abort);
    const end = (failure: CommandFailure | null): void => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason as Error);
      else if (failure !== null) reject(failure);
      else resolve(stdout);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) end(new CommandFailure(true, '', error.message));
    });
    child.once('close', (code, by) => {
      const how = by === null ? `exit code ${code ?? 'unknown'}` : `signal ${by}`;
      end(code === 0 ? null : new CommandFailure(false, stdout + stderr, `${command}: ${how}`));
    });
  });
}

/** Ends a command and its children, such as the compiler proper that a driver waits for. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // All of it has ended meanwhile.
  }
}
