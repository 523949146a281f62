import type { PanelHost } from '../../src/protocol/panel.ts';

/** Something that the page asks to be done, other than to be shown the run. */
export type Deed = Parameters<PanelHost[Exclude<keyof PanelHost, 'hydrate'>]>[0];

/** Asks the host; says on the page what went wrong. Resolves to whether it was done. */
export type Ask = (deed: Deed) => Promise<boolean>;
