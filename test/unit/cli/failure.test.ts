import { describe, expect, it } from 'vitest';
import { describeUserError } from '../../../src/cli/failure.ts';
import { UserError } from '../../../src/protocol/userError.ts';

describe('describeUserError', () => {
  it('says where, what and how to mend it on one line', () => {
    const error = new UserError('domains.real.data: folder "x"\nhas no images', {
      location: { file: '/project/a.bn.ts', line: 3, column: 7 },
      hint: 'Put png or jpeg files into it.',
    });
    expect(describeUserError(error, '/project')).toBe(
      'a.bn.ts:3:7: domains.real.data: folder "x" has no images. Put png or jpeg files into it.',
    );
  });

  it('keeps the whole path of a file outside the working directory', () => {
    const error = new UserError('Wrong!', {
      location: { file: '/other/a.bn.ts', line: 1, column: 1 },
    });
    expect(describeUserError(error, '/project')).toBe('/other/a.bn.ts:1:1: Wrong!');
  });
});
