/** A choice on the adaptation axis: what is changed after training, before the test. */
export interface Adaptation {
  readonly name: string;
}
