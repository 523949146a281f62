/**
 * Runs the host suite in the desktop editor: the one that VSCODE_PATH names, else one that
 * @vscode/test-electron downloads.
 */
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { buildHostSuite } from './buildHostSuite.ts';
import { TestWorkspace } from './testWorkspace.ts';

const root = join(import.meta.dirname, '..', '..');
const workspace = new TestWorkspace(join(root, 'test', 'host', 'workspace'));
const { VSCODE_PATH } = process.env;
try {
  process.exitCode = await runTests({
    ...(VSCODE_PATH !== undefined && { vscodeExecutablePath: VSCODE_PATH }),
    extensionDevelopmentPath: root,
    extensionTestsPath: await buildHostSuite(),
    launchArgs: [workspace.folder, '--disable-extensions', '--disable-workspace-trust'],
  });
} finally {
  await workspace.remove();
}
