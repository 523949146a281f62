import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '.vscode-test', 'python');
const PACKAGES = ['pyarrow', 'safetensors', 'numpy'];

/**
 * Returns the path of a Python that has what the examples of docs/run-format.md import, after
 * installing it into .vscode-test/python (and Python itself through apt) where it lacks.
 */
export function installPython(): string {
  const python = join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python) && runs(python, ['-c', `import ${PACKAGES.join()}`])) return python;
  console.log(`Installing ${PACKAGES.join(', ')} into .vscode-test/python …`);
  if (!runs('python3', ['-m', 'venv', '--clear', FOLDER])) {
    console.log('Installing python3-venv through apt …');
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', 'python3-venv'], { stdio: 'ignore' });
    execFileSync('python3', ['-m', 'venv', '--clear', FOLDER]);
  }
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--retries', '0', ...PACKAGES]);
  return python;
}

function runs(command: string, words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
