/** A strategy to try next. */
export interface Advice {
  /** What `--strategy` takes. */
  readonly strategy: string;
  /** What was measured that speaks for it, with numbers: sentences. */
  readonly reason: string;
  /** Who proposed it for such a case. */
  readonly source: string;
}
