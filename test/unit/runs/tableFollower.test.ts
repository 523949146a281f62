import { expect, test } from 'vitest';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { TableFollower } from '../../../src/runs/tableFollower.ts';
import { temporaryFolder } from './folders.ts';
import { INIT, stepRow } from './rows.ts';

test.each([0, 1])(
  'a reader that skips to a step loses no row after it, though batches end within steps (%i)',
  async (surplus) => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    const rows = 400 + surplus;
    for (let row = 2; row < rows + 2; row++) {
      writer.append('steps', stepRow(row >> 1, row & 1));
      writer.event({ type: 'heartbeat', step: row >> 1, epoch: 1 });
    }
    writer.close();
    for (let after = 0; after <= 200; after++) {
      const follower = new TableFollower(writer.directory, 'steps', 1, 0);
      await follower.skipTo(after);
      const steps = (await follower.poll()).flatMap((batch) => [...(batch.get('step') ?? [])]);
      const wanted = steps.filter((step) => step > after);
      expect(wanted).toHaveLength(Math.max(0, rows - 2 * after));
    }
  },
);
