import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { UserError } from '../protocol/userError.ts';

/** Where TensorFlow's libraries may come from, in the order in which they are tried. */
export const SOURCES = ['workspace', 'python', 'pip', 'archive'] as const;

export type SourceName = (typeof SOURCES)[number];

/**
 * Number of what addon and trainer agree on; it grows with every change of the ops' inputs, outputs
 * or attributes. What else changes in them, {@link Installation.addon} tells.
 */
const INTERFACE = 4;

/** How to mend whatever is wrong with an installation. */
export const INSTALL_HINT =
  'Run bn-lens native install, or “BN Lens: Install Native TensorFlow” in the editor.';

const installation = v.object({
  interface: v.number(),
  addon: v.string(),
  source: v.picklist(SOURCES),
  tensorflow: v.string(),
  libraries: v.array(v.string()),
  installed: v.string(),
});

/** What `installation.json` says beside the addon. */
export interface Installation {
  readonly interface: number;
  /** SHA-256 of what the addon was compiled from. */
  readonly addon: string;
  readonly source: SourceName;
  /** TensorFlow's version, as the library itself says. */
  readonly tensorflow: string;
  /** Absolute paths; those of a workspace or a Python environment stay where they are. */
  readonly libraries: readonly string[];
  /** ISO 8601. */
  readonly installed: string;
}

/** Describes a new installation, as {@link readInstallation} reads it. */
export function describeInstallation(known: Omit<Installation, 'interface'>): string {
  return `${JSON.stringify({ interface: INTERFACE, ...known }, null, 2)}\n`;
}

export const INSTALLATION_FILE = 'installation.json';
export const ADDON_FILE = 'tensorflow.node';

export function notInstalled(): UserError {
  return new UserError('The native backend is not installed.', { hint: INSTALL_HINT });
}

/**
 * Reads the installation in a folder; null where there is none.
 * Throws a UserError for one that is damaged or was built for another version of BN Lens.
 */
export function readInstallation(folder: string): Installation | null {
  const file = join(folder, INSTALLATION_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, {
      hint: INSTALL_HINT,
    });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), installation), text);
  if (!parsed.success) {
    throw new UserError(`${file} is damaged`, { hint: INSTALL_HINT });
  }
  if (parsed.output.interface !== INTERFACE) {
    throw new UserError(`${folder} was installed by another version of BN Lens`, {
      hint: INSTALL_HINT,
    });
  }
  return parsed.output;
}
