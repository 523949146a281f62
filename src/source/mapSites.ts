import { listCalls, type Call } from './calls.ts';
import { parse } from './parse.ts';
import { offsetOf, type TextPosition, type TextRange } from './positions.ts';

/**
 * How a recorded call was found again: `exact` when it was not edited, by its `name` literal, or by
 * its `order` among equally many calls of the same function.
 */
export type MappingConfidence = 'exact' | 'name' | 'order';

/** Where a recorded call stands now. */
export interface MappedSite extends TextRange {
  readonly how: MappingConfidence;
}

/**
 * Maps positions of calls in a module as a run recorded it to the module as it is now.
 * Gives one entry for each position: the range of the call, or null where it is lost.
 */
export function mapSites(
  recordedText: string,
  currentText: string,
  positions: readonly TextPosition[],
): (MappedSite | null)[] {
  const recordedFile = parse(recordedText);
  const recorded = listCalls(recordedFile);
  const current = listCalls(parse(currentText));
  const shiftOf = shiftAcrossEdit(recordedText, currentText);

  const locate = (call: Call): MappedSite | null => {
    const before = recorded.filter(({ callee }) => callee === call.callee);
    const after = current.filter(({ callee }) => callee === call.callee);
    const sameCount = before.length === after.length;

    const shift = shiftOf(call);
    const unedited =
      shift === undefined ? undefined : after.find(({ start }) => start === call.start + shift);
    if (unedited !== undefined) return { ...unedited.range, how: 'exact' };

    const text = recordedText.slice(call.start, call.end);
    const unmoved = after.find(
      ({ start, end, range }) =>
        range.line === call.range.line &&
        range.column === call.range.column &&
        currentText.slice(start, end) === text,
    );
    if (unmoved !== undefined && sameCount) return { ...unmoved.range, how: 'exact' };

    const namesake = onlyNamesake(call, before, after);
    if (namesake !== undefined) return { ...namesake.range, how: 'name' };

    const peer = sameCount ? after[before.indexOf(call)] : undefined;
    return peer === undefined ? null : { ...peer.range, how: 'order' };
  };

  return positions.map((position) => {
    const call = innermost(recorded, offsetOf(recordedFile, position));
    return call === undefined ? null : locate(call);
  });
}

/**
 * Compares two texts as one edit in between a common start and a common end. The function returned
 * gives by how much that edit moved a call, undefined for a call that it touched.
 */
function shiftAcrossEdit(before: string, after: string): (call: Call) => number | undefined {
  const shorter = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < shorter && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
  return ({ start, end }) => {
    if (end <= prefix) return 0;
    return start >= before.length - suffix ? after.length - before.length : undefined;
  };
}

function innermost(calls: readonly Call[], offset: number): Call | undefined {
  // Callers come before their arguments, so the last one that holds the offset is the innermost.
  return calls.findLast(({ start, end }) => start <= offset && offset < end);
}

/** The one call of the same name, where that name is unambiguous on both sides. */
function onlyNamesake(
  call: Call,
  before: readonly Call[],
  after: readonly Call[],
): Call | undefined {
  if (call.name === undefined) return undefined;
  const isNamesake = ({ name }: Call): boolean => name === call.name;
  const [namesake, ...others] = after.filter(isNamesake);
  return others.length === 0 && before.filter(isNamesake).length === 1 ? namesake : undefined;
}
