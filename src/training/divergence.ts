import { UserError } from '../protocol/userError.ts';

/**
 * Throws a UserError if a loss, in nats, is NaN or infinite; `name` is what its sentence calls it
 * and `step` the step at which it was measured.
 */
export function refuseDivergence(loss: number, name: string, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new UserError(`the ${name} became ${loss} at step ${step}`, {
    hint: 'Lower the learning rate, or check that the images are rescaled.',
  });
}
