/**
 * Runs the host suite (test/host) in a real VS Code with nothing but what the npm registry and apt
 * provide, and exits with the suite's own code. `npm run test:electron` runs the same suite in the
 * desktop editor.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { HOST_SUITE_LINE } from '../host/reportLine.ts';
import { buildHostSuite } from './buildHostSuite.ts';
import { startBrowser, startServer } from './server.ts';
import { TestWorkspace } from './testWorkspace.ts';

const TIMEOUT_MS = 600_000;

const root = join(import.meta.dirname, '..', '..');
const suite = await buildHostSuite();
const workspace = new TestWorkspace(join(root, 'test', 'host', 'workspace'));
const server = await startServer();
const browser = await startBrowser();
let exitCode: number;
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const ended = suiteEnds(page);
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${path}`;
  await page.goto(
    server.url(workspace.folder, [
      ['extensionDevelopmentPath', remote(root)],
      ['extensionTestsPath', remote(suite)],
    ]),
  );
  exitCode = await ended;
  if (exitCode !== 0) {
    mkdirSync(join(root, 'test-results'), { recursive: true });
    await page.screenshot({ path: join(root, 'test-results', 'host-failure.png') });
  }
} finally {
  await browser.close();
  await server.stop();
  await workspace.remove();
}
process.exit(exitCode);

/** Prints what the suite reports, and nothing that the editor says; resolves to the exit code. */
async function suiteEnds(page: Page): Promise<number> {
  await page.exposeFunction('codeAutomationLog', (_type: string, [text]: readonly unknown[]) => {
    if (typeof text !== 'string' || !text.startsWith(HOST_SUITE_LINE)) return;
    console.log(text.slice(HOST_SUITE_LINE.length));
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      console.error(`The host suite did not end within ${TIMEOUT_MS / 1_000} s.`);
      resolve(124);
    }, TIMEOUT_MS);
  });
  const done = new Promise<number>((resolve, reject) => {
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
  });
  const exitCode = await Promise.race([done, late]);
  clearTimeout(timer);
  return exitCode;
}
