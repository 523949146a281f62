import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SourceParser } from '../../../src/source/sourceParser.ts';
import { bundled } from '../bundled.ts';
import { temporaryFolder } from '../runs/folders.ts';

const TEXT = 'export default { train: tf.layers.batchNormalization() };';

const worker = bundled('src/source/worker.ts');
let parser: SourceParser | undefined;

afterEach(() => {
  parser?.dispose();
});

describe('SourceParser', () => {
  it('answers questions that are asked at once', async () => {
    parser = new SourceParser(worker());
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
    parser = new SourceParser(worker(), 1);
    await parser.locateField(TEXT, ['train']);
    await setTimeout(20);
    await expect(parser.locateField(TEXT, ['train'])).resolves.toMatchObject({ column: 18 });
  });

  it('rejects open questions when it is disposed', async () => {
    parser = new SourceParser(worker());
    const answer = parser.batchNormalizationCalls(TEXT);
    parser.dispose();
    await expect(answer).rejects.toThrow('disposed');
  });

  it('rejects what it asked of a thread that crashed', async () => {
    const broken = join(temporaryFolder(), 'broken.js');
    writeFileSync(broken, "throw new Error('no parser here');");
    parser = new SourceParser(broken);
    await expect(parser.batchNormalizationCalls(TEXT)).rejects.toThrow('no parser here');
  });

  it('rejects a question that the parser fails on and goes on', async () => {
    parser = new SourceParser(worker());
    await expect(parser.locateField(undefined as unknown as string, [])).rejects.toThrow();
    await expect(parser.locateField(TEXT, [])).resolves.not.toBeNull();
  });
});
