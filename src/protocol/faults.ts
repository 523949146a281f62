/** A warning asks to be mended; information says what may be left as it is. */
export type FaultSeverity = 'warning' | 'information';

/** The rules beside the flags; docs/run-format.md has their thresholds, sources and remedies. */
const SEVERITIES = {
  'not-finite': 'warning',
  'dead-channels': 'warning',
  'exploding-activations': 'warning',
  'vanishing-activations': 'warning',
  'exploding-gradients': 'warning',
  'vanishing-gradients': 'warning',
  'starved-branch': 'warning',
  'batch-too-small': 'warning',
  'statistics-lag': 'warning',
  'frozen-statistics-move': 'warning',
  'dropout-before-norm': 'warning',
  'bias-before-norm': 'information',
  'redundant-beta': 'information',
  'gamma-collapse': 'warning',
  'synthetic-overfitting': 'warning',
  'discriminator-winning': 'warning',
  'discriminator-dead': 'warning',
  'oracle-selection': 'warning',
} as const satisfies Readonly<Record<string, FaultSeverity>>;

export type FaultCode = keyof typeof SEVERITIES;

/** What a rule found wrong with the net or its training, once per place. */
export interface FaultEvent {
  readonly type: 'fault';
  readonly code: FaultCode;
  /** After which it was found; 0 for what was known before the first. */
  readonly step: number;
  /** Absent where the fault is not one layer's, or not one domain's. */
  readonly site?: number;
  readonly domain?: number;
  /** Index into `alignments` of run.json, of a fault of a loss that aligns the domains. */
  readonly term?: number;
  /** One sentence, without its full stop, that names layer, domain and numbers. */
  readonly message: string;
  /** How to mend it. */
  readonly hint: string;
  /** What was measured, and from where on it is a fault; in the unit that the rule documents. */
  readonly value?: number;
  readonly threshold?: number;
}

/** Tells how grave a fault is; one that a later version knows counts as a warning. */
export function faultSeverity({ code }: Pick<FaultEvent, 'code'>): FaultSeverity {
  const severities: Readonly<Partial<Record<string, FaultSeverity>>> = SEVERITIES;
  return severities[code] ?? 'warning';
}
