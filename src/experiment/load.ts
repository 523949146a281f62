import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import type { RunModule } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { declarationOf, type Experiment } from './declaration.ts';
import { evaluateUserCode, type IsUserFile } from './userCode.ts';
import { validateExperiment } from './validate.ts';
import { virtualModules } from './virtualModules.ts';

/** An experiment file that was evaluated and found valid. */
export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** Absolute, as are `root` and `baseDirectory`. */
  readonly file: string;
  /** The project's directory. */
  readonly root: string;
  /** The file's directory: where relative paths of data start. */
  readonly baseDirectory: string;
  /** The file and the modules that it loaded, packages left out; the file comes first. */
  readonly modules: readonly RunModule[];
  /** For telling user code's stack frames from others. */
  readonly isUserFile: IsUserFile;
}

/** What {@link loadExperiment} needs besides the file. */
export interface LoadOptions {
  /** The project's directory, absolute. */
  readonly root: string;
  /** What user code and its packages get for `@tensorflow/tfjs` and its parts. */
  readonly tensorflow: object;
  /** What they get for `bn-lens`. */
  readonly api: object;
}

/**
 * Evaluates an experiment file (`.bn.ts`, `.bn.mts`, `.bn.js`, `.bn.mjs`), checks what it declares
 * and fills in the defaults.
 *
 * Throws UserError with the place or the field at fault when the file is missing, has a syntax error,
 * throws, exports no experiment or declares an invalid one.
 *
 * @param file - absolute path.
 */
export async function loadExperiment(
  file: string,
  { root, tensorflow, api }: LoadOptions,
): Promise<LoadedExperiment> {
  const name = basename(file);
  const start = { file, line: 1, column: 1 };
  if (!/\.bn\.[mc]?[jt]s$/.test(name)) {
    throw new UserError(`${name} is no experiment file`, {
      hint: 'Experiment files end in .bn.ts, .bn.mts, .bn.js or .bn.mjs.',
    });
  }
  const source = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError(`${file} does not exist`);
  });
  const modules = virtualModules(tensorflow, api);
  const { exports, files, isUserFile } = await evaluateUserCode(file, source, modules);
  const exported = 'default' in exports ? exports.default : exports;
  const declaration = declarationOf(exported);
  if (declaration === null) {
    const fault = 'default' in exports ? 'is not made by defineExperiment' : 'is missing';
    throw new UserError(`the default export of ${name} ${fault}`, {
      hint: 'Write: export default defineExperiment({ ... });',
      location: start,
    });
  }
  return {
    experiment: validateExperiment(declaration),
    file,
    root,
    baseDirectory: dirname(file),
    modules: await Promise.all(files.map((path) => recorded(path, root))),
    isUserFile,
  };
}

async function recorded(path: string, root: string): Promise<RunModule> {
  const text = await readFile(path, 'utf8');
  return {
    path: relative(root, path).split(sep).join('/'),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
  };
}
