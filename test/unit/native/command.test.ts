import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../../src/native/command.ts';

const reason = (...lines: string[]) => new CommandFailure(false, lines.join('\n'), 'exit 1').reason;

describe('why a command failed is', () => {
  // Written by pip 23.2.1 that could not reach its index.
  const retries = [1, 0].map(
    (left) =>
      `WARNING: Retrying (Retry(total=${left}, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7ff841026ed0>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/tensorflow-cpu/`,
  );
  const missing =
    'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from versions: none)';

  it("pip's error, not one of its retries", () => {
    const looking = 'Looking in indexes: http://127.0.0.1:9/simple';
    const unmatched = 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0';
    expect(reason(looking, ...retries, missing, unmatched)).toBe(missing);
  });

  it('the exception below an announcement of it', () => {
    expect(
      reason(
        ...retries,
        'ERROR: Exception:',
        'Traceback (most recent call last):',
        '  File "pip/_vendor/urllib3/response.py", line 438, in _error_catcher',
        '    yield',
        'TimeoutError: The read operation timed out',
        '',
      ),
    ).toBe('TimeoutError: The read operation timed out');
  });

  it("a compiler's first error, not the includes before it", () => {
    expect(
      reason(
        'In file included from error_codes.h:1,',
        'addon.cc:3:10: fatal error: no_such.h: No such file or directory',
        'compilation terminated.',
      ),
    ).toBe('addon.cc:3:10: fatal error: no_such.h: No such file or directory');
  });

  it('the last line where none is an error, and else how it ended', () => {
    expect(reason('one', 'zipfile.BadZipFile: File is not a zip file', '')).toBe(
      'zipfile.BadZipFile: File is not a zip file',
    );
    expect(reason('WARNING: this is one', '')).toBe('exit 1');
  });
});
