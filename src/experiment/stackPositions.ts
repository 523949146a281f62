import type { SourceMap } from 'node:module';

/** A transpiled file: its map and the lines that were put before what the map describes. */
export interface TranspiledFile {
  /** With the file's text in it. */
  readonly map: SourceMap;
  readonly linesBefore: number;
}

/**
 * Makes every stack trace of this process name the lines and columns of the files as they were
 * written. Node's own source map support leaves out code that is evaluated as jiti does it.
 *
 * @param transpiled - by absolute path; read at each trace, so that it may grow.
 */
export function mapStackPositions(transpiled: ReadonlyMap<string, TranspiledFile>): void {
  const previous = Reflect.get(Error, 'prepareStackTrace') as PrepareStackTrace | undefined;
  Error.prepareStackTrace = (error, sites) => {
    const isOurs = sites.some((site) => transpiled.has(site.getFileName() ?? ''));
    if (previous && !isOurs) return previous(error, sites);
    const lines = sites.map((site) => `    at ${writtenSite(site, transpiled)}`);
    return [String(error), ...lines].join('\n');
  };
}

type PrepareStackTrace = (error: Error, sites: readonly NodeJS.CallSite[]) => unknown;

/** V8's call sites print themselves; Node's types do not say so. */
interface PrintableSite extends NodeJS.CallSite {
  toString(): string;
}

function writtenSite(
  site: NodeJS.CallSite,
  transpiled: ReadonlyMap<string, TranspiledFile>,
): string {
  const text = (site as PrintableSite).toString();
  const file = site.getFileName() ?? '';
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const found = transpiled.get(file);
  if (!found || line === null || column === null) return text;
  const entry = found.map.findEntry(line - 1 - found.linesBefore, column - 1);
  if (!('originalLine' in entry)) return text;
  const { originalLine, originalColumn } = entry;
  const [source = ''] = found.map.payload.sourcesContent;
  const before = source.split('\n')[originalLine]?.slice(0, originalColumn + 1) ?? '';
  // A call of an import, `(0, module.f)(...)` once transpiled, is placed behind the name.
  const name = /([\w$]+)[(<]$/.exec(before)?.[1] ?? '';
  const written = `${file}:${originalLine + 1}:${originalColumn + 1 - name.length}`;
  return text.replace(`${file}:${line}:${column}`, () => written);
}
