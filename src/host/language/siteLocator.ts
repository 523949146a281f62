import { join } from 'node:path';
import * as vscode from 'vscode';
import type { SourcePosition } from '../../protocol/userError.ts';
import type { MappedSite, MappingConfidence } from '../../source/mapSites.ts';
import type { SourceParser } from '../../source/sourceParser.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { currentText, toRange } from '../sourceText.ts';

/** Where a call that a run recorded stands now. */
export interface LocatedCall {
  readonly location: vscode.Location;
  readonly how: MappingConfidence;
}

interface MappedFile {
  readonly directory: string;
  readonly text: string;
  readonly sites: Promise<ReadonlyMap<string, MappedSite>>;
}

/** Finds the calls that a run recorded in the files as they are now, edits included. */
export class SiteLocator {
  /** By file, for the run and the text that were asked for last. */
  readonly #files = new Map<string, MappedFile>();

  constructor(private readonly source: Pick<SourceParser, 'mapSites'>) {}

  /** Locates one frame of one of the run's sites; null where the call or its file is gone. */
  async locate(entry: RunEntry, frame: SourcePosition): Promise<LocatedCall | null> {
    const uri = vscode.Uri.file(join(entry.root, frame.file));
    const text = await currentText(uri);
    if (text === null) return null;
    let mapped = this.#files.get(uri.fsPath);
    if (mapped?.directory !== entry.directory || mapped.text !== text) {
      const sites = this.#map(entry, frame.file, text);
      this.#files.set(uri.fsPath, (mapped = { directory: entry.directory, text, sites }));
      // A parser that failed may do better when it is asked again.
      sites.catch(() => this.#files.delete(uri.fsPath));
    }
    const site = (await mapped.sites).get(keyOf(frame));
    if (site === undefined) return null;
    return { location: new vscode.Location(uri, toRange(site)), how: site.how };
  }

  /** Maps all frames of the run's sites in one file. */
  async #map(
    { run }: RunEntry,
    file: string,
    text: string,
  ): Promise<ReadonlyMap<string, MappedSite>> {
    const recorded = run.modules.find(({ path }) => path === file);
    if (recorded === undefined) return new Map();
    const frames = run.sites.flatMap((site) => site.frames.filter((frame) => frame.file === file));
    const sites = await this.source.mapSites(recorded.text, text, frames);
    return new Map(
      frames.flatMap((frame, i) => {
        const site = sites[i] ?? null;
        return site === null ? [] : [[keyOf(frame), site] as const];
      }),
    );
  }
}

function keyOf({ line, column }: SourcePosition): string {
  return `${line}:${column}`;
}
