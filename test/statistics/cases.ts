import type { Case } from './case.ts';
import { CLEARINGS } from './clearings.ts';
import { NULLS } from './nulls.ts';
import { GRID, TARGETS } from './powers.ts';

export const CASES: readonly Case[] = [...TARGETS, ...GRID, ...CLEARINGS, ...NULLS];
