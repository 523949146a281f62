import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../src/cli/commandLine.ts';
import { INSTALLED, Machine } from '../native/fakes.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
  vi.stubEnv('CXX', machine.compiler);
});
afterEach(() => {
  vi.unstubAllEnvs();
  machine.remove();
});

/** Runs `bn-lens` on the machine; `interrupted` presses Ctrl-C as soon as it is heard. */
async function bnLens(words: readonly string[], interrupted = false) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCommandLine(words, {
    cwd: machine.workspace,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    trainer: '',
    sourceWorker: '',
    wasm: '',
    nativeFolder: machine.folder,
    nativeProbe: machine.path('probe.cjs'),
    addonSources: machine.addonSources,
    onInterrupt: (listener) => {
      if (interrupted) listener();
      return () => undefined;
    },
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const native = (words: readonly string[], interrupted = false) =>
  bnLens(['native', ...words], interrupted);

const fromPip = () => [
  '--from',
  'pip',
  '--python',
  machine.python(`cp ${machine.wheel()} "$dest"`),
];

it('installs with progress on stderr and one line of JSON on stdout', async () => {
  const { code, out, err } = await native(['install', ...fromPip(), '--json']);
  expect(code).toBe(0);
  expect(err).toMatch(/^Looking for TensorFlow: pip…\nDownloading .*…\nUnpacking/);
  expect(JSON.parse(out)).toMatchObject({
    folder: machine.folder,
    installation: { source: 'pip', tensorflow: '9.9.9' },
  });
  expect(machine.cached).toEqual(INSTALLED);
});

it('says what is installed and that it is used', async () => {
  await native(['install', ...fromPip()]);
  const { code, out } = await native(['status']);
  expect(code).toBe(0);
  expect(out).toMatch(/^TensorFlow 9\.9\.9 \(from pip\)\n {2}.*libtensorflow_cc\.so\.2\n/);
  expect(out).toMatch(/It loads; the backend auto uses it\.\n$/);
  expect(JSON.parse((await native(['status', '--json'])).out)).toMatchObject({ outdated: false });
});

it('advises to install again, in status and doctor, where the ops have changed since', async () => {
  await native(['install', ...fromPip()]);
  machine.write('sources/addon.cc', '// another addon');
  const { code, out } = await native(['status']);
  expect(code).toBe(0);
  expect(out).toMatch(
    /uses it\.\nIt has the ops of another version of BN Lens\. Run bn-lens native install, or .*\n$/,
  );
  expect(JSON.parse((await native(['status', '--json'])).out)).toMatchObject({
    state: 'usable',
    outdated: true,
  });
  const { findings } = JSON.parse((await bnLens(['doctor', '--json'])).out) as {
    findings: { name: string }[];
  };
  expect(findings.find(({ name }) => name === 'native')).toEqual({
    name: 'native',
    detail: 'TensorFlow 9.9.9 with the ops of another version; bn-lens native install renews it',
    mend: null,
  });
});

it('ends with 130 and leaves nothing when it is interrupted', async () => {
  const { code, out, err } = await native(['install', ...fromPip(), '--json'], true);
  const message = 'Interrupted before there was a result.';
  expect({ code, out }).toEqual({ code: 130, out: `${JSON.stringify({ error: { message } })}\n` });
  expect(err).toMatch(/\nInterrupted; nothing has changed\.\n$/);
  expect(machine.cached).toEqual([]);
});

it('ends with 2, one sentence and its JSON when something is missing', async () => {
  vi.stubEnv('CXX', '/no/compiler');
  const { code, out, err } = await native(['install', ...fromPip(), '--json']);
  expect(code).toBe(2);
  expect(err).toMatch(/\nThere is no compiler \/no\/compiler\. Install one: .*\n$/);
  expect(JSON.parse(out)).toMatchObject({
    error: { message: 'There is no compiler /no/compiler.' },
  });
});
