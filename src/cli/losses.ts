import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { epochAt, totalStepsOf } from '../protocol/phases.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableColumns } from '../protocol/tables.ts';

type Steps = Pick<TableColumns<'steps'>, 'step' | 'domain' | 'loss'>;

/**
 * Averages each labelled domain's losses over every epoch, the last of which may be unfinished.
 * Gives, by domain name, mean cross-entropies in nats; epochs of which no row is known, and those of
 * a phase that trains on other domains, are null. Rows of a step that the run does not have, as a
 * damaged file may hold them, are left out.
 */
export function epochLosses(
  run: Pick<RunFile, 'domains' | 'epochs' | 'stepsPerEpoch' | 'phases'>,
  { step, domain, loss }: Steps,
): Record<string, (number | null)[]> {
  const { domains } = run;
  const sums = domains.map((): { sum: number; count: number }[] => []);
  const totalSteps = totalStepsOf(run);
  step.forEach((at, row) => {
    const epochs = sums[domain[row]!];
    const value = loss[row]!;
    if (epochs === undefined || Number.isNaN(value) || at > totalSteps) return;
    const epoch = epochAt(run, at) - 1;
    while (epochs.length <= epoch) epochs.push({ sum: 0, count: 0 });
    const cell = epochs[epoch]!;
    cell.sum += value;
    cell.count++;
  });
  return Object.fromEntries(
    domains.flatMap(({ name, labelled }, id) =>
      labelled
        ? [[name, (sums[id] ?? []).map(({ sum, count }) => (count === 0 ? null : sum / count))]]
        : [],
    ),
  );
}

/**
 * Condenses the loss of every step and domain, in the order of the rows, to a SHA-256 (hexadecimal)
 * over its 32-bit floats in little-endian order: equal for two runs only if every loss is, bit by bit.
 */
export function lossesSha256({ loss }: Pick<Steps, 'loss'>): string {
  const bytes = Buffer.from(Float32Array.from(loss).buffer);
  return createHash('sha256')
    .update(endianness() === 'LE' ? bytes : bytes.swap32())
    .digest('hex');
}
