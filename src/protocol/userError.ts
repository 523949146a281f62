/** A place in a file of the user's; `line` and `column` count from 1. */
export interface SourcePosition {
  /** Relative to the project root with forward slashes when recorded in a run, absolute in errors. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a {@link UserError} may carry besides its one sentence. */
export interface UserErrorDetails {
  /** How to mend it, as a sentence. */
  readonly hint?: string;
  /** Where it stands, if the thrower knows. */
  readonly location?: SourcePosition;
  /** The field of the experiment at fault, outermost first: `['domains', 'real', 'data']`. */
  readonly field?: readonly string[];
  /** Set where a disk, a quota or a file is full: once there is room, a run may go on. */
  readonly full?: true;
}

/**
 * An error that the user can mend: `message` is one clear sentence that says what and where.
 * Everything else that is thrown counts as a bug and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    message: string,
    readonly details: UserErrorDetails = {},
  ) {
    super(message);
  }
}

/** Writes an error on one line for people: what is wrong, and how to mend it where that is known. */
export function userErrorText({ message, details }: UserError): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  const text = details.hint === undefined ? sentence : `${sentence} ${details.hint}`;
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** An error as it crosses a process border. */
export type SerializedError =
  | { readonly kind: 'user'; readonly message: string; readonly details: UserErrorDetails }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string };

/** Prepares any thrown value for another process. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof UserError) {
    return { kind: 'user', message: error.message, details: error.details };
  }
  const wrapped = error instanceof Error ? error : new Error(String(error));
  return { kind: 'bug', message: wrapped.message, stack: wrapped.stack ?? wrapped.message };
}

/** Restores what {@link serializeError} made. */
export function deserializeError(error: SerializedError): Error {
  if (error.kind === 'user') return new UserError(error.message, error.details);
  const bug = new Error(error.message);
  bug.stack = error.stack;
  return bug;
}
