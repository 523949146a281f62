import type { RunDomain } from './run.ts';

/**
 * Tells whether what a domain's validation says takes labels that nobody has who has only those to
 * train on: some training labels are held back, and there are more validation images than labels.
 * A choice by it is an oracle's (Gulrajani & Lopez-Paz, ICLR 2021, section 3).
 */
export function isOracle({
  labelled,
  trainLabels,
  images,
}: Pick<RunDomain, 'labelled' | 'trainLabels' | 'images'>): boolean {
  const known = trainLabels ?? (labelled ? images.train : 0);
  return known < Math.min(images.train, images.validation);
}
