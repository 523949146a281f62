import util from 'node:util';

/** Gives back what tfjs-node calls and newer versions of Node lack, or deplore on stderr. */
export function restoreLegacyUtilities(): void {
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
}
