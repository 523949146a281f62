/**
 * How the conductor speaks with the processes that it compares, some of which are Python: one JSON
 * object a line, requests on their standard input, replies on their standard output.
 */

/** Asks for steps. One more is taken before the clock starts: others have had the caches. */
export interface StepsRequest {
  readonly steps: number;
}

/** What a contender says when it has opened, then in answer to each request. */
export type ContenderReply =
  | { readonly type: 'ready'; readonly versions: Readonly<Record<string, string>> }
  /** It cannot run on this machine. */
  | { readonly type: 'unavailable'; readonly reason: string }
  /** It took `steps` steps, at least as many as asked for, in `ms`. */
  | { readonly type: 'took'; readonly steps: number; readonly ms: number };
