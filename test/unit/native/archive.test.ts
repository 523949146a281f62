import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { INSTALLED, Machine } from './fakes.ts';

let machine: Machine;
let server: Server;
let archive: Buffer;
let answer: RequestListener;

beforeEach(async () => {
  machine = new Machine();
  vi.stubEnv('CXX', machine.compiler);
  pack('c', () => {
    machine.tensorFlow('c', 'c/lib');
  });
  answer = (_, response) => response.end(archive);
  server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  machine.remove();
});

/** Makes the archive that the server gives, of what `fill` writes into a folder. */
function pack(folder: string, fill: () => void): void {
  fill();
  const file = machine.path(`${folder}.tar.gz`);
  execFileSync('tar', ['-czf', file, '-C', machine.path(folder), 'include', 'lib']);
  archive = readFileSync(file);
}

const address = () =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/libtensorflow.tar.gz`;

const install = (more: { sha256?: string; signal?: AbortSignal } = {}) =>
  machine.install({ from: 'archive', url: address(), ...more });

it('is downloaded, checked and unpacked', async () => {
  const sha256 = createHash('sha256').update(archive).digest('hex');
  expect((await install({ sha256: sha256.toUpperCase() })).source).toBe('archive');
  expect(machine.cached).toEqual(INSTALLED);
});

it('with another checksum is refused', async () => {
  const sha256 = '0'.repeat(64);
  await expect(install({ sha256 })).rejects.toThrow(
    `${address()} does not have the checksum ${sha256}`,
  );
  expect(machine.cached).toEqual([]);
});

it('that is not there is named with the answer', async () => {
  answer = (_, response) => response.writeHead(404).end();
  await expect(install()).rejects.toThrow(`${address()} answers with 404 Not Found`);
  expect(machine.cached).toEqual([]);
});

it('whose download breaks off is refused', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': archive.length });
    response.write(archive.subarray(0, 100), () => response.destroy());
  };
  await expect(install()).rejects.toThrow(`${address()} could not be downloaded: `);
  expect(machine.cached).toEqual([]);
});

it('that is none is refused', async () => {
  answer = (_, response) => response.end('<html>');
  await expect(install()).rejects.toThrow(`${address()} cannot be unpacked: `);
  expect(machine.cached).toEqual([]);
});

it('without the library is refused with its name', async () => {
  pack('bare', () => {
    machine.write('bare/include/tensorflow/c/c_api.h', '');
    machine.write('bare/lib/readme', '');
  });
  await expect(install()).rejects.toThrow(/ lacks libtensorflow/);
  expect(machine.cached).toEqual([]);
});

it('can be cancelled during its download', async () => {
  const cancel = new AbortController();
  answer = (_, response) => {
    response.write(archive.subarray(0, 100), () => {
      cancel.abort();
    });
  };
  await expect(install({ signal: cancel.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(machine.cached).toEqual([]);
});
