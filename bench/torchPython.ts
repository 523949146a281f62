import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Builds without CUDA, which are found here first where this address can be reached. */
const CPU_BUILDS = 'https://download.pytorch.org/whl/cpu';

/**
 * Finds a Python with torch, or installs one into bench/.venv through pip; resolves to a sentence
 * where that fails.
 */
export async function torchPython(
  root: string,
  progress: (text: string) => void,
): Promise<{ readonly file: string } | string> {
  const folder = join(root, 'bench/.venv');
  const file = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  try {
    if (existsSync(file) && (await importsTorch(file))) return { file };
    progress('installing torch into bench/.venv');
    await run('python3', ['-m', 'venv', '--clear', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--retries', '0'];
    await run(file, [...pip, '--extra-index-url', CPU_BUILDS, 'torch', 'numpy']);
    return { file };
  } catch (error) {
    const lines = String(error).trim().split('\n');
    return `pip could not install torch: ${lines.at(-1) ?? ''}`;
  }
}

async function importsTorch(python: string): Promise<boolean> {
  try {
    await run(python, ['-c', 'import torch']);
    return true;
  } catch {
    return false;
  }
}
