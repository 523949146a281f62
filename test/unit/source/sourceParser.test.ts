import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SourceParser } from '../../../src/source/sourceParser.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TEXT = 'export default { train: tf.layers.batchNormalization() };';

let directory: string;
let worker: string;
let parser: SourceParser | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bn-lens-source-'));
  worker = join(directory, 'worker.js');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/source/worker.ts'],
    outfile: worker,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

afterEach(() => {
  parser?.dispose();
});

describe('SourceParser', () => {
  it('answers questions that are asked at once', async () => {
    parser = new SourceParser(worker);
    const [field, calls, sites] = await Promise.all([
      parser.locateField(TEXT, ['train']),
      parser.batchNormalizationCalls(TEXT),
      parser.mapSites(TEXT, `\n${TEXT}`, [{ line: 1, column: 35 }]),
    ]);
    expect(field).toEqual({ line: 1, column: 18, endLine: 1, endColumn: 23 });
    expect(calls).toEqual([{ line: 1, column: 25, endLine: 1, endColumn: 55 }]);
    expect(sites).toEqual([{ how: 'exact', line: 2, column: 25, endLine: 2, endColumn: 55 }]);
  });

  it('starts again after it went idle', async () => {
    parser = new SourceParser(worker, 1);
    await parser.locateField(TEXT, ['train']);
    await setTimeout(20);
    await expect(parser.locateField(TEXT, ['train'])).resolves.toMatchObject({ column: 18 });
  });

  it('rejects open questions when it is disposed', async () => {
    parser = new SourceParser(worker);
    const answer = parser.batchNormalizationCalls(TEXT);
    parser.dispose();
    await expect(answer).rejects.toThrow('disposed');
  });

  it('rejects what it asked of a thread that crashed', async () => {
    const broken = join(directory, 'broken.js');
    writeFileSync(broken, "throw new Error('no parser here');");
    parser = new SourceParser(broken);
    await expect(parser.batchNormalizationCalls(TEXT)).rejects.toThrow('no parser here');
  });

  it('rejects a question that the parser fails on and goes on', async () => {
    parser = new SourceParser(worker);
    await expect(parser.locateField(undefined as unknown as string, [])).rejects.toThrow();
    await expect(parser.locateField(TEXT, [])).resolves.not.toBeNull();
  });
});
