import type { RunView } from '../src/protocol/panel.ts';
import { deserializeError, UserError, userErrorText } from '../src/protocol/userError.ts';
import './panel.css';
import { h } from './dom.ts';
import { Host } from './host.ts';
import { RunModel } from './model/runModel.ts';
import { onThemeChange } from './theme.ts';
import { registerToolkit } from './toolkit.ts';
import type { Deed } from './views/ask.ts';
import { RunPage } from './views/runPage.ts';

registerToolkit();

const root = document.querySelector('#page') ?? document.body;
const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
let model: RunModel | undefined;
let page: RunPage | undefined;

const host = new Host(document.body.dataset['directory'] ?? '', {
  append: async ({ update }) => {
    model?.append(update);
    await drawn();
  },
  replace: async ({ view }) => {
    show(view);
    await drawn();
  },
  lost: ({ error }) => {
    fail(deserializeError(error));
  },
});

onThemeChange(() => void drawn());
void load();

/** Asks for the whole run and shows it. */
async function load(): Promise<void> {
  root.replaceChildren(
    h(
      'div',
      { class: 'card waiting', role: 'status' },
      h('span', { class: 'ring' }),
      'Reading the run…',
    ),
  );
  try {
    show(await host.request({ type: 'hydrate' }));
    await drawn();
  } catch (error) {
    fail(error);
  }
}

function show(view: RunView): void {
  model = new RunModel(view);
  page = new RunPage(model, host, ask);
  root.replaceChildren(problem, page.element);
}

/** Resolves when the page shows what the model holds. */
function drawn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      page?.draw();
      resolve();
    });
  });
}

/** Says why there is no run to show, and offers to try again. */
function fail(error: unknown): void {
  model = undefined;
  page = undefined;
  const button = h('vscode-button', { click: () => void load() }, 'Try again');
  root.replaceChildren(
    h('div', { class: 'card failed', role: 'alert' }, h('p', {}, sentenceOf(error)), button),
  );
}

async function ask(deed: Deed): Promise<boolean> {
  try {
    await host.request(deed);
    problem.hidden = true;
    return true;
  } catch (error) {
    problem.textContent = sentenceOf(error);
    problem.hidden = false;
    return false;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return userErrorText(error);
  return error instanceof Error ? error.message : String(error);
}
