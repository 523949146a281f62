import type { RunEvent, RunMetrics, SplitMetrics } from '../protocol/events.ts';
import type { FaultEvent } from '../protocol/faults.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableRow } from '../protocol/tables.ts';
import { isOracle } from '../protocol/oracle.ts';
import { readStrategyName, type StrategyName } from '../protocol/strategyName.ts';
import type { DomainWhatIf, WhatIfReport } from '../protocol/whatIf.ts';
import { activeFlags } from '../runs/activeFlags.ts';

/** What a finished run says of one real domain. */
export interface TargetFacts {
  readonly name: string;
  /** Whether any of its training labels was trained on. */
  readonly labelled: boolean;
  /** Whether its validation takes more labels than may be trained on. */
  readonly oracle: boolean;
  /** Training images. */
  readonly images: number;
  /** With the trained statistics; undefined without labelled validation images. */
  readonly validation: SplitMetrics | undefined;
  /** With the strategy's adaptation at test, if it has one. */
  readonly adapted: SplitMetrics | undefined;
  /** Of its validation images, how many that adaptation made right and wrong, if the run says it. */
  readonly changes: { readonly gained: number; readonly lost: number } | undefined;
  /** What other statistics give, once somebody has asked. */
  readonly whatIf: DomainWhatIf | undefined;
  /** Names of the layers where one set of statistics serves it and a domain that differs. */
  readonly mixedLayers: readonly string[];
  /** The latest MMD at the last layer against another domain, the clearest one. */
  readonly mmd: TableRow<'mmd'> | undefined;
  /** Its own, and those that are no domain's. */
  readonly faults: readonly FaultEvent[];
}

/** What advice rests on: all of it was measured in one finished run. */
export interface Facts {
  readonly strategy: StrategyName;
  readonly targets: readonly TargetFacts[];
  /** Validation of the synthetic domain that does best; undefined if none has labels. */
  readonly synthetic: SplitMetrics | undefined;
}

/**
 * Collects the facts of a run from its valid events and the latest MMD of each site and pair; null
 * unless it is finished.
 */
export function factsOf(
  run: RunFile,
  events: readonly RunEvent[],
  mmd: readonly TableRow<'mmd'>[],
  whatIf: WhatIfReport | null,
): Facts | null {
  const ended = events.findLast((event) => event.type === 'ended');
  if (ended?.type !== 'ended' || ended.reason !== 'finished') return null;
  const trained: RunMetrics = ended.unadapted ?? ended.metrics;
  const validationOf = (name: string) => trained[name]?.validation;
  const synthetic = run.domains
    .flatMap(({ name, kind }) => (kind === 'synthetic' ? (validationOf(name) ?? []) : []))
    .sort((a, b) => b.accuracy - a.accuracy);
  return {
    strategy: readStrategyName(run.strategy),
    synthetic: synthetic[0],
    targets: run.domains.flatMap((own, domain) => {
      if (own.kind !== 'real') return [];
      const { name, labelled, images } = own;
      const target: TargetFacts = {
        name,
        labelled,
        oracle: isOracle(own),
        images: images.train,
        validation: validationOf(name),
        adapted: ended.unadapted && ended.metrics[name]?.validation,
        changes: changesOf(events, domain),
        whatIf: whatIf?.domains.find((each) => each.domain === name),
        ...differences(run, events, mmd, domain),
        faults: events
          .filter((event) => event.type === 'fault')
          .filter((fault) => (fault.domain ?? domain) === domain),
      };
      return [target];
    }),
  };
}

function changesOf(events: readonly RunEvent[], domain: number): TargetFacts['changes'] {
  const last = events
    .filter((event) => event.type === 'eval')
    .findLast(
      (event) => event.domain === domain && event.split === 'validation' && event.adapted === true,
    );
  const { gained, lost } = last ?? {};
  return gained === undefined || lost === undefined ? undefined : { gained, lost };
}

/** Where a domain differs from others, by flags and at the last layer by MMD. */
function differences(
  { sites, pairs }: RunFile,
  events: readonly RunEvent[],
  estimates: readonly TableRow<'mmd'>[],
  domain: number,
): Pick<TargetFacts, 'mixedLayers' | 'mmd'> {
  const concerns = ({ pair }: { readonly pair: number }) =>
    pairs[pair]?.a === domain || pairs[pair]?.b === domain;
  const mixed = activeFlags(events).filter((flag) => flag.handling === 'mixed' && concerns(flag));
  const [mmd] = estimates
    .filter((estimate) => estimate.site === sites.length - 1 && concerns(estimate))
    .sort((a, b) => pOf(a) - pOf(b));
  return { mixedLayers: [...new Set(mixed.map(({ site }) => sites[site]?.layer ?? ''))], mmd };
}

/** The p-value of an estimate; 1 where there is none. */
export function pOf({ p }: TableRow<'mmd'>): number {
  return Number.isNaN(p) ? 1 : p;
}
