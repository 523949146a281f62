import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTrainer, type TrainerProcess } from '../../../src/process/trainerProcess.ts';
import { UserError } from '../../../src/protocol/userError.ts';

const FAKE_TRAINER = join(import.meta.dirname, '../../fixtures/process/fakeTrainer.cjs');

const started: TrainerProcess[] = [];

function start(behaviour: string, onLog?: (line: unknown) => void): TrainerProcess {
  const trainer = startTrainer({
    trainer: FAKE_TRAINER,
    request: {
      type: 'train',
      experiment: behaviour,
      strategy: 'shared',
      seed: 1,
      backend: 'auto',
      out: '/runs/one',
    },
    detached: false,
    ...(onLog && { onLog }),
  });
  started.push(trainer);
  return trainer;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const trainer of started.splice(0)) {
    trainer.kill();
    await trainer.exited;
  }
});

describe('startTrainer', () => {
  it('resolves to the run directory and passes on printed lines', async () => {
    const onLog = vi.fn();
    const trainer = start('ready', onLog);
    await expect(trainer.ready).resolves.toBe('/runs/one');
    expect(onLog).toHaveBeenCalledWith({ level: 'info', text: 'hello' });

    trainer.kill();
    await expect(trainer.exited).resolves.toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('rejects with the error that the trainer refused the request with', async () => {
    const trainer = start('refuse');
    await expect(trainer.ready).rejects.toThrow(
      new UserError('No such field.', { field: ['domains'] }),
    );
    await expect(trainer.exited).resolves.toMatchObject({ code: 0 });
  });

  it('rejects with the end of the output when the process ends first', async () => {
    await expect(start('crash').ready).rejects.toThrow(/SIGABRT[^]*native library: out of luck/);
    await expect(start('leave').ready).rejects.toThrow(/before the run began: exit code 3\./);
  });

  it('leaves nothing in the directory for temporary files', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bn-lens-test-'));
    vi.stubEnv('TMPDIR', directory);
    await start('leave').exited;
    expect(readdirSync(directory)).toEqual([]);
  });
});
