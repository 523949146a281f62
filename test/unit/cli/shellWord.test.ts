import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/cli/shellWord.ts';

describe('shellWord', () => {
  it.each(['.bn-lens/runs/20261122-141503-a+b-s1', '/my runs/a', "it's $HOME", 'a\\b', 'ä'])(
    'is read by a shell as it was: %s',
    (text) => {
      const script = `printf %s ${shellWord(text, 'linux')}`;
      expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(text);
    },
  );

  it('leaves plain paths as they are, and quotes others as Windows does', () => {
    expect(shellWord('.bn-lens/runs/a-s1', 'linux')).toBe('.bn-lens/runs/a-s1');
    expect(shellWord('C:\\runs\\a-s1', 'win32')).toBe('C:\\runs\\a-s1');
    expect(shellWord('C:\\my runs\\a', 'win32')).toBe('"C:\\my runs\\a"');
  });
});
