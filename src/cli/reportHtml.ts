import type { RunDelta } from '../protocol/delta.ts';
import { escapeHtml } from './escapeHtml.ts';
import { lineChart, type ChartPoints } from './lineChart.ts';

const STYLE = `:root { color-scheme: light dark; }
body { max-width: 1320px; margin: 2em auto; padding: 0 1.5em; font: 14px/1.5 system-ui, sans-serif; }
pre { white-space: pre-wrap; font: 13px/1.5 ui-monospace, monospace; }
.charts { display: grid; gap: 1.5em; grid-template-columns: repeat(auto-fit, minmax(min(30em, 100%), 1fr)); }
figure { margin: 0; }
figcaption { font-weight: 600; }
svg { width: 100%; }
svg text { fill: currentColor; font-size: 11px; }
ul { display: flex; flex-wrap: wrap; gap: 0 1.2em; margin: 0; padding: 0; list-style: none; }
i { display: inline-block; width: 1.2em; margin-right: .5em; vertical-align: middle; }`;

/** Sets a run's report, with its curves, as one page that needs no other file and no script. */
export function reportHtml(text: string, { run, events, tables }: RunDelta): string {
  const { steps, pairs } = tables;
  const domains = run.domains.map(({ name }) => name);
  const gaps = run.pairs.map(({ a, b }, pair) =>
    lineChart(
      `Gap of ${domains[a] ?? ''} and ${domains[b] ?? ''}, RMS over channels in standard deviations; dotted: what chance gives`,
      run.sites.map(({ name }, site) => {
        const isOwn = (row: number) => pairs?.site[row] === site && pairs.pair[row] === pair;
        return {
          name,
          points: points(pairs?.step, pairs?.gap, isOwn),
          floor: points(pairs?.step, pairs?.gapFloor, isOwn),
        };
      }),
    ),
  );
  const learning = (['loss', 'accuracy'] as const).map((column) =>
    lineChart(
      `${column === 'loss' ? 'Loss, nats' : 'Accuracy, share of the images'}: training batches; rings: validation`,
      domains.map((name, domain) => ({
        name,
        points: points(steps?.step, steps?.[column], (row) => steps?.domain[row] === domain),
        rings: events.flatMap((event) =>
          event.type === 'eval' &&
          event.domain === domain &&
          event.split === 'validation' &&
          !event.final
            ? [[event.step, event[column]] as const]
            : [],
        ),
      })),
    ),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(run.name)}</title>
<style>
${STYLE}
</style>
<h1>${escapeHtml(run.name)}</h1>
<pre>${escapeHtml(text)}</pre>
<div class="charts">
${[...learning, ...gaps].join('\n')}
</div>
</html>
`;
}

/** Picks the rows of one line. */
function points(
  steps: ArrayLike<number> = [],
  values: ArrayLike<number> = [],
  isOwn: (row: number) => boolean,
): ChartPoints {
  return Array.from(steps, (step, row) => [step, values[row] ?? NaN] as const).filter((_, row) =>
    isOwn(row),
  );
}
