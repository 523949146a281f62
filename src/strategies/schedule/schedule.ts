/** A choice on the schedule axis: which domains are trained when, and how. */
export interface Schedule {
  readonly name: string;
}
