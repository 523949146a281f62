import { execFileSync } from 'node:child_process';

/** Bundles the page before the tests open it. */
export default function buildPanel(): void {
  execFileSync(process.execPath, ['esbuild.mjs', 'panel'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
