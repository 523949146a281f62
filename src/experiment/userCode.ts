import { SourceMap } from 'node:module';
import { basename } from 'node:path';
import { createJiti, type TransformOptions } from 'jiti/static';
import { parseFrames } from '../nn/constructionFrames.ts';
import { UserError } from '../protocol/userError.ts';
import { provideToCommonJs } from './moduleHooks.ts';
import { mapStackPositions, type TranspiledFile } from './stackPositions.ts';
import type { VirtualModules } from './virtualModules.ts';

/** A user's module, evaluated together with all that it imports. */
export interface UserModule {
  readonly exports: object;
  /** Absolute paths of the files it loaded that belong to no package, itself first. */
  readonly files: readonly string[];
  readonly isUserFile: IsUserFile;
}

/**
 * Tells whether an absolute path is a file that user code loaded, up to now, and that belongs to no
 * package. (Lying inside the project does not suffice: so may the trainer.)
 */
export type IsUserFile = (file: string) => boolean;

/**
 * Evaluates a file of the user's: TypeScript or JavaScript, ES module or CommonJS, top-level `await`
 * allowed. What it imports is transpiled too, packages that are ES modules included; `modules` are
 * given to user code and packages alike. From here on stack traces name positions as written.
 *
 * Throws UserError with its place when a file has a syntax error, cannot be found or throws.
 *
 * @param file - absolute path; `source` is its text.
 */
export async function evaluateUserCode(
  file: string,
  source: string,
  modules: VirtualModules,
): Promise<UserModule> {
  const transpiled = new Map<string, TranspiledFile>();
  const transpiler = createJiti(file, { fsCache: false });
  const jiti = createJiti(file, {
    fsCache: false,
    sourceMaps: true,
    virtualModules: { ...modules },
    transform: (options) => transpile(options, (all) => transpiler.transform(all), transpiled),
  });
  mapStackPositions(transpiled);
  provideToCommonJs(modules);
  const loadedBefore = new Set(Object.keys(jiti.cache));
  const isUserFile: IsUserFile = (path) =>
    !/[\\/]node_modules[\\/]/.test(path) &&
    (transpiled.has(path) || (path in jiti.cache && !loadedBefore.has(path)));
  try {
    const exports = (await jiti.evalModule(source, {
      id: file,
      filename: file,
      async: true,
      forceTranspile: true,
    })) as object;
    return { exports, files: Object.keys(jiti.cache).filter(isUserFile), isUserFile };
  } catch (error) {
    throw locateInUserCode(error, { isUserFile });
  }
}

/**
 * Turns what user code threw into a UserError at the innermost frame in a file of the user's; returns
 * errors in which no user code took part as they are.
 */
export function locateInUserCode(
  error: unknown,
  { isUserFile }: { readonly isUserFile: IsUserFile },
): unknown {
  if (!(error instanceof Error)) {
    return new UserError(`the experiment throws ${JSON.stringify(error)}, which is no Error`);
  }
  const location = parseFrames(error.stack ?? '').find(({ file }) => isUserFile(file));
  if (!location) return error;
  if (error instanceof UserError) {
    return new UserError(error.message, { location, ...error.details });
  }
  // Node appends the chain of requires on further lines.
  const [reason = ''] = String(error).split('\n');
  return new UserError(`${basename(location.file)} throws ${reason}`, { location });
}

/**
 * Put before every transpiled file. Dynamic imports take the same way as static ones: jiti's own
 * would hand ES modules to Node, which knows nothing of the virtual modules. Being a line of its own
 * it also keeps jiti's function header out of the first line's columns.
 */
const PREAMBLE = '"use strict"; jitiImport = async (id) => require(id);\n';

function transpile(
  options: TransformOptions,
  transform: (options: TransformOptions) => string,
  transpiled: Map<string, TranspiledFile>,
): { code: string } {
  // Imports become `require` even in the experiment file, the only one evaluated asynchronously.
  const code = transform({ ...options, async: false });
  const file = options.filename ?? '';
  const failure = /^exports\.__JITI_ERROR__ = (.*)$/s.exec(code);
  if (failure) throw syntaxError(file, JSON.parse(failure[1] ?? '') as TranspileFailure);
  const inline = /\/\/# sourceMappingURL=data:application\/json[^,]*,(\S+)\s*$/.exec(code);
  if (inline) {
    const map = Buffer.from(inline[1] ?? '', 'base64').toString();
    transpiled.set(file, {
      map: new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]),
      linesBefore: 1,
    });
  }
  return { code: PREAMBLE + code };
}

/** How jiti reports what Babel could not parse; `column` counts from 0. */
interface TranspileFailure {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

function syntaxError(file: string, { line, column, message }: TranspileFailure): UserError {
  const [reason = ''] = message.replace(`${file}: `, '').split('\n');
  return new UserError(`${basename(file)} has a syntax error: ${reason.trim()}`, {
    location: { file, line, column: column + 1 },
  });
}
