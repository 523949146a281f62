import Module from 'node:module';
import type { VirtualModules } from './virtualModules.ts';

interface ModuleLoader {
  _load: (request: string, parent: unknown, isMain: boolean) => unknown;
}

/**
 * Answers `require` of the given names with the given modules, in every CommonJS module that this
 * process loads from now on: a package of the user's that requires TensorFlow.js gets the trainer's.
 * (ES modules are transpiled by jiti, which knows the names itself.)
 */
export function provideToCommonJs(modules: VirtualModules): void {
  const loader = Module as unknown as ModuleLoader;
  const load = loader._load.bind(Module);
  loader._load = (request, parent, isMain) =>
    Object.hasOwn(modules, request) ? modules[request] : load(request, parent, isMain);
}
