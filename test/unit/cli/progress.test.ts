import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openProgress } from '../../../src/cli/progress.ts';

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 25 });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String(stream.read() ?? ''),
  };
}

describe.each([
  ['a terminal', true],
  ['a pipe', false],
])('progress on %s', (_, isTTY) => {
  it('loses no line that was said just before or after its end', () => {
    const { stream, written } = terminal(isTTY);
    const progress = openProgress(stream);
    progress.say('before\n');
    progress.close();
    progress.say('after');
    progress.close();
    expect(written()).toMatch(/before\n[^]*after\n$/);
  });
});

describe('progress', () => {
  it('draws a bar on a terminal only', () => {
    for (const isTTY of [true, false]) {
      const { stream, written } = terminal(isTTY);
      openProgress(stream).close();
      expect(written().includes('░')).toBe(isTTY);
    }
  });
});
