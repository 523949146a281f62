import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { CommandFailure, runCommand } from './command.ts';
import type { TensorFlowFiles } from './tensorFlowFiles.ts';

/**
 * Compiles the addon from the sources in `dist/native` with the user's C++ compiler, `$CXX` first.
 * Throws a UserError where there is none, or with what it complains of.
 */
export async function compileAddon(
  sources: string,
  tensorFlow: TensorFlowFiles,
  output: string,
  signal: AbortSignal,
): Promise<void> {
  const { include, folder, libraries, own } = tensorFlow;
  const isMac = process.platform === 'darwin';
  const files = (await readdir(sources)).filter((name) => name.endsWith('.cc')).sort();
  // The installation is moved when it is complete, and its own libraries with it.
  const runtime = own ? `${isMac ? '@loader_path' : '$ORIGIN'}/tensorflow` : folder;
  const words = [
    ...['-std=c++17', '-O3', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-o', output],
    // Square roots in vectors; and vectors wider than the oldest processors' are no cause for warnings.
    ...['-fno-math-errno', '-Wno-psabi'],
    ...['-I', sources, '-I', include],
    ...files.map((name) => join(sources, name)),
    ...libraries.map((name) => join(folder, name)),
    `-Wl,-rpath,${runtime}`,
    // Node's own functions are found in the process that loads the addon.
    ...(isMac ? ['-undefined', 'dynamic_lookup'] : ['-pthread']),
  ];
  const named = process.env['CXX'];
  for (const compiler of named === undefined ? ['c++', 'g++', 'clang++'] : [named]) {
    try {
      await runCommand(compiler, words, signal);
      return;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      if (!error.missing) throw new UserError(`${compiler} cannot compile: ${error.reason}`);
    }
  }
  throw new UserError(
    named === undefined ? 'There is no C++ compiler.' : `There is no compiler ${named}.`,
    { hint: 'Install one: the package g++ or clang on Linux, Xcode command line tools on macOS.' },
  );
}

/** Returns the SHA-256 of the sources, hexadecimal: another one calls for another addon. */
export async function digestSources(sources: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(sources)).sort()) {
    hash.update(name).update(await readFile(join(sources, name)));
  }
  return hash.digest('hex');
}
