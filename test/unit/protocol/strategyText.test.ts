import { expect, test } from 'vitest';
import { strategyText } from '../../../src/protocol/strategyText.ts';

test.each([
  [undefined, 'shared'],
  [{ forward: 'concatenated', layers: {} }, 'shared'],
  [{ forward: 'per-domain', layers: {} }, 'shared (one pass per domain)'],
  [
    { forward: 'per-domain', layers: { bn1: 'separate', bn2: 'group' } },
    'shared (one pass per domain, bn1: separate, bn2: group)',
  ],
] as const)('what departs from the name is said: %o', (normalization, text) => {
  expect(strategyText({ strategy: 'shared', ...(normalization && { normalization }) })).toBe(text);
});

test('an oracle is marked as one', () => {
  const normalization = { forward: 'concatenated', layers: { bn1: 'separate' } } as const;
  expect(strategyText({ strategy: 'shared', oracle: true })).toBe('shared (oracle)');
  expect(strategyText({ strategy: 'shared', normalization, oracle: true })).toBe(
    'shared (bn1: separate, oracle)',
  );
  expect(strategyText({ strategy: 'shared', oracle: false })).toBe('shared');
});
