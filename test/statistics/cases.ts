import type { Case } from './case.ts';
import { NULLS } from './nulls.ts';
import { GRID, TARGETS } from './powers.ts';

export const CASES: readonly Case[] = [...NULLS, ...TARGETS, ...GRID];
