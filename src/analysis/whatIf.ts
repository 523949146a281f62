import type { LoadedDomain, Part } from '../data/domains.ts';
import type { SiteLayer } from '../nn/batchContext.ts';
import type {
  DomainWhatIf,
  LayerReplacement,
  Replacement,
  WhatIfReport,
} from '../protocol/whatIf.ts';
import { UserError } from '../protocol/userError.ts';
import { pairedDifference } from '../stats/pairedDifference.ts';
import { runningSkew } from '../stats/skew.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { layerMoments } from '../strategies/adaptation/layerMoments.ts';
import { replaceStatistics, targetOnly } from '../strategies/adaptation/replaceStatistics.ts';
import { targetImages } from '../strategies/adaptation/targetImages.ts';
import type { OpenedRun } from './openRun.ts';
import { predictPart } from './predict.ts';

/**
 * Measures what the trained statistics cost on each real domain: those of one layer at a time, then
 * of all, are replaced by the domain's own, taken from its training images without labels, and the
 * validation images are classified again. Test images are left for the test. The weights end as
 * they began.
 * @throws UserError if no real domain has labelled validation images.
 */
export async function whatIf(opened: OpenedRun): Promise<WhatIfReport> {
  const start = performance.now();
  const judged = opened.data.domains.flatMap((domain, id) =>
    domain.kind === 'real' && (domain.parts.validation.labels?.length ?? 0) > 0
      ? [{ domain, id }]
      : [],
  );
  if (judged.length === 0) {
    throw new UserError(`no real domain of run ${opened.name} has labelled validation images`, {
      hint: 'Give one a validation share in its split and train again: what is chosen by test images cannot be tested on them.',
    });
  }
  if (!opened.context.layers.some(({ hasMovingStatistics }) => hasMovingStatistics)) {
    throw new UserError(`no layer of run ${opened.name} has statistics that could be replaced`, {
      hint: 'Name a run of another normalization than group.',
    });
  }
  const domains: DomainWhatIf[] = [];
  for (const { domain, id } of judged) domains.push(await domainWhatIf(opened, domain, id));
  const seconds = (performance.now() - start) / 1000;
  return { run: opened.name, step: opened.step, domains, seconds };
}

async function domainWhatIf(
  opened: OpenedRun,
  { name, parts }: LoadedDomain,
  id: number,
): Promise<DomainWhatIf> {
  const { batchSize } = opened.experiment.train;
  const target = targetImages(parts.train, id, batchSize);
  const classify = () => correctImages(opened, id, parts.validation, batchSize);
  const trained = await classify();
  const measure = async () => replacement(await classify(), trained);

  const layers: LayerReplacement[] = [];
  const moments = await layerMoments(opened, target);
  const before = new Map([...moments.keys()].map((layer) => [layer, layer.statisticsOf(id)]));
  const restore = (layer: SiteLayer) => {
    layer.replaceStatistics(id, before.get(layer)!);
  };
  for (const [layer, own] of moments) {
    const skew = runningSkew(own, before.get(layer)!);
    layer.replaceStatistics(id, targetOnly(before.get(layer)!, own));
    layers.push({
      layer: layer.name,
      site: layer.sites[0]!,
      meanSkew: finite(skew.mean),
      varianceSkew: finite(skew.variance),
      ...(await measure()),
    });
    restore(layer);
  }
  await replaceStatistics(opened, target, targetOnly);
  const all = await measure();
  [...moments.keys()].forEach(restore);
  return {
    domain: name,
    images: target.images.length,
    trained: { ...accuracyOf(trained), n: trained.length },
    layers: layers.sort((a, b) => b.gain - a.gain),
    all,
  };
}

/** Says of each image of a labelled part whether its largest score is at its label: 1 or 0. */
async function correctImages(
  opened: OpenedRun,
  domain: number,
  part: Part,
  batchSize: number,
): Promise<Uint8Array> {
  const { labels } = part;
  if (labels === null) throw new Error('the part has no labels');
  const scores = await predictPart(opened, domain, part, batchSize);
  const classes = scores.length / labels.length;
  return Uint8Array.from(labels, (label, image) => {
    const own = scores.subarray(image * classes, (image + 1) * classes);
    return own.indexOf(Math.max(...own)) === label ? 1 : 0;
  });
}

function replacement(correct: Uint8Array, before: Uint8Array): Replacement {
  const count = (own: number, other: number) =>
    correct.filter((value, image) => value === own && before[image] === other).length;
  const { difference, low, high } = pairedDifference(count(1, 0), count(0, 1), correct.length);
  return { ...accuracyOf(correct), gain: difference, gainLow: low, gainHigh: high };
}

function accuracyOf(correct: Uint8Array): Pick<Replacement, 'accuracy' | 'low' | 'high'> {
  const successes = correct.reduce((sum, value) => sum + value, 0);
  return { accuracy: successes / correct.length, ...wilsonInterval(successes, correct.length) };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
