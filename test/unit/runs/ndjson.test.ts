import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/protocol/userError.ts';
import { appendControl, ControlReader } from '../../../src/runs/control.ts';
import { addNote } from '../../../src/runs/notes.ts';
import { readRun } from '../../../src/runs/runTailer.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { temporaryFolder } from './folders.ts';
import { INIT } from './rows.ts';

describe('notes', () => {
  test('are read back with the run, whoever wrote them at the same time', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.close();
    const texts = Array.from({ length: 20 }, (_, i) => `note ${i}\nwith a second line`);
    await Promise.all(texts.map((text) => addNote(writer.directory, { author: 'Ada', text })));
    const { notes } = await readRun(writer.directory);
    expect(notes.map(({ text }) => text).sort()).toEqual([...texts].sort());
  });

  test('are read back when they are more, or one is longer, than is read at a time', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.close();
    const lengths = [9, 9, 40, 3].map((megabytes) => megabytes * 1_000_000);
    for (const length of lengths) {
      await addNote(writer.directory, { author: 'Ada', text: 'x'.repeat(length) });
    }
    const { notes, warnings } = await readRun(writer.directory);
    expect(notes.map(({ text }) => text.length)).toEqual(lengths);
    expect(warnings).toEqual([]);
  });

  test('survive a line that another writer left torn', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.close();
    writeFileSync(join(writer.directory, 'notes.ndjson'), '{"t":5,"author":"B');
    await addNote(writer.directory, { author: 'Ada', text: 'whole', step: 3, site: 1 });
    const { notes, warnings } = await readRun(writer.directory);
    expect(notes).toMatchObject([{ author: 'Ada', text: 'whole', step: 3, site: 1 }]);
    expect(warnings).toEqual([expect.stringContaining('notes.ndjson')]);
  });

  test.runIf(process.platform === 'linux')('end in a UserError when the disk is full', async () => {
    const folder = temporaryFolder();
    symlinkSync('/dev/full', join(folder, 'notes.ndjson'));
    const adding = addNote(folder, { author: 'Ada', text: 'lost' });
    await expect(adding).rejects.toThrow(
      new UserError(`Cannot write "${join(folder, 'notes.ndjson')}": the disk is full.`, {
        hint: 'Free some space.',
        full: true,
      }),
    );
  });
});

describe('control', () => {
  test('reaches the trainer in order, each line once', async () => {
    const folder = temporaryFolder();
    const reader = await ControlReader.open(folder);
    expect(await reader.poll()).toEqual([]);
    await appendControl(folder, { type: 'pause', by: 'editor' });
    await appendControl(folder, { type: 'lease', by: 'editor', until: 12 });
    expect(await reader.poll()).toMatchObject([{ type: 'pause', by: 'editor' }, { until: 12 }]);
    await appendControl(folder, { type: 'stop', by: 'cli' });
    expect(await reader.poll()).toMatchObject([{ type: 'stop', by: 'cli' }]);
    expect(await reader.poll()).toEqual([]);
  });

  test('of earlier attempts is over when an attempt begins', async () => {
    const folder = temporaryFolder();
    await appendControl(folder, { type: 'stop', by: 'cli' });
    const reader = await ControlReader.open(folder);
    await appendControl(folder, { type: 'pause', by: 'cli' });
    expect(await reader.poll()).toMatchObject([{ type: 'pause' }]);
  });

  test('waits for the end of a torn line and skips a damaged one', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'control.ndjson');
    const reader = await ControlReader.open(folder);
    writeFileSync(file, '{"t":1,"by":"x","ty');
    expect(await reader.poll()).toEqual([]);
    appendFileSync(file, 'pe":"stop"}\n[3]\nnonsense\n');
    expect(await reader.poll()).toEqual([{ t: 1, by: 'x', type: 'stop' }]);
    expect(readFileSync(file, 'utf8')).toContain('nonsense');
  });
});
