import * as v from 'valibot';

/** One name on an axis of the strategies, and what it makes of its settings. */
export interface Choice<T> {
  readonly name: string;
  /** What `strategies.<name>` of an experiment may hold; it fills in the defaults. */
  readonly settings: v.GenericSchema;
  /** Makes it with declared settings, which have been checked; undefined stands for none. */
  create(declared: unknown): T;
}

/** Declares a name of an axis; `settings` takes `{}`. */
export function choice<S extends v.GenericSchema, T>(
  name: string,
  settings: S,
  create: (settings: v.InferOutput<S>) => T,
): Choice<T> {
  return { name, settings, create: (declared) => create(v.parse(settings, declared ?? {})) };
}
