import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installChromium, installVSCode } from './install.ts';

/** Chromium without a sandbox (tests may run as root), a GPU or traffic of its own. */
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A running VS Code, to be opened in a browser. */
export interface VSCodeServer {
  readonly port: number;
  /** Gives the page of a folder; the payload names an extension under test. */
  url(folder: string, payload?: readonly (readonly [string, string])[]): string;
  /** Writes the user's settings, which a window reads when it loads. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  /** Ends it with everything it started but detached trainers, and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts VS Code's server on a free port of 127.0.0.1 with data of its own. A .vsix, if given, is
 * installed first.
 */
export async function startServer(options: { readonly vsix?: string } = {}): Promise<VSCodeServer> {
  const { server, node } = installVSCode();
  const data = mkdtempSync(join(tmpdir(), 'bn-lens-vscode-'));
  const folders = ['--server-data-dir', data, '--extensions-dir', join(data, 'extensions')];
  if (options.vsix !== undefined) {
    execFileSync(node, [server, '--install-extension', options.vsix, ...folders], {
      stdio: 'ignore',
    });
  }
  const port = await freePort();
  const child = spawn(
    node,
    [
      server,
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--disable-workspace-trust', '--telemetry-level', 'off'],
      // Without it VS Code ignores the payload that names extension and tests.
      '--enable-smoke-test-driver',
      ...folders,
    ],
    // A group of its own, to be ended as a whole.
    { stdio: ['ignore', 'pipe', 'ignore'], detached: true },
  );
  await listening(child);
  return {
    port,
    url: (folder, payload = []) =>
      `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}` +
      `&payload=${encodeURIComponent(JSON.stringify(payload))}`,
    configure: (settings) => {
      const folder = join(data, 'data', 'User');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    },
    stop: async () => {
      await endGroup(child);
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Starts a Chromium without a window. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: installChromium(), args: CHROMIUM_FLAGS });
}

/** Waits for VS Code's server to say that it listens; throws what it said instead when it ends. */
async function listening({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error('the output of the server is not piped');
  let output = '';
  await new Promise<void>((resolve, reject) => {
    stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Extension host agent started')) resolve();
    });
    stdout.once('end', () => {
      reject(new Error(`VS Code's server did not start:\n${output}`));
    });
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

/** A fixed port could be answered by a server that somebody left running. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}
