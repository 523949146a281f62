import { fileFailure, hasCode } from '../runs/fileFailure.ts';
import type { Environment, ExitCode } from './environment.ts';
import { reportFailure } from './failure.ts';

/** What {@link watchOutput} needs. */
export interface OutputWatch {
  readonly environment: Environment;
  /** Nobody reads any more: the pipe or the terminal is closed. */
  readonly onClosed: () => void;
  /** The result could not be written, which stderr says. */
  readonly onFailure: (exit: ExitCode) => void;
}

/** Hears of errors of stdout and stderr, which would otherwise end the process with a stack. */
export function watchOutput({ environment, onClosed, onFailure }: OutputWatch): void {
  const { stdout, stderr } = environment;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error) => {
      if (hasCode(error, 'EPIPE', 'EIO')) onClosed();
      // Of progress that is lost there is nowhere to tell.
      else if (stream === stdout) {
        onFailure(reportFailure(fileFailure(error, 'write', 'stdout'), false, environment));
      }
    });
  }
}
