import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../protocol/userError.ts';

/** TensorFlow's C library as a source provides it. */
export interface TensorFlowFiles {
  /** Folder with `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** Folder of the libraries. */
  readonly folder: string;
  /** Names of the libraries that the addon links to. */
  readonly libraries: readonly string[];
  /** Whether the files lie in the installation's own folder and move with it. */
  readonly own: boolean;
}

/** Names a library has on Linux and on macOS. */
const LIBRARIES = {
  wheel: ['libtensorflow_cc.so.2', 'libtensorflow_cc.2.dylib'],
  archive: ['libtensorflow.so.2', 'libtensorflow.2.dylib'],
  framework: ['libtensorflow_framework.so.2', 'libtensorflow_framework.2.dylib'],
} as const;

/** Finds the libraries in a folder; throws a UserError that names one that it lacks. */
export function tensorFlowFiles(include: string, folder: string, own: boolean): TensorFlowFiles {
  const find = (...names: readonly string[]): string => {
    const name = names.find((each) => existsSync(join(folder, each)));
    if (name !== undefined) return name;
    throw new UserError(`${folder} lacks ${names[0] ?? ''}`);
  };
  if (!existsSync(join(include, 'tensorflow', 'c', 'c_api.h'))) {
    throw new UserError(`${include} lacks TensorFlow's headers`);
  }
  const libraries = [find(...LIBRARIES.wheel, ...LIBRARIES.archive), find(...LIBRARIES.framework)];
  return { include, folder, libraries, own };
}
