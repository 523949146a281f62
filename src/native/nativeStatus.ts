import { UserError, userErrorText } from '../protocol/userError.ts';
import { digestSources } from './compileAddon.ts';
import { readInstallation, type Installation } from './installation.ts';
import { tryAddon } from './tryAddon.ts';

/** What `auto` finds of the native backend, and why it is or is not used. */
export interface NativeStatus {
  readonly folder: string;
  /** `absent`: nothing is installed. `unusable`: something is, but `reason` says what is wrong. */
  readonly state: 'absent' | 'usable' | 'unusable';
  readonly installation: Installation | null;
  /** Whether a usable addon was compiled from other sources than those of this version. */
  readonly outdated: boolean;
  readonly reason: string | null;
}

/**
 * Looks at the installation in a folder and loads it in a process of its own.
 * @param addonSources - `dist/native`, what an installation of this version compiles.
 * @param probe - Path of dist/nativeProbe.js.
 */
export async function nativeStatus(
  folder: string,
  addonSources: string,
  probe: string,
): Promise<NativeStatus> {
  let installation: Installation | null = null;
  const known = { folder, outdated: false, reason: null };
  try {
    installation = readInstallation(folder);
    if (installation === null) return { ...known, state: 'absent', installation };
    await tryAddon(folder, probe, new AbortController().signal);
    const outdated = installation.addon !== (await digestSources(addonSources));
    return { ...known, state: 'usable', installation, outdated };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...known, state: 'unusable', installation, reason: userErrorText(error) };
  }
}
