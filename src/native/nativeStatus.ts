import { UserError, userErrorText } from '../protocol/userError.ts';
import { readInstallation, type Installation } from './installation.ts';
import { tryAddon } from './tryAddon.ts';

/** What `auto` finds of the native backend, and why it is or is not used. */
export interface NativeStatus {
  readonly folder: string;
  /** `absent`: nothing is installed. `unusable`: something is, but `reason` says what is wrong. */
  readonly state: 'absent' | 'usable' | 'unusable';
  readonly installation: Installation | null;
  readonly reason: string | null;
}

/** Looks at the installation in a folder and loads it in a process of its own. */
export async function nativeStatus(folder: string, probe: string): Promise<NativeStatus> {
  let installation: Installation | null = null;
  try {
    installation = readInstallation(folder);
    if (installation === null) return { folder, state: 'absent', installation, reason: null };
    await tryAddon(folder, probe, new AbortController().signal);
    return { folder, state: 'usable', installation, reason: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { folder, state: 'unusable', installation, reason: userErrorText(error) };
  }
}
