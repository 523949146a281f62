import { h } from '../dom.ts';
import { moment, whole } from '../format.ts';
import type { RunModel } from '../model/runModel.ts';
import type { RunNote } from '../../src/protocol/events.ts';
import type { Ask } from './ask.ts';

/** Lists people's notes on the run, and takes new ones. */
export class Notes {
  readonly element: HTMLElement;
  readonly #list = h('ul', { class: 'notes' });
  #shown = -1;

  constructor(ask: Ask) {
    const field = h('vscode-text-field', {
      placeholder: 'What did you see?',
      'aria-label': 'New note',
    });
    const button = h('vscode-button', { type: 'submit' }, 'Add note');
    const add = async (): Promise<void> => {
      const text = field.value.trim();
      if (text === '' || button.disabled) return;
      button.disabled = true;
      if (await ask({ type: 'addNote', note: { text } })) field.value = '';
      button.disabled = false;
    };
    button.addEventListener('click', () => void add());
    field.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') void add();
    });
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'notes-title' },
      h('h2', { id: 'notes-title' }, 'Notes'),
      this.#list,
      h('div', { class: 'note-form' }, field, button),
    );
  }

  update(model: RunModel): void {
    const { notes } = model;
    if (notes.length === this.#shown) return;
    this.#shown = notes.length;
    const items = notes.map((note) =>
      h(
        'li',
        {},
        h('p', { class: 'note-text' }, note.text),
        h('p', { class: 'note-about' }, aboutOf(note, model)),
      ),
    );
    const empty = h('li', { class: 'empty' }, 'No notes yet.');
    this.#list.replaceChildren(...(items.length > 0 ? items : [empty]));
  }
}

function aboutOf({ author, t, step, site }: RunNote, model: RunModel): string {
  const parts = [author, moment(t)];
  if (step !== undefined) parts.push(`step ${whole(step)}`);
  // Notes are written by readers: one may name a site that the run does not have.
  if (site !== undefined && site in model.run.sites) parts.push(model.siteName(site));
  return parts.join(' · ');
}
