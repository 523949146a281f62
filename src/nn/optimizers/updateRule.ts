/** How an optimizer changes one weight; arrays are flat and of the weight's size. */
export interface UpdateRule {
  /** Names of the arrays that are kept between steps, zero at first. */
  readonly slots: readonly string[];
  /**
   * Takes one step in place. `slots` are in the order of their names; `step` counts the weight's
   * own steps from 1; `decays` tells whether weight decay applies to this weight.
   */
  update(
    weight: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    step: number,
    decays: boolean,
  ): void;
}
