import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readInstallation } from '../../../src/native/installation.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { INSTALLED, Machine } from './fakes.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
  vi.stubEnv('CXX', machine.compiler);
  vi.stubEnv('VIRTUAL_ENV', '');
  vi.stubEnv('CONDA_PREFIX', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  machine.remove();
});

const compilations = () => readFileSync(machine.path('compiled'), 'utf8').trim().split('\n').length;

function pip(): { from: 'pip'; python: string } {
  return { from: 'pip', python: machine.python(`cp ${machine.wheel()} "$dest"`) };
}

async function refusal(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error('it was installed'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  return error;
}

describe('an installation', () => {
  it('with pip leaves the addon, both libraries and a description', async () => {
    const installation = await machine.install(pip());
    expect(machine.cached).toEqual(INSTALLED);
    expect(installation).toMatchObject({
      source: 'pip',
      tensorflow: '9.9.9',
      libraries: INSTALLED.slice(2).map((name) => machine.path('cache/bn-lens', name)),
    });
    expect(readInstallation(machine.folder)).toEqual(installation);
    expect(readFileSync(machine.path('compiled'), 'utf8')).toContain('$ORIGIN/tensorflow');
    expect(machine.messages).toEqual([
      'Looking for TensorFlow: pip',
      'Downloading TensorFlow 2.21.0 with pip (about 250 MB)',
      'Unpacking TensorFlow',
      'Compiling the addon',
      'Trying it',
    ]);
  });

  it('from a Python environment leaves its libraries where they are', async () => {
    machine.tensorFlow('site/tensorflow');
    machine.write('site/tensorflow/__init__.py', '');
    vi.stubEnv('PYTHONPATH', machine.path('site'));
    const { source, libraries } = await machine.install();
    expect(source).toBe('python');
    expect(libraries[0]).toBe(machine.path('site/tensorflow/libtensorflow_cc.so.2'));
    expect(machine.cached).toEqual(INSTALLED.slice(0, 2));
    expect(readFileSync(machine.path('compiled'), 'utf8')).toContain(
      `-Wl,-rpath,${machine.path('site/tensorflow')}`,
    );
  });

  it('prefers the library of a tfjs-node in the workspace', async () => {
    const deps = 'workspace/node_modules/@tensorflow/tfjs-node/deps';
    machine.tensorFlow(deps, `${deps}/lib`);
    expect((await machine.install()).source).toBe('workspace');
  });

  it('is kept when it works, and not made again', async () => {
    const first = await machine.install(pip());
    expect(await machine.install()).toEqual(first);
    expect(compilations()).toBe(1);
  });

  it('is made again where it does not load, its sources have changed, or another is named', async () => {
    await machine.install(pip());
    writeFileSync(machine.path('cache/bn-lens/native/installation.json'), '{');
    await machine.install(pip());
    machine.write('sources/addon.cc', '// another addon');
    await machine.install(pip());
    machine.tensorFlow('site/tensorflow');
    machine.write('site/tensorflow/__init__.py', '');
    vi.stubEnv('PYTHONPATH', machine.path('site'));
    expect((await machine.install({ from: 'python' })).source).toBe('python');
    expect(compilations()).toBe(4);
    expect(machine.cached).toEqual(INSTALLED.slice(0, 2));
  });
});

describe('what goes wrong is said in one sentence, and leaves nothing:', () => {
  it.each([
    [
      'no network',
      'echo "WARNING: Retrying" >&2; echo "ERROR: Could not find a version that satisfies the requirement" >&2; exit 1',
      'pip could not provide tensorflow-cpu 2.21.0: ERROR: Could not find a version that satisfies the requirement',
    ],
    [
      'a wrong checksum',
      'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1',
      'pip could not provide tensorflow-cpu 2.21.0: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
    ],
    [
      'a full disk',
      'echo half > "$dest/half.whl"; echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1',
      'pip could not provide tensorflow-cpu 2.21.0: ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    ],
    ['a download of nothing', 'true', 'pip has downloaded no wheel'],
  ])('%s', async (_, download, message) => {
    const python = machine.python(download);
    expect((await refusal(machine.install({ from: 'pip', python }))).message).toBe(message);
    expect(machine.cached).toEqual([]);
  });

  it('a wheel that is cut off', async () => {
    const python = machine.python(`head -c 200 ${machine.wheel()} > "$dest/half.whl"`);
    const { message } = await refusal(machine.install({ from: 'pip', python }));
    expect(message).toMatch(/^pip could not provide tensorflow-cpu 2\.21\.0: .*BadZipFile/);
    expect(machine.cached).toEqual([]);
  });

  it('no pip', async () => {
    const python = machine.path('no-python');
    const { message } = await refusal(machine.install({ from: 'pip', python }));
    expect(message).toBe(`no pip in ${python}`);
  });

  it('no compiler', async () => {
    vi.stubEnv('CXX', machine.path('no-compiler'));
    const { message, details } = await refusal(machine.install(pip()));
    expect(message).toBe(`There is no compiler ${machine.path('no-compiler')}.`);
    expect(details.hint).toMatch(/^Install one/);
    expect(machine.cached).toEqual([]);
  });

  it('a compiler that fails', async () => {
    machine.compiles('echo "addon.cc:1:1: error: no such thing" >&2; exit 1');
    const { message } = await refusal(machine.install(pip()));
    expect(message).toBe(`${machine.compiler} cannot compile: addon.cc:1:1: error: no such thing`);
    expect(machine.cached).toEqual([]);
  });

  it('an addon that does not load', async () => {
    const error = { kind: 'user', message: 'TensorFlow cannot be loaded: no', details: {} };
    machine.probes({ error });
    expect((await refusal(machine.install(pip()))).message).toBe(error.message);
    expect(machine.cached).toEqual([]);
  });

  it('an addon that ends the process', async () => {
    machine.write('probe.cjs', 'process.kill(process.pid, "SIGSEGV")');
    expect((await refusal(machine.install(pip()))).message).toMatch(
      /^TensorFlow ends the process that loads it: .*SIGSEGV/,
    );
    expect(machine.cached).toEqual([]);
  });

  it('a cache directory that is a file', async () => {
    machine.write('cache', '');
    expect((await refusal(machine.install(pip()))).message).toMatch(
      /^The native backend cannot be installed in .*native: ENOTDIR/,
    );
  });

  it('no source at all, each with its reason', async () => {
    const python = machine.python('echo "ERROR: offline" >&2; exit 1');
    const url = 'http://127.0.0.1:9/archive.tar.gz';
    const { message } = await refusal(machine.install({ python, url }));
    expect(message).toBe(
      "TensorFlow was not found (workspace: the project has no @tensorflow/tfjs-node with TensorFlow's library; " +
        `python: no TensorFlow in ${python}; ` +
        'pip: pip could not provide tensorflow-cpu 2.21.0: ERROR: offline; ' +
        `archive: ${url} could not be downloaded: bad port).`,
    );
    expect(machine.cached).toEqual([]);
  });
});

describe('an installation that is there', () => {
  it('outlasts one that fails', async () => {
    const first = await machine.install(pip());
    machine.write('sources/addon.cc', '// another addon');
    machine.compiles('exit 1');
    await refusal(machine.install(pip()));
    expect(readInstallation(machine.folder)).toEqual(first);
    expect(machine.cached).toEqual(INSTALLED);
  });
});

describe('cancelling', () => {
  it.each(['download', 'compilation'])(
    'during the %s ends it and leaves nothing',
    async (phase) => {
      const cancel = new AbortController();
      const hang = `echo $$ > ${machine.path('pid')}; exec sleep 60`;
      if (phase === 'compilation') machine.compiles(hang);
      const options = phase === 'download' ? { from: 'pip', python: machine.python(hang) } : pip();
      const installing = machine.install({
        ...(options as ReturnType<typeof pip>),
        signal: cancel.signal,
      });
      const pid = await vi.waitFor(() => Number(readFileSync(machine.path('pid'), 'utf8').trim()));
      cancel.abort();
      await expect(installing).rejects.toMatchObject({ name: 'AbortError' });
      expect(machine.cached).toEqual([]);
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    },
  );

  it('does not wait for what the compiler started', { timeout: 10_000 }, async () => {
    const cancel = new AbortController();
    // As a driver waits for the compiler proper, which keeps the output open.
    machine.compiles(`sleep 60 & echo $! > ${machine.path('pid')}; wait`);
    const installing = machine.install({ ...pip(), signal: cancel.signal });
    await vi.waitFor(() => readFileSync(machine.path('pid')));
    cancel.abort();
    await expect(installing).rejects.toMatchObject({ name: 'AbortError' });
    expect(machine.cached).toEqual([]);
  });
});

describe('a second installation', () => {
  it('is refused while one runs', async () => {
    const cancel = new AbortController();
    const first = machine.install({
      from: 'pip',
      python: machine.python('exec sleep 60'),
      signal: cancel.signal,
    });
    first.catch(() => undefined);
    await vi.waitFor(() => readFileSync(machine.path('cache/bn-lens/native.lock')));
    const { message } = await refusal(machine.install(pip()));
    expect(message).toBe(
      `The native backend is being installed already, by process ${process.pid}.`,
    );
    cancel.abort();
    await expect(first).rejects.toThrow();
    await machine.install(pip());
    expect(machine.cached).toEqual(INSTALLED);
  });

  it('names the lock of one that was killed where another program has its number now', async () => {
    const lock = machine.write('cache/bn-lens/native.lock', String(process.ppid));
    const { details } = await refusal(machine.install(pip()));
    expect(details.hint).toBe(
      `Wait for it to end; if process ${process.ppid} is another program, delete ${lock}.`,
    );
  });

  it('takes over from one that was killed, and removes what that left', async () => {
    machine.write('cache/bn-lens/native.lock', '4194305');
    machine.write('cache/bn-lens/native.installing/half', '');
    await machine.install(pip());
    expect(machine.cached).toEqual(INSTALLED);
  });
});
