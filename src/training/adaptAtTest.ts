import type { LoadedDomain } from '../data/domains.ts';
import type { BatchContext } from '../nn/batchContext.ts';
import type { RunSummary, SplitMetrics } from '../protocol/events.ts';
import { SPLITS, type Split } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { writeCheckpoint } from '../runs/checkpoint.ts';
import type { RecordedEvent } from '../recording/protocol.ts';
import type { Adaptation } from '../strategies/adaptation/adaptation.ts';
import type { TrainedNetwork } from '../strategies/adaptation/layerMoments.ts';
import { targetImages } from '../strategies/adaptation/targetImages.ts';
import { breathe } from './breathe.ts';
import { mcNemarP } from '../stats/mcNemar.ts';
import { evaluatePart } from './evaluate.ts';
import { assignWeights, weightArrays } from './modelWeights.ts';

/** From here on chance does not explain that fewer images are classified rightly. */
const LEVEL = 0.05;

/** What it takes to adapt the chosen weights to each real domain before its closing evaluation. */
export interface TestAdaptation {
  /** Null leaves the weights as they are. */
  readonly adaptation: Adaptation | null;
  readonly network: TrainedNetwork;
  readonly domains: readonly LoadedDomain[];
  readonly batchSize: number;
  /** The run directory. */
  readonly directory: string;
  readonly record: (event: RecordedEvent) => void;
}

/**
 * Adapts the network to one real domain after the other, each time from the same weights, keeps the
 * adapted ones and measures the domain with them. The weights end as they began. Returns the
 * summary with what was measured; what it held so far becomes `unadapted`.
 */
export async function adaptAtTest(
  { adaptation, network, domains, batchSize, directory, record }: TestAdaptation,
  summary: RunSummary,
): Promise<RunSummary> {
  if (adaptation === null) return summary;
  const { model, context } = network;
  const { weights } = model;
  const trained = weightArrays(weights);
  const metrics = { ...summary.metrics };
  for (const [domain, { name, kind, parts }] of domains.entries()) {
    if (kind !== 'real') continue;
    const { validation } = parts;
    const before = new Uint8Array(validation.length);
    await evaluatePart(model, context, domain, validation, batchSize, goOn, before);
    const target = targetImages(parts.train, domain, batchSize, adaptation.images);
    const adapted = await adaptation.adapt(network, target);
    const file = writeCheckpoint(directory, `adapted-${domain}`, {
      json: { domain: name, adaptation: adaptation.name },
      arrays: weightArrays(weights),
    });
    const { step, epoch } = summary;
    const images = target.images.length;
    record({ type: 'adaptation', step, domain, name: adaptation.name, images, file, ...adapted });
    const own: Partial<Record<Split, SplitMetrics>> = {};
    const after = new Uint8Array(validation.length);
    for (const split of SPLITS) {
      const isJudge = split === 'validation';
      const right = isJudge ? after : undefined;
      const part = parts[split];
      const measured = await evaluatePart(model, context, domain, part, batchSize, goOn, right);
      if (measured === null) continue;
      own[split] = measured;
      const place = { step, epoch, domain, split, final: true, adapted: true } as const;
      record({ type: 'eval', ...place, ...measured, ...(isJudge && changes(before, after)) });
    }
    warnOfLoss(adaptation.name, name, changes(before, after), before.length, record);
    metrics[name] = own;
    assignWeights(weights, trained, file);
  }
  return { ...summary, metrics, unadapted: summary.metrics };
}

/** An evaluation that began is brought to its end. */
async function goOn(): Promise<boolean> {
  await breathe();
  return true;
}

interface Changes {
  /** Images that are classified rightly only with, and only without the adaptation. */
  readonly gained: number;
  readonly lost: number;
}

function changes(before: Uint8Array, after: Uint8Array): Changes {
  let gained = 0;
  let lost = 0;
  before.forEach((was, image) => {
    if (after[image]! > was) gained++;
    if (after[image]! < was) lost++;
  });
  return { gained, lost };
}

/** Validation images are not what it learned from, nor what the test is about. */
function warnOfLoss(
  adaptation: string,
  domain: string,
  { gained, lost }: Changes,
  images: number,
  record: TestAdaptation['record'],
): void {
  const p = mcNemarP(gained, lost);
  if (p > LEVEL) return;
  record({
    type: 'warning',
    code: 'adaptation-hurts',
    message: `${adaptation} makes ${lost} of ${domain}'s ${images} validation images wrong and ${gained} right (p = ${p.toPrecision(2)})`,
  });
}

/** Throws a UserError if a strategy adapts to real images, and there is no real domain. */
export function requireTarget(
  strategy: { readonly adaptation: Adaptation | null },
  domains: readonly LoadedDomain[],
): void {
  const { adaptation } = strategy;
  if (adaptation === null || domains.some(({ kind }) => kind === 'real')) return;
  throw new UserError(`${adaptation.name} adapts to real images, but no domain is real`, {
    hint: "Give a domain the kind 'real', or leave it out of the strategy.",
    field: ['domains'],
  });
}

/** Throws a UserError if a strategy replaces statistics, and no layer has any. */
export function requireStatistics(
  strategy: { readonly adaptation: Adaptation | null },
  { layers }: BatchContext,
): void {
  const { adaptation } = strategy;
  if (adaptation === null || layers.some(({ hasMovingStatistics }) => hasMovingStatistics)) return;
  throw new UserError(
    `${adaptation.name} replaces statistics, but every layer normalizes each image with its own`,
    { hint: 'Leave it out of the strategy, or choose another normalization than group.' },
  );
}
