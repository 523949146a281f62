import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { compileAddon, digestSources } from './compileAddon.ts';
import {
  ADDON_FILE,
  describeInstallation,
  INSTALLATION_FILE,
  readInstallation,
  SOURCES,
  type Installation,
  type SourceName,
} from './installation.ts';
import { holdLock } from './lock.ts';
import type { SourceContext } from './sourceContext.ts';
import { SOURCE_FILES } from './sources.ts';
import type { TensorFlowFiles } from './tensorFlowFiles.ts';
import { tryAddon } from './tryAddon.ts';

export interface InstallOptions extends Omit<SourceContext, 'folder'> {
  /** Where the native backend is installed. */
  readonly folder: string;
  /** `dist/native`: what is compiled. */
  readonly addonSources: string;
  /** Path of dist/nativeProbe.js. */
  readonly probe: string;
  /** The one source to use; by default all are tried in their order. */
  readonly from?: SourceName;
}

/**
 * Installs the native backend: finds or downloads TensorFlow, compiles the addon, loads it once in
 * a process of its own, and only then puts it in its place. Failing and cancelling leave what was
 * there before. An installation that works is kept, unless another source is asked for.
 * Rejects with a UserError, or with the signal's reason.
 */
export async function installNative(options: InstallOptions): Promise<Installation> {
  const { folder } = options;
  if (process.platform === 'win32') {
    throw new UserError('The native backend cannot be installed on Windows yet.', {
      hint: 'The backend wasm needs no installation.',
    });
  }
  try {
    return await installAlone(options);
  } catch (error) {
    throw error instanceof Error ? explained(error, folder) : error;
  }
}

/** Says of a failure of the disk where it was; other errors are returned as they are. */
function explained(error: Error, folder: string): Error {
  if (!('syscall' in error)) return error;
  return new UserError(`The native backend cannot be installed in ${folder}: ${error.message}`, {
    hint: 'Choose another cache directory with XDG_CACHE_HOME.',
  });
}

async function installAlone(options: InstallOptions): Promise<Installation> {
  const { folder, from } = options;
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const release = holdLock(`${folder}.lock`);
  try {
    const present = await workingInstallation(options);
    if (present !== null && (from === undefined || from === present.source)) return present;
    await removeRemains(parent, basename(folder));
    return await install(options, `${folder}${UNFINISHED}`);
  } finally {
    release();
  }
}

const UNFINISHED = '.installing';
const REPLACED = '.replaced';

async function install(options: InstallOptions, temporary: string): Promise<Installation> {
  const { folder, addonSources, probe, signal, progress } = options;
  await mkdir(temporary);
  try {
    const { source, files } = await provideTensorFlow(options, temporary);
    progress('Compiling the addon');
    await compileAddon(addonSources, files, join(temporary, ADDON_FILE), signal);
    progress('Trying it');
    const tensorflow = await tryAddon(temporary, probe, signal);
    const libraries = files.own ? join(folder, 'tensorflow') : files.folder;
    const known = {
      addon: await digestSources(addonSources),
      source,
      tensorflow,
      libraries: files.libraries.map((name) => join(libraries, name)),
      installed: new Date().toISOString(),
    };
    await removeBuildFiles(temporary);
    await writeFile(join(temporary, INSTALLATION_FILE), describeInstallation(known));
    signal.throwIfAborted();
    await replace(folder, temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  const installed = readInstallation(folder);
  if (installed === null) throw new Error(`${folder} vanished while it was installed`);
  return installed;
}

/** Takes TensorFlow from the named source, or from the first that can provide it. */
async function provideTensorFlow(
  options: InstallOptions,
  temporary: string,
): Promise<{ readonly source: SourceName; readonly files: TensorFlowFiles }> {
  const { from, signal, progress } = options;
  const reasons: string[] = [];
  for (const source of from === undefined ? SOURCES : [from]) {
    progress(`Looking for TensorFlow: ${source}`);
    try {
      const files = await SOURCE_FILES[source]({ ...options, folder: temporary });
      return { source, files };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError) || from !== undefined) throw error;
      reasons.push(`${source}: ${error.message}`);
    }
  }
  throw new UserError(`TensorFlow was not found (${reasons.join('; ')}).`, {
    hint: 'Install TensorFlow in a Python environment and name its interpreter with --python.',
  });
}

async function workingInstallation(options: InstallOptions): Promise<Installation | null> {
  const { folder, addonSources, probe, signal } = options;
  try {
    const present = readInstallation(folder);
    if (present?.addon !== (await digestSources(addonSources))) return null;
    await tryAddon(folder, probe, signal);
    return present;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Leaves the addon and the libraries: the headers are needed only to compile. */
async function removeBuildFiles(temporary: string): Promise<void> {
  await rm(join(temporary, 'archive'), { recursive: true, force: true });
  await rm(join(temporary, 'tensorflow', 'include'), { recursive: true, force: true });
}

async function replace(folder: string, temporary: string): Promise<void> {
  const old = `${folder}${REPLACED}`;
  await rename(folder, old).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(temporary, folder);
  await rm(old, { recursive: true, force: true });
}

/** Removes what an installation left that was killed; the lock tells that none is under way. */
async function removeRemains(parent: string, name: string): Promise<void> {
  const remains = (await readdir(parent)).filter(
    (entry) => entry === `${name}${UNFINISHED}` || entry === `${name}${REPLACED}`,
  );
  for (const entry of remains) await rm(join(parent, entry), { recursive: true, force: true });
}
