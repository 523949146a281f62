import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from '../contributions.ts';
import type { ErrorReporter } from './errorReporter.ts';
import type { PanelService } from './panel/panelService.ts';
import type { NativeInstaller } from './process/nativeInstaller.ts';
import type { TrainingService } from './process/trainingService.ts';
import { pickRun } from './runs/pickRun.ts';
import type { PinnedRuns } from './runs/pinnedRuns.ts';
import type { ProjectRoots } from './runs/projectRoots.ts';
import type { RunActions, RunFolder } from './runs/runActions.ts';
import {
  isActive,
  isResumable,
  type RunEntry,
  type RunReference,
  type RunStore,
} from './runs/runStore.ts';
import type { ExperimentNode } from './runs/runTree.ts';

/** What commands stand on. */
export interface CommandServices {
  readonly store: RunStore;
  readonly roots: ProjectRoots;
  readonly pinned: PinnedRuns;
  readonly training: TrainingService;
  readonly native: NativeInstaller;
  readonly actions: RunActions;
  readonly panels: PanelService;
  readonly reporter: ErrorReporter;
}

/** A command takes what its menu hands it: a file, a node of the tree, or nothing in the palette. */
type Handler = (target: unknown) => Promise<void> | void;

/** Registers every command of package.json. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const handlers = commandHandlers(services);
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([id, handler]) =>
      vscode.commands.registerCommand(id, async (target: unknown) => {
        try {
          await handler(target);
        } catch (error) {
          await services.reporter.report(error);
        }
      }),
    ),
  );
}

function commandHandlers(services: CommandServices): Record<CommandId, Handler> {
  const { store, roots, pinned, training, native, actions, panels } = services;

  /** Does something with the run that the command is called on or that the user picks. */
  const withRun =
    (
      placeHolder: string,
      act: (entry: RunEntry) => Promise<void> | void,
      fits?: (entry: RunEntry) => boolean,
    ): Handler =>
    async (target) => {
      const entry = await pickRun(store, asRunReference(target), placeHolder, fits);
      if (entry !== undefined) await act(entry);
    };
  /** The same where the folder alone matters, also of a run that cannot be read. */
  const withFolder =
    (
      placeHolder: string,
      act: (folder: RunFolder) => Promise<void>,
      fits?: (entry: RunEntry) => boolean,
    ): Handler =>
    async (target) => {
      const reference = asRunReference(target);
      const broken = store.broken.find(({ directory }) => directory === reference?.directory);
      const folder = broken ?? (await pickRun(store, reference, placeHolder, fits));
      if (folder !== undefined) await act(folder);
    };
  const inState =
    (...states: readonly RunEntry['status']['state'][]) =>
    ({ status }: RunEntry): boolean =>
      states.includes(status.state);

  return {
    [COMMANDS.train]: (target) => training.train(asExperiment(target), asStrategy(target)),
    [COMMANDS.pause]: withRun(
      vscode.l10n.t('Pause which run?'),
      ({ directory }) => actions.control(directory, 'pause'),
      inState('starting', 'running'),
    ),
    [COMMANDS.continue]: withRun(
      vscode.l10n.t('Continue which run?'),
      ({ directory }) => actions.control(directory, 'continue'),
      inState('paused'),
    ),
    [COMMANDS.stop]: withRun(
      vscode.l10n.t('Stop which run?'),
      ({ directory }) => actions.control(directory, 'stop'),
      isActive,
    ),
    [COMMANDS.resume]: withRun(
      vscode.l10n.t('Resume which run?'),
      (entry) => training.resume(entry),
      isResumable,
    ),
    [COMMANDS.openPanel]: withRun(vscode.l10n.t('Open which run?'), ({ directory }) => {
      panels.open(directory);
    }),
    [COMMANDS.addNote]: withRun(vscode.l10n.t('Add a note to which run?'), (entry) =>
      actions.promptNote(entry),
    ),
    [COMMANDS.revealRun]: withFolder(vscode.l10n.t('Reveal which run?'), (folder) =>
      actions.reveal(folder),
    ),
    [COMMANDS.pinRun]: withRun(
      vscode.l10n.t('Pin which run?'),
      (entry) => pinned.pin(entry),
      (entry) => !pinned.has(entry),
    ),
    [COMMANDS.unpinRun]: withRun(
      vscode.l10n.t('Unpin which run?'),
      (entry) => pinned.unpin(entry),
      (entry) => pinned.has(entry),
    ),
    [COMMANDS.deleteRun]: withFolder(
      vscode.l10n.t('Delete which run?'),
      (folder) => actions.delete(folder),
      (entry) => !isActive(entry),
    ),
    [COMMANDS.refreshRuns]: async () => {
      await roots.discover();
      await store.refresh();
    },
    [COMMANDS.installNative]: () => native.install(),
    [COMMANDS.showLog]: () => {
      actions.showLog();
    },
  };
}

function asRunReference(target: unknown): RunReference | undefined {
  const { directory } = (target ?? {}) as Partial<RunReference>;
  return typeof directory === 'string' ? { directory } : undefined;
}

function asExperiment(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  const { uri } = (target ?? {}) as Partial<ExperimentNode>;
  return uri instanceof vscode.Uri ? uri : undefined;
}

/** A keybinding may name the strategy: `"args": { "strategy": "separate" }`. */
function asStrategy(target: unknown): string | undefined {
  const { strategy } = (target ?? {}) as { readonly strategy?: unknown };
  return typeof strategy === 'string' ? strategy : undefined;
}
