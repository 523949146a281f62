import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { fromArchive } from './archive.ts';
import type { SourceName } from './installation.ts';
import { pythons, tensorFlowPackage } from './python.ts';
import type { SourceContext } from './sourceContext.ts';
import { tensorFlowFiles, type TensorFlowFiles } from './tensorFlowFiles.ts';
import { fromPip } from './wheel.ts';

/**
 * Provides TensorFlow from each source; rejects with a UserError that says why it cannot.
 * What is downloaded comes to lie in the context's folder, the rest stays where it is.
 */
export const SOURCE_FILES: Record<
  SourceName,
  (context: SourceContext) => Promise<TensorFlowFiles>
> = { workspace: fromWorkspace, python: fromPython, pip: fromPip, archive: fromArchive };

/** The library that a `@tensorflow/tfjs-node` in the project, or above it, has downloaded. */
function fromWorkspace({ workspace }: SourceContext): Promise<TensorFlowFiles> {
  let folder = workspace;
  let deps = depsIn(folder);
  while (!existsSync(deps) && folder !== dirname(folder)) {
    folder = dirname(folder);
    deps = depsIn(folder);
  }
  if (!existsSync(deps)) {
    return Promise.reject(
      new UserError("the project has no @tensorflow/tfjs-node with TensorFlow's library"),
    );
  }
  return Promise.resolve(tensorFlowFiles(join(deps, 'include'), join(deps, 'lib'), false));
}

function depsIn(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node', 'deps');
}

/** The TensorFlow of a Python environment. */
async function fromPython(context: SourceContext): Promise<TensorFlowFiles> {
  const interpreters = pythons(context);
  for (const python of interpreters) {
    const folder = await tensorFlowPackage(python, context.signal);
    if (folder !== undefined) return tensorFlowFiles(join(folder, 'include'), folder, false);
  }
  throw new UserError(`no TensorFlow in ${interpreters.join(', ')}`);
}
