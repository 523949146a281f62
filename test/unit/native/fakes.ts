import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installNative, type InstallOptions } from '../../../src/native/installNative.ts';

/** A user's machine in a temporary folder: an interpreter, a compiler and a probe that pretend. */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'bn-lens-native-'));
  readonly folder = join(this.root, 'cache', 'bn-lens', 'native');
  readonly workspace = this.#directory('workspace');
  readonly addonSources = this.#directory('sources');
  readonly compiler = join(this.root, 'compiler');
  readonly messages: string[] = [];

  constructor() {
    this.write('sources/addon.cc', '// the addon');
    this.compiles('while [ "$1" != -o ]; do shift; done; echo addon > "$2"');
    this.probes({ tensorflow: '9.9.9' });
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  write(name: string, content: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Sets what the compiler does, as a shell script; each call adds a line to `compiled`. */
  compiles(script: string): void {
    this.#script('compiler', `echo "$@" >> ${this.path('compiled')}\n${script}`);
  }

  /** Sets what loading the addon gives. */
  probes(reply: object): void {
    this.write('probe.cjs', `process.stdout.write(${JSON.stringify(JSON.stringify(reply))})`);
  }

  /** Makes an interpreter whose `pip download` runs a shell script with `$dest` set. */
  python(download: string): string {
    return this.#script(
      'python',
      `case "$1 $2 $3" in
  "-m pip download") while [ "$1" != --dest ]; do shift; done; dest=$2; mkdir -p "$dest"
    ${download} ;;
  "-m pip --version") echo pip 0 ;;
  *) exec python3 "$@" ;;
esac`,
    );
  }

  /** Makes a wheel with TensorFlow's files, as far as they are looked at; returns its path. */
  wheel(): string {
    this.tensorFlow('wheel/tensorflow');
    this.write('wheel/tensorflow/python/unneeded.py', '');
    const wheel = this.path('tensorflow-9.9.9-py3-none-any.whl');
    execFileSync('python3', ['-m', 'zipfile', '-c', wheel, 'tensorflow'], {
      cwd: this.path('wheel'),
    });
    return wheel;
  }

  /** Writes TensorFlow's headers and libraries below a folder. */
  tensorFlow(folder: string, libraries = folder): void {
    this.write(`${folder}/include/tensorflow/c/c_api.h`, '');
    this.write(`${libraries}/libtensorflow_cc.so.2`, 'cc');
    this.write(`${libraries}/libtensorflow_framework.so.2`, 'framework');
  }

  install(more: Partial<InstallOptions> = {}): ReturnType<typeof installNative> {
    return installNative({
      folder: this.folder,
      workspace: this.workspace,
      addonSources: this.addonSources,
      probe: this.path('probe.cjs'),
      signal: new AbortController().signal,
      progress: (message) => this.messages.push(message),
      ...more,
    });
  }

  /** Everything in the cache directory, by path relative to it. */
  get cached(): string[] {
    const cache = dirname(this.folder);
    if (!existsSync(cache)) return [];
    return readdirSync(cache, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(cache.length + 1))
      .sort();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #directory(name: string): string {
    mkdirSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  #script(name: string, text: string): string {
    const file = this.write(name, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  }
}

/** The files of an installation with its own libraries. */
export const INSTALLED = [
  'native/installation.json',
  'native/tensorflow.node',
  'native/tensorflow/libtensorflow_cc.so.2',
  'native/tensorflow/libtensorflow_framework.so.2',
];
