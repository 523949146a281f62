import type { RunStatus } from '../../src/protocol/events.ts';
import { phaseAt, phasesOf, totalEpochsOf } from '../../src/protocol/phases.ts';
import { namedPhases, phaseText } from '../../src/protocol/phaseText.ts';
import { strategyText } from '../../src/protocol/strategyText.ts';
import { h, icon, setText } from '../dom.ts';
import { duration, moment, whole } from '../format.ts';
import type { RunModel } from '../model/runModel.ts';
import type { Ask, Deed } from './ask.ts';

type State = RunStatus['state'];

const STATE_NAMES: Readonly<Record<State, string>> = {
  starting: 'Starting',
  running: 'Running',
  paused: 'Paused',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
  died: 'Died',
};

interface Command {
  readonly label: string;
  readonly icon: Parameters<typeof icon>[0] | null;
  readonly deed: Deed;
}

const PAUSE: Command = {
  label: 'Pause',
  icon: 'pause',
  deed: { type: 'control', command: 'pause' },
};
const CONTINUE: Command = {
  label: 'Continue',
  icon: 'play',
  deed: { type: 'control', command: 'continue' },
};
const STOP: Command = { label: 'Stop', icon: 'stop', deed: { type: 'control', command: 'stop' } };
const RESUME: Command = { label: 'Resume', icon: 'play', deed: { type: 'resume' } };
const SHOW_LOG: Command = { label: 'Show log', icon: null, deed: { type: 'showLog' } };

const COMMANDS: Readonly<Record<State, readonly Command[]>> = {
  starting: [STOP],
  running: [PAUSE, STOP],
  paused: [CONTINUE, STOP],
  finished: [],
  stopped: [RESUME],
  failed: [RESUME, SHOW_LOG],
  died: [RESUME, SHOW_LOG],
};

/** Says which run this is, how far it is and how it fares, and steers it. */
export class RunHeader {
  readonly element: HTMLElement;
  readonly #ask: Ask;
  readonly #state = h('span', { class: 'state', role: 'status' });
  readonly #buttons = h('div', { class: 'buttons' });
  readonly #notice = h('p', { class: 'notice', role: 'status' });
  readonly #bar = h('progress', { 'aria-label': 'Training progress' });
  readonly #facts = {
    epoch: h('dd'),
    step: h('dd'),
    speed: h('dd'),
    left: h('dd'),
  };
  #shownState: State | undefined;

  constructor({ run }: RunModel, ask: Ask) {
    this.#ask = ask;
    const file = run.experiment.split('/').at(-1) ?? run.experiment;
    const open = h(
      'button',
      {
        type: 'button',
        class: 'link',
        title: `Open ${run.experiment}`,
        click: () => void ask({ type: 'openExperiment' }),
      },
      file,
    );
    const { name: backend, threads } = run.backend;
    const { epoch, step, speed, left } = this.#facts;
    const phases = namedPhases(run);
    this.element = h(
      'header',
      { class: 'run-header' },
      h(
        'div',
        { class: 'run-title' },
        h('h1', {}, open, h('span', { class: 'strategy' }, strategyText(run))),
        this.#state,
        this.#buttons,
      ),
      h(
        'dl',
        { class: 'facts' },
        fact('Epoch', epoch),
        fact('Step', step),
        fact('Speed', speed),
        fact('Time left', left),
        fact('Seed', h('dd', {}, String(run.seed))),
        fact(
          'Backend',
          h('dd', {}, `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`),
        ),
        fact('Started', h('dd', {}, moment(Date.parse(run.created)))),
      ),
      this.#bar,
      ...(phases.length > 1
        ? [h('ul', { class: 'phases' }, ...phases.map((phase) => h('li', {}, phaseText(phase))))]
        : []),
      this.#notice,
    );
  }

  update(model: RunModel): void {
    const { status, run, stepsPerSecond } = model;
    const { state, step, totalSteps, epoch } = status;
    if (state !== this.#shownState) this.#showState(state);
    const { domains } = phasesOf(run)[phaseAt(run, step)]!;
    const images = run.batchSize * domains.length * (stepsPerSecond ?? NaN);
    const secondsLeft = (totalSteps - step) / (stepsPerSecond ?? NaN);
    setText(this.#facts.epoch, `${whole(epoch)} / ${whole(totalEpochsOf(run))}`);
    setText(this.#facts.step, `${whole(step)} / ${whole(totalSteps)}`);
    setText(this.#facts.speed, `${whole(images)} images/s`);
    setText(this.#facts.left, duration(secondsLeft));
    for (const { parentElement } of [this.#facts.speed, this.#facts.left]) {
      parentElement?.toggleAttribute('hidden', stepsPerSecond === null);
    }
    this.#bar.hidden = state === 'finished';
    this.#bar.max = Math.max(totalSteps, 1);
    this.#bar.value = step;
    const notice = noticeOf(status);
    setText(this.#notice, notice);
    this.#notice.hidden = notice === '';
  }

  #showState(state: State): void {
    this.#shownState = state;
    this.element.dataset['state'] = state;
    setText(this.#state, STATE_NAMES[state]);
    this.#buttons.replaceChildren(...COMMANDS[state].map((command) => this.#button(command)));
  }

  #button({ label, icon: name, deed }: Command): HTMLElement {
    const goesOn = deed.type === 'resume' || deed === CONTINUE.deed;
    const button = h(
      'vscode-button',
      { appearance: goesOn ? 'primary' : 'secondary' },
      name === null ? null : icon(name),
      label,
    );
    button.addEventListener('click', () => {
      // Disabled until the run's state changes, which brings other buttons, or the deed fails.
      button.disabled = deed.type !== 'showLog';
      void this.#ask(deed).then((done) => {
        if (!done) button.disabled = false;
      });
    });
    return button;
  }
}

function fact(name: string, value: HTMLElement): HTMLElement {
  return h('div', {}, h('dt', {}, name), value);
}

function noticeOf({ state, step, totalSteps, lastSign, error }: RunStatus): string {
  switch (state) {
    case 'stopped':
      return `Stopped at step ${whole(step)} of ${whole(totalSteps)}; it can be resumed from its last checkpoint.`;
    case 'failed':
      return error ?? `Training failed at step ${whole(step)}; the log says why.`;
    case 'died': {
      const sign =
        lastSign === null ? 'without a sign of life' : `last heard of ${moment(lastSign)}`;
      return `The trainer died at step ${whole(step)}, ${sign}; it can be resumed from its last checkpoint.`;
    }
    case 'starting':
    case 'running':
    case 'paused':
    case 'finished':
      return '';
  }
}
