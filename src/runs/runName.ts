import { basename } from 'node:path';

/** Names a run: `YYYYMMDD-HHMMSS-<experiment>-<strategy>-s<seed>`, in local time. */
export function runName(created: Date, experiment: string, strategy: string, seed: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${created.getFullYear()}${two(created.getMonth() + 1)}${two(created.getDate())}`;
  const time = `${two(created.getHours())}${two(created.getMinutes())}${two(created.getSeconds())}`;
  const stem = basename(experiment).replace(/(\.bn)?\.[^.]*$/, '');
  return `${day}-${time}-${fileSafe(stem)}-${fileSafe(strategy)}-s${seed}`;
}

function fileSafe(text: string): string {
  return text.replace(/[^\p{L}\p{N}.+_-]/gu, '-');
}
