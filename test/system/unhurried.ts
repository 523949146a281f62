/** The environment variable that makes training take its time. */
export const UNHURRIED = 'UNHURRIED';

/**
 * Gives the last layer of an experiment a constraint that takes 20 ms a step while {@link UNHURRIED}
 * is set: however fast the machine, a test can then reach into the training. What is trained is the
 * same either way.
 */
export function unhurried(experiment: string): string {
  return `${experiment.replace('units: classes', 'units: classes, kernelConstraint: constraint()')}
function constraint() {
  const unitNorm = tf.constraints.unitNorm({});
  const apply = unitNorm.apply.bind(unitNorm);
  unitNorm.apply = (weights) => {
    const milliseconds = process.env['${UNHURRIED}'] ? 20 : 0;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    return apply(weights);
  };
  return unitNorm;
}
`;
}
