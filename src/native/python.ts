import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { CommandFailure, runCommand } from './command.ts';
import type { SourceContext } from './sourceContext.ts';

/**
 * Names the Python interpreters to ask, in order: the one that the user named, or the active
 * environment's, those that lie in the workspace, and those on the PATH.
 */
export function pythons({ python, workspace }: SourceContext): string[] {
  if (python !== undefined) return [python];
  const active = [process.env['VIRTUAL_ENV'], process.env['CONDA_PREFIX']];
  const local = ['.venv', 'venv', 'env'].map((name) => join(workspace, name));
  const found = [...active, ...local]
    .flatMap((folder) =>
      folder === undefined || folder === '' ? [] : [join(folder, 'bin', 'python')],
    )
    .filter((file) => existsSync(file));
  return [...found, 'python3', 'python'];
}

/** What an interpreter says of its TensorFlow, without loading it. */
const FIND = `
import importlib.util, json
spec = importlib.util.find_spec('tensorflow')
print(json.dumps(list(spec.submodule_search_locations) if spec else []))
`;

/** Returns the folder of an interpreter's TensorFlow package, as `tf.sysconfig.get_lib()` does. */
export async function tensorFlowPackage(
  python: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (JSON.parse(await runCommand(python, ['-c', FIND], signal)) as string[])[0];
  } catch (error) {
    if (error instanceof CommandFailure) return undefined;
    throw error;
  }
}

/** Returns the first interpreter that has pip; throws a UserError where none has. */
export async function pythonWithPip(context: SourceContext): Promise<string> {
  const interpreters = pythons(context);
  for (const python of interpreters) {
    try {
      await runCommand(python, ['-m', 'pip', '--version'], context.signal);
      return python;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
    }
  }
  throw new UserError(`no pip in ${interpreters.join(', ')}`, {
    hint: 'Install Python 3 with pip, or name an interpreter that has it with --python.',
  });
}
