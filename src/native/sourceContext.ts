/** What a source may use. */
export interface SourceContext {
  /** Folder of the user's project. */
  readonly workspace: string;
  /** A Python interpreter that the user named. */
  readonly python?: string;
  /** Where the archive is, if not at the official address. */
  readonly url?: string;
  /** SHA-256 of the archive, hexadecimal. */
  readonly sha256?: string;
  /** Folder in which downloads are unpacked; the libraries end up in `tensorflow` in it. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}
