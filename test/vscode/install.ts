import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** VS Code 1.139 as the npm registry has it, and the Node that it needs. */
const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

const root = join(import.meta.dirname, '..', '..');

/** Where an installed VS Code keeps what starts it. */
export interface VSCodeInstallation {
  /** VS Code's own server-main.js. */
  readonly server: string;
  readonly node: string;
}

/**
 * Finds a real VS Code server in `.vscode-test/`, after installing it from the npm registry where it
 * lacks. No postinstall script runs: the native modules that it then lacks only log complaints.
 */
export function installVSCode(): VSCodeInstallation {
  const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(root, '.vscode-test', `code-server-${CODE_SERVER}`);
  if (!existsSync(folder)) {
    console.log(`Installing VS Code (code-server ${CODE_SERVER}, Node ${NODE}) in .vscode-test/ …`);
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const dependencies = { 'code-server': CODE_SERVER, [nodePackage]: NODE };
    writeFileSync(join(partial, 'package.json'), JSON.stringify({ private: true, dependencies }));
    npmInstall(partial);
    npmInstall(join(partial, 'node_modules', 'code-server', 'lib', 'vscode'), '--omit=dev');
    renameSync(partial, folder);
  }
  return {
    server: join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js'),
    node: join(folder, 'node_modules', nodePackage, 'bin', 'node'),
  };
}

/**
 * Finds the Chromium that `CHROMIUM_PATH` names, or the system's, after installing Debian's where
 * there is none. Throws an error that says what to do where that fails.
 */
export function installChromium(): string {
  const installed = findChromium();
  if (installed !== undefined) return installed;
  console.log('Installing Chromium through apt …');
  try {
    run('apt-get', 'update', '-qq');
    run('apt-get', 'install', '-y', '-qq', 'chromium');
  } catch (error) {
    throw new Error(
      'The browser tests need Chromium, which apt could not install: install Chromium or Chrome, ' +
        'or name an installed one in CHROMIUM_PATH.',
      { cause: error },
    );
  }
  const path = findChromium();
  if (path === undefined)
    throw new Error('apt installed Chromium, but not where it is looked for.');
  return path;
}

function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH !== undefined) return CHROMIUM_PATH;
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return names.map((name) => join('/usr/bin', name)).find((path) => existsSync(path));
}

function npmInstall(folder: string, ...words: string[]): void {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const foreign = ['--ignore-scripts', '--no-engine-strict'];
  run('npm', 'install', '--prefix', folder, ...words, ...quiet, ...foreign);
}

function run(command: string, ...words: string[]): void {
  execFileSync(command, words, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
