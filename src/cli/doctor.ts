import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { engines, version } from '../../package.json';
import { joinsVectors } from '../engine/wasm/kernelInstance.ts';
import { nativeStatus } from '../native/nativeStatus.ts';
import { runsDirectory } from '../runs/paths.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { shortPath } from './failure.ts';
import { currentProject } from './project.ts';
import { table } from './table.ts';

/** What was found of one thing that training needs; `mend` is null where all is well. */
interface Finding {
  readonly name: string;
  readonly detail: string;
  readonly mend: string | null;
}

/** Checks that this machine can train in the working directory; exit code 1 where it cannot. */
export async function doctor(json: boolean, environment: Environment): Promise<ExitCode> {
  const findings = [
    program(environment),
    node(),
    wasm(environment),
    await native(environment),
    runsFolder(environment),
  ];
  const ok = findings.every(({ mend }) => mend === null);
  environment.stdout.write(
    json
      ? `${JSON.stringify({ ok, version, findings })}\n`
      : `${table(
          findings.map(({ name, detail, mend }) => [
            mend === null ? 'ok' : 'warn',
            name,
            mend === null ? detail : `${detail} ${mend}`,
          ]),
        )}\n`,
  );
  return ok ? EXIT.done : EXIT.failed;
}

const INSTALL_AGAIN = 'Install BN Lens again.';

function program({ trainer, sourceWorker }: Environment): Finding {
  // The trainer looks for its threads beside itself.
  const names = ['recorder.js', 'mmdThread.js', 'imageThread.js'];
  const threads = names.map((name) => join(dirname(trainer), name));
  const missing = [trainer, ...threads, sourceWorker].filter((file) => !existsSync(file));
  return {
    name: 'bn-lens',
    detail: missing.length === 0 ? version : `${missing.join(' and ')} missing.`,
    mend: missing.length === 0 ? null : INSTALL_AGAIN,
  };
}

function node(): Finding {
  const least = engines.node.replace(/^\D*/, '');
  const isOld = least.localeCompare(process.versions.node, 'en', { numeric: true }) > 0;
  return {
    name: 'Node.js',
    detail: isOld ? `${process.versions.node} is too old.` : process.versions.node,
    mend: isOld ? `Install Node.js ${least} or newer.` : null,
  };
}

function wasm({ wasm: folder }: Environment): Finding {
  const files = [
    'tfjs-backend-wasm-simd.wasm',
    'kernels.wasm',
    'kernels-relaxed.wasm',
    'kernelWorker.js',
    'statistics.wasm',
  ];
  const isThere = files.every((file) => existsSync(join(folder, file)));
  const isSlower = process.arch === 'x64' && !joinsVectors();
  const slower = isSlower ? '; Node.js 24 and newer train faster' : '';
  return {
    name: 'wasm',
    detail: isThere ? `with SIMD and kernels for training${slower}` : `${folder} lacks files.`,
    mend: isThere ? null : INSTALL_AGAIN,
  };
}

/** Not having it is no fault, nor is an older one that loads. */
async function native(environment: Environment): Promise<Finding> {
  const { nativeFolder, nativeProbe, addonSources } = environment;
  const status = await nativeStatus(nativeFolder, addonSources, nativeProbe);
  const { state, installation, outdated, reason } = status;
  const other = outdated
    ? ' with the ops of another version; bn-lens native install renews it'
    : '';
  const name = 'native';
  switch (state) {
    case 'absent':
      return { name, detail: 'not installed; wasm is used', mend: null };
    case 'usable':
      return { name, detail: `TensorFlow ${installation?.tensorflow ?? ''}${other}`, mend: null };
    case 'unusable':
      return { name, detail: 'passed over for wasm.', mend: reason };
  }
}

function runsFolder({ cwd }: Environment): Finding {
  const folder = runsDirectory(currentProject(cwd));
  const isWritable = canWrite(nearestExisting(folder));
  const short = shortPath(folder, cwd);
  return {
    name: 'runs',
    detail: isWritable ? short : `${short} cannot be written.`,
    mend: isWritable ? null : 'Train with --out and a folder of yours.',
  };
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder));
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
