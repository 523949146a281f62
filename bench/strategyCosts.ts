import { STRATEGY_AXES } from '../src/protocol/strategies.ts';
import { markdownTable, replaceMarked } from '../test/markdown.ts';
import { median } from '../src/stats/median.ts';
import { compare } from './conductor.ts';
import { ourProcess, type ContenderSpec } from './contenders.ts';
import { describeMachine, load } from './machine.ts';
import { findMeasured, isMeasured, type Measurement } from './measurement.ts';
import type { NetName } from './nets.ts';
import { formatEstimate, ratioOf, threeDigits } from './ratio.ts';
import { NET_TITLES } from './report.ts';
import type { Plan } from './results.ts';

const MARK = 'npm run bench writes what a step costs from here';

/** The nets whose steps are compared, with 64 images of each of two domains. */
const NETS: readonly NetName[] = ['cnn', 'mlp'];
const SETTING = { domains: 2, backend: 'wasm', threads: 1, monitored: false } as const;
const IMAGES = 128;

/** What all others are compared with. */
const BASE = STRATEGY_AXES.normalization[0].name;

/**
 * Measures how much longer a step of each normalization, and of each alignment beside `shared`,
 * takes than a step of `shared`, all taking turns.
 */
export async function measureStrategies(
  plan: Plan,
  progress: (text: string) => void,
): Promise<Map<NetName, readonly Measurement[]>> {
  const measured = new Map<NetName, readonly Measurement[]>();
  for (const net of NETS) {
    const { contenders } = await compare(specs(), { net, images: IMAGES }, plan, (text) => {
      progress(`${net}: ${text}`);
    });
    measured.set(net, contenders);
  }
  return measured;
}

function specs(): ContenderSpec[] {
  const { normalization, alignment } = STRATEGY_AXES;
  const strategies = [
    ...normalization.map(({ name }) => name),
    ...alignment.map(({ name }) => `${BASE}+${name}`),
  ];
  return strategies.map((strategy) => ({
    about: { id: strategy, title: strategy, threads: SETTING.threads },
    command: ({ net, images }) => ourProcess({ net, images, strategy, ...SETTING }),
  }));
}

/** Returns the page on strategies with the ratios between its marks. */
export function renderStrategies(
  page: string,
  measured: ReadonlyMap<NetName, readonly Measurement[]>,
  { rounds }: Plan,
): string {
  const { cpu, cores } = describeMachine();
  const nets = [...measured];
  const names = [...new Set(nets.flatMap(([, all]) => all.map(({ id }) => id)))];
  const cell = (all: readonly Measurement[], name: string): string => {
    const [own, base] = [findMeasured(all, name), findMeasured(all, BASE)];
    if (own === undefined || base === undefined) return '–';
    return name === BASE
      ? `${threeDigits(median(own.stepMs))} ms`
      : formatEstimate(ratioOf(own.stepMs, base.stepMs));
  };
  const unavailable = nets.flatMap(([net, all]) =>
    all.flatMap((one) =>
      isMeasured(one) ? [] : [`\`${one.id}\` on the ${NET_TITLES[net]}: ${one.unavailable}`],
    ),
  );
  return replaceMarked(page, MARK, [
    `Step times over those of \`${BASE}\`, medians of ${rounds} rounds in which all take turns, with 95% intervals: 64 images of each of two domains, embedded engine, one thread of ${cores} of ${cpu}, load ${load().toFixed(1)}.`,
    markdownTable([
      ['Strategy', ...nets.map(([net]) => NET_TITLES[net])],
      ...names.map((name) => [`\`${name}\``, ...nets.map(([, all]) => cell(all, name))]),
    ]),
    ...unavailable,
  ]);
}
