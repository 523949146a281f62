import * as vscode from 'vscode';
import {
  STARTING_POINTS,
  STRATEGY_AXES,
  type StrategyAxis,
  type StrategyChoice,
} from '../../protocol/strategies.ts';
import { readStrategyName } from '../../protocol/strategyName.ts';
import { preferred } from './preferred.ts';

/** An entry that puts names into a strategy. */
interface NamesItem extends vscode.QuickPickItem {
  readonly names: readonly string[];
}

/**
 * Lets the user pick a starting point, `last`, the strategy picked before, first, or compose a
 * strategy. Returns its name; undefined if the user changes their mind.
 */
export async function pickStrategy(last: string | undefined): Promise<string | undefined> {
  const compose = {
    label: vscode.l10n.t('Compose…'),
    detail: vscode.l10n.t('Choose BatchNorm, alignments, schedule and adaptation one by one'),
  };
  const picked = await vscode.window.showQuickPick([...offered(last), compose], {
    title: vscode.l10n.t('Train with BN Strategy (2/2)'),
    placeHolder: vscode.l10n.t('BatchNorm strategy'),
    matchOnDetail: true,
  });
  return picked === compose ? await composeStrategy() : picked?.label;
}

/** The starting points, and what was composed last. */
function offered(last: string | undefined): vscode.QuickPickItem[] {
  const items = STARTING_POINTS.map(itemOf);
  const isComposed = last !== undefined && !items.some(({ label }) => label === last);
  const composed = { label: last ?? '', detail: vscode.l10n.t('Composed before') };
  return preferred([...items, ...(isComposed ? [composed] : [])], ({ label }) => label, [last]);
}

/** Asks axis by axis; on those with a default nothing need be named. */
async function composeStrategy(): Promise<string | undefined> {
  const joint = {
    label: vscode.l10n.t('Joint'),
    detail: vscode.l10n.t('All domains at once'),
    names: [],
  };
  const none = {
    label: vscode.l10n.t('None'),
    detail: vscode.l10n.t('Test with the trained statistics'),
    names: [],
  };
  const answers = [
    () => pickOne(1, vscode.l10n.t('How BatchNorm treats the domains'), items('normalization')),
    () => pickSeveral(2, vscode.l10n.t('What draws the domains together'), items('alignment')),
    () =>
      pickOne(3, vscode.l10n.t('Which domains are trained when'), [joint, ...items('schedule')]),
    () =>
      pickOne(4, vscode.l10n.t('What is adapted before the test'), [none, ...items('adaptation')]),
  ];
  const names: string[] = [];
  for (const answer of answers) {
    const chosen = await answer();
    if (chosen === undefined) return undefined;
    names.push(...chosen);
  }
  return readStrategyName(names.join('+')).name;
}

function items(axis: StrategyAxis): NamesItem[] {
  const choices: readonly StrategyChoice[] = STRATEGY_AXES[axis];
  return choices.map((choice) => ({ ...itemOf(choice), names: [choice.name] }));
}

function itemOf({ name, description }: StrategyChoice): vscode.QuickPickItem {
  return { label: name, detail: description };
}

async function pickOne(
  step: number,
  placeHolder: string,
  choices: readonly NamesItem[],
): Promise<readonly string[] | undefined> {
  const picked = await vscode.window.showQuickPick(choices, composing(step, placeHolder));
  return picked?.names;
}

async function pickSeveral(
  step: number,
  placeHolder: string,
  choices: readonly NamesItem[],
): Promise<readonly string[] | undefined> {
  const options = { ...composing(step, placeHolder), canPickMany: true } as const;
  const picked = await vscode.window.showQuickPick(choices, options);
  return picked?.flatMap(({ names }) => names);
}

function composing(step: number, placeHolder: string): vscode.QuickPickOptions {
  const title = vscode.l10n.t('Compose a Strategy ({0}/4)', step);
  return { title, placeHolder, matchOnDetail: true };
}
