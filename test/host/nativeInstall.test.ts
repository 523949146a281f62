import { deepEqual, match } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/contributions.ts';
import { testedExtension, workspacePath } from './editor.ts';

/** A workspace whose tfjs-node has TensorFlow's library, and a compiler, both of which pretend. */
describe('BN Lens: Install Native TensorFlow', () => {
  const names = ['XDG_CACHE_HOME', 'CXX'] as const;
  const before = names.map((name) => process.env[name]);
  const deps = workspacePath('node_modules', '@tensorflow', 'tfjs-node', 'deps');

  const create = async (file: string, text: string): Promise<string> => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };

  beforeEach(async () => {
    await testedExtension().activate();
    await create(`${deps}/include/tensorflow/c/c_api.h`, '');
    await create(`${deps}/lib/libtensorflow.so.2`, '');
    await create(`${deps}/lib/libtensorflow_framework.so.2`, '');
    process.env['XDG_CACHE_HOME'] = workspacePath('cache');
    process.env['CXX'] = await create(
      workspacePath('compiler'),
      `#!/bin/sh\necho "$@" > ${workspacePath('compiled')}\n` +
        'while [ "$1" != -o ]; do shift; done; echo addon > "$2"\n',
    );
    await chmod(workspacePath('compiler'), 0o755);
  });
  afterEach(async () => {
    names.forEach((name, index) => {
      const value = before[index];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    });
    for (const name of ['node_modules', 'cache', 'compiler', 'compiled']) {
      await rm(workspacePath(name), { recursive: true, force: true });
    }
  });

  it('compiles the addon that the extension ships, and leaves nothing that does not load', async () => {
    await vscode.commands.executeCommand(COMMANDS.installNative);
    const words = readFileSync(workspacePath('compiled'), 'utf8');
    match(words, /dist\/native\/tfjs_backend\.cc .*libtensorflow\.so\.2/);
    const cache = workspacePath('cache', 'bn-lens');
    deepEqual(existsSync(cache) ? readdirSync(cache) : null, []);
  });
});
