import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests of a run one temporary folder to make theirs in, and takes it away with them. */
export function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'bn-lens-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
