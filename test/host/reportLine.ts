/** Begins each line of the suite's report, among all that an extension host logs. */
export const HOST_SUITE_LINE = '[host suite] ';
