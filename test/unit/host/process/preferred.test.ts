import { describe, expect, test } from 'vitest';
import { preferred } from '../../../../src/host/process/preferred.ts';

const identity = (item: string): string => item;

describe('preferred', () => {
  test('puts the keys it is given first, in their order', () => {
    expect(preferred(['a', 'b', 'c', 'd'], identity, ['d', 'b'])).toEqual(['d', 'b', 'a', 'c']);
  });

  test('ignores keys that are undefined, unknown or repeated', () => {
    expect(preferred(['a', 'b'], identity, [undefined, 'x', 'b', 'b'])).toEqual(['b', 'a']);
  });
});
