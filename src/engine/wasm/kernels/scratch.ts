/** Address of memory for intermediate values; every thread has its own. */
export let scratch: usize = 0;

export function useScratch(address: usize): void {
  scratch = address;
}
