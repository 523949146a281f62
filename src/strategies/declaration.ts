/** No settings. */
type None = Readonly<Record<string, never>>;

/** Settings of the strategies, by name; each has its defaults. */
export interface StrategiesDeclaration {
  readonly shared?: None;
  readonly separate?: None;
}
