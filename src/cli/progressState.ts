import type { RunDelta } from '../protocol/delta.ts';
import type { PhaseEvent, RunEvent } from '../protocol/events.ts';
import { epochAt, phaseAt, phasesOf, totalEpochsOf } from '../protocol/phases.ts';
import type { RunFile } from '../protocol/run.ts';
import { lastAttempt } from './lastAttempt.ts';
import { faultLine } from './reportText.ts';
import { percent } from '../protocol/shareText.ts';

/** What the progress of a run looks like now, gathered from what its directory gained. */
export class ProgressState {
  step = 0;
  totalSteps = 0;
  #run: RunFile | undefined;
  #epoch = 0;
  #phase = 0;
  readonly #losses = new Map<number, { sum: number; count: number }>();
  readonly #validation = new Map<number, number>();

  /** Takes in a delta; returns the lines of news in it, and whether an epoch ended. */
  update(delta: RunDelta): { readonly news: string[]; readonly epochEnded: boolean } {
    this.#run = delta.run;
    this.step = delta.status.step;
    this.totalSteps = delta.status.totalSteps;
    this.#takeLosses(delta);

    const events = delta.reset ? lastAttempt(delta.events) : delta.events;
    const news = events.flatMap((event) => this.#newsOf(event, delta.run));
    return { news, epochEnded: events.some(({ type }) => type === 'epoch') };
  }

  /** One line: epoch, mean losses of this epoch so far, newest validation accuracies. */
  get line(): string {
    const run = this.#run;
    if (run === undefined) return 'starting';
    const name = (domain: number): string => run.domains[domain]?.name ?? '';
    const losses = [...this.#losses].map(
      ([domain, { sum, count }]) => `${name(domain)} ${(sum / count).toFixed(3)}`,
    );
    const validation = [...this.#validation].map(
      ([domain, accuracy]) => `${name(domain)} ${percent(accuracy)}`,
    );
    return [
      this.#where(run),
      ...(losses.length > 0 ? [`loss ${losses.join(', ')}`] : []),
      ...(validation.length > 0 ? [`validation ${validation.join(', ')}`] : []),
    ].join(' · ');
  }

  /** The epoch, and in a run of several phases which of them. */
  #where(run: RunFile): string {
    const phases = phasesOf(run);
    const phase = phases.length > 1 ? `${phases[this.#phase]!.name}, ` : '';
    return `${phase}epoch ${this.#epoch}/${totalEpochsOf(run)}`;
  }

  #takeLosses({ run, tables: { steps } }: RunDelta): void {
    steps?.step.forEach((step, row) => {
      this.#phase = phaseAt(run, step);
      const epoch = epochAt(run, step);
      if (epoch !== this.#epoch) this.#losses.clear();
      this.#epoch = epoch;
      const loss = steps.loss[row]!;
      if (Number.isNaN(loss)) return;
      const domain = steps.domain[row]!;
      const { sum, count } = this.#losses.get(domain) ?? { sum: 0, count: 0 };
      this.#losses.set(domain, { sum: sum + loss, count: count + 1 });
    });
  }

  #newsOf(event: RunEvent, run: RunFile): string[] {
    switch (event.type) {
      case 'eval':
        if (event.split === 'validation') this.#validation.set(event.domain, event.accuracy);
        return [];
      case 'flag':
        return [`step ${event.step}: ${what(event, run, 'is flagged')} (${event.handling})`];
      case 'cleared':
        return [`step ${event.step}: ${what(event, run, 'differs no more')}`];
      case 'fault':
        return [`${event.step > 0 ? `step ${event.step}: ` : ''}${faultLine(event)}`];
      case 'warning':
        return [`warning: ${event.message}`];
      case 'resumed':
        return [`resumed after step ${event.fromStep}`];
      case 'paused':
      case 'continued':
        return [`${event.type} at step ${event.step}`];
      case 'adaptation':
        return [`adapted to ${run.domains[event.domain]?.name ?? '?'} by ${event.name}`];
      case 'phase':
        return phaseNews(event, run);
      case 'started':
      case 'epoch':
      case 'checkpoint':
      case 'heartbeat':
      case 'ended':
        return [];
    }
  }
}

/** That a phase begins, where there are several. */
function phaseNews({ phase, step, fromStep }: PhaseEvent, run: RunFile): string[] {
  const phases = phasesOf(run);
  if (phases.length === 1) return [];
  const from = fromStep === null ? '' : ` with the weights of step ${fromStep}`;
  return [`step ${step}: ${phases[phase]?.name ?? '?'} begins${from}`];
}

function what(
  { site, pair }: { readonly site: number; readonly pair: number },
  { sites, pairs, domains }: RunFile,
  verdict: string,
): string {
  const { a, b } = pairs[pair] ?? { a: -1, b: -1 };
  const names = [a, b].map((domain) => domains[domain]?.name ?? '?');
  return `${sites[site]?.name ?? '?'} ${verdict}, ${names.join(' | ')}`;
}
