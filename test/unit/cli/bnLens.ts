import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../../src/cli/commandLine.ts';

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in a folder, as of an installation that is in that folder's dist. */
export async function bnLensIn(cwd: string, ...args: string[]): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCommandLine(args, {
    cwd,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    trainer: join(cwd, 'dist/trainer.js'),
    sourceWorker: join(cwd, 'dist/sourceWorker.js'),
    wasm: join(cwd, 'dist/wasm'),
    nativeFolder: join(cwd, 'cache/native'),
    nativeProbe: join(cwd, 'dist/nativeProbe.js'),
    addonSources: join(cwd, 'dist/native'),
    onInterrupt: () => () => undefined,
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}
