import { expect, test, vi } from 'vitest';
import { noteAuthor } from '../../../src/runs/notes.ts';

vi.mock('node:os', () => ({
  userInfo: () => {
    throw new Error('ENOENT: no such user');
  },
}));

test('a user without an account, as in a container, can sign notes', () => {
  vi.stubEnv('USER', 'ada');
  expect(noteAuthor()).toBe('ada');
  vi.stubEnv('USER', undefined);
  expect(noteAuthor()).toBe('unknown');
  vi.unstubAllEnvs();
});
