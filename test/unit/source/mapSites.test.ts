import { describe, expect, it } from 'vitest';
import { mapSites } from '../../../src/source/mapSites.ts';
import type { TextPosition } from '../../../src/source/positions.ts';

/** Where stack frames stand: at the property that is called. */
function frames(source: string, callee = 'batchNormalization'): TextPosition[] {
  return source.split('\n').flatMap((text, index) =>
    [...text.matchAll(new RegExp(callee, 'g'))].map((match) => ({
      line: index + 1,
      column: match.index + 1,
    })),
  );
}

/** `line:how` of each recorded call after the edit. */
function mapped(recorded: string[], current: string[], callee?: string): (string | null)[] {
  const text = recorded.join('\n');
  return mapSites(text, current.join('\n'), frames(text, callee)).map(
    (site) => site && `${site.line}:${site.how}`,
  );
}

const named = (name: string): string => `  tf.layers.batchNormalization({ name: '${name}' }),`;
const anonymous = '  tf.layers.batchNormalization(),';
const dense = '  tf.layers.dense({ units: 3 }),';

describe('mapSites', () => {
  it('maps an unchanged text exactly, to the range of the whole call', () => {
    const text = [named('a'), dense, anonymous].join('\n');
    expect(mapSites(text, text, frames(text))).toEqual([
      { how: 'exact', line: 1, column: 3, endLine: 1, endColumn: 46 },
      { how: 'exact', line: 3, column: 3, endLine: 3, endColumn: 33 },
    ]);
  });

  it('follows untouched calls past lines inserted before or behind them', () => {
    expect(mapped([anonymous, anonymous], ['// new', anonymous, anonymous])).toEqual([
      '2:exact',
      '3:exact',
    ]);
    expect(mapped([anonymous, dense], [anonymous, dense, dense])).toEqual(['1:exact']);
    expect(mapped([dense, anonymous], [named('new'), dense, anonymous])).toEqual(['3:exact']);
  });

  it('maps a call that stands unchanged between two edits exactly', () => {
    expect(mapped(['const a = 1;', anonymous, dense], ['const a = 2;', anonymous, 'x();'])).toEqual(
      ['2:exact'],
    );
  });

  it('finds moved and edited calls by their name', () => {
    expect(
      mapped(
        ['let x = 1;', named('a'), named('b'), 'x;'],
        ['let x = 2;', dense, named('b'), anonymous, named('a'), 'y;'],
      ),
    ).toEqual(['5:name', '3:name']);
  });

  it('falls back to the order when as many calls remain', () => {
    expect(
      mapped(
        ['let x = 1;', anonymous, named('a'), 'x;'],
        ['let x = 2;', dense, anonymous, named('renamed'), 'y;'],
      ),
    ).toEqual(['3:order', '4:order']);
  });

  it('loses unnamed calls when their number changed', () => {
    expect(
      mapped(
        ['let x = 1;', anonymous, anonymous, named('a'), 'x;'],
        ['let x = 2;', anonymous, named('a'), 'y;'],
      ),
    ).toEqual([null, null, '3:name']);
  });

  it('does not take a name that occurs twice for an answer', () => {
    expect(mapped(['1;', named('a'), '1;'], ['2;', dense, named('a'), named('a'), '2;'])).toEqual([
      null,
    ]);
  });

  it('loses a call that was commented out', () => {
    expect(mapped([anonymous, dense], [`// ${anonymous}`, dense])).toEqual([null]);
  });

  it('maps calls of helpers that construct layers', () => {
    const helper = 'const block = () => tf.layers.batchNormalization();';
    expect(
      mapped(
        [helper, 'block(1);', 'block(2);'],
        [helper, '', 'block(1);', 'block(2);'],
        'block\\(',
      ),
    ).toEqual(['3:exact', '4:exact']);
  });

  it('gives null for a position outside any call', () => {
    const text = 'const a = 1;';
    expect(
      mapSites(text, text, [
        { line: 1, column: 1 },
        { line: 99, column: 1 },
      ]),
    ).toEqual([null, null]);
  });
});
