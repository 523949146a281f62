import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileFailure } from '../../../src/runs/fileFailure.ts';
import { makeFolder } from '../../../src/runs/makeFolder.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { temporaryFolder } from './folders.ts';
import { INIT } from './rows.ts';

describe('makeFolder', () => {
  it('makes all that is missing, and leaves what is there', () => {
    const folder = join(temporaryFolder(), 'a', 'b', 'c');
    makeFolder(folder);
    makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it('says that a part of the path is a file', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => RunWriter.create(file, INIT)).toThrow(
      `Cannot write "${file}": a part of its path is no folder.`,
    );
  });

  it.runIf(existsSync('/proc/self'))('ends where no folder can be made', () => {
    expect(() => RunWriter.create('/proc/bn-lens', INIT)).toThrow(
      /^Cannot make "\/proc\/bn-lens": /,
    );
  });
});

describe('fileFailure', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ['EROFS', 'Cannot write "a": the file system is read-only.'],
    ['EISDIR', 'Cannot write "a": it is a folder.'],
    ['ENOENT', 'Cannot write "a": its folder does not exist.'],
  ])('says why a file cannot be written: %s', (code, sentence) => {
    expect(fileFailure(failure(code), 'write', 'a').message).toBe(sentence);
  });

  it('marks what may go on once there is room, and promises no resumption', () => {
    expect(fileFailure(failure('ENOSPC'), 'write', 'a')).toMatchObject({
      details: { hint: 'Free some space.', full: true },
    });
  });
});
