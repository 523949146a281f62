import fs from 'node:fs';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../src/runs/checkpoint.ts';
import { temporaryFolder } from './folders.ts';

const CHECKPOINT = {
  json: { step: 7, logE: 0.1 + 0.2, tiny: 5e-324, name: 'größer' },
  arrays: {
    'conv/kernel': Float32Array.of(1.5, -0, Infinity, 1e-45),
    bytes: Uint8Array.of(1, 2, 255),
    'adam/m': Float64Array.of(Math.PI, NaN),
    ids: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    empty: new Float32Array(0),
    view: new Float32Array(Float32Array.of(1, 2, 3, 4).buffer, 4, 2),
  },
};

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe('a checkpoint', () => {
  test('comes back bit for bit', () => {
    const run = temporaryFolder();
    const file = writeCheckpoint(run, 'step-7', CHECKPOINT);
    expect(file).toBe('checkpoints/step-7.safetensors');
    expect(readCheckpoint(run, file)).toEqual(CHECKPOINT);
  });

  test('replaces the one of its name whole or not at all', () => {
    const run = temporaryFolder();
    const file = writeCheckpoint(run, 'last', CHECKPOINT);
    vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    });
    syncBuiltinESMExports();
    const next = { json: null, arrays: { a: Float32Array.of(1) } };
    expect(() => writeCheckpoint(run, 'last', next)).toThrow(/: the disk is full\.$/);
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    expect(readdirSync(join(run, 'checkpoints'))).toEqual(['last.safetensors']);
    expect(readCheckpoint(run, file)).toEqual(CHECKPOINT);
    writeCheckpoint(run, 'last', next);
    expect(readCheckpoint(run, file)).toEqual(next);
  });

  test.each([0, 4, 40, 200, 400])('cut short at %i bytes is reported as damaged', (length) => {
    const run = temporaryFolder();
    const file = join(run, writeCheckpoint(run, 'step-7', CHECKPOINT));
    const whole = readFileSync(file);
    expect(whole.length).toBeGreaterThan(400);
    writeFileSync(file, whole.subarray(0, length));
    expect(() => readCheckpoint(run, 'checkpoints/step-7.safetensors')).toThrow(
      `The checkpoint "${file}" is damaged.`,
    );
  });

  test('does not bring back a run that was deleted', () => {
    const run = join(temporaryFolder(), 'run');
    expect(() => writeCheckpoint(run, 'step-7', CHECKPOINT)).toThrow(
      `The folder of the run is gone: "${run}".`,
    );
    expect(fs.existsSync(run)).toBe(false);
  });

  test('that is missing is reported', () => {
    const run = temporaryFolder();
    expect(() => readCheckpoint(run, 'checkpoints/none')).toThrow(
      `The checkpoint "${join(run, 'checkpoints/none')}" is missing.`,
    );
  });
});
