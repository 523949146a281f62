import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  CONTEXT_KEYS,
  EXPERIMENT_GLOB,
  PANELS,
  SETTINGS,
  VIEWS,
} from '../../../src/contributions.ts';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { command: string }[];
    readonly views: Readonly<Record<string, readonly { id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { id: string; icon: string }[] };
    readonly menus: Readonly<Record<string, readonly { command: string; when?: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, { default: unknown }>> };
  };
}

const text = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;
const sorted = (ids: Iterable<string>) => [...ids].sort();

describe('package.json and contributions.ts', () => {
  test('name the same commands', () => {
    expect(sorted(contributes.commands.map((c) => c.command))).toEqual(
      sorted(Object.values(COMMANDS)),
    );
  });

  test('name the same views, in containers that exist', () => {
    const views = Object.entries(contributes.views);
    expect(sorted(views.flatMap(([, list]) => list.map((view) => view.id)))).toEqual(
      sorted(Object.values(VIEWS)),
    );
    expect(sorted(views.map(([container]) => container))).toEqual(
      sorted(contributes.viewsContainers.activitybar.map((container) => container.id)),
    );
  });

  test('name the same settings with the same defaults', () => {
    const defaults = Object.fromEntries(
      Object.entries(contributes.configuration.properties).map(([id, p]) => [id, p.default]),
    );
    expect(defaults).toEqual(SETTINGS);
  });

  test('activate for experiments and restored panels, and for nothing else', () => {
    expect(manifest.activationEvents).toEqual([
      `workspaceContains:${EXPERIMENT_GLOB}`,
      ...Object.values(PANELS).map((id) => `onWebviewPanel:${id}`),
    ]);
  });

  test('menus hold declared commands, and read only context keys that the code sets', () => {
    const entries = Object.values(contributes.menus).flat();
    const commands = new Set<string>(Object.values(COMMANDS));
    expect(entries.filter((entry) => !commands.has(entry.command))).toEqual([]);
    const views = new Set<string>(Object.values(VIEWS));
    const read = entries.flatMap((entry) => entry.when?.match(/bnLens\.\w+/g) ?? []);
    expect(sorted(new Set(read.filter((key) => !views.has(key))))).toEqual(
      sorted(Object.values(CONTEXT_KEYS)),
    );
  });
});

describe('package.nls.json', () => {
  test('holds exactly the strings that package.json refers to', () => {
    const strings = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
    const used = [...text.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1] ?? '');
    expect(sorted(new Set(used))).toEqual(sorted(Object.keys(strings)));
  });
});
