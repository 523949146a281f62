import { join } from 'node:path';
import * as vscode from 'vscode';
import { registerCommands } from './host/commands.ts';
import { ErrorReporter } from './host/errorReporter.ts';
import { chosenRuns } from './host/language/chosenRuns.ts';
import { LANGUAGES, LayerHover } from './host/language/layerHover.ts';
import { LayerProblems } from './host/language/layerProblems.ts';
import { RunStatistics } from './host/language/runStatistics.ts';
import { SiteLocator } from './host/language/siteLocator.ts';
import { PanelService } from './host/panel/panelService.ts';
import { EndNotices } from './host/process/endNotices.ts';
import { AnalysisService } from './host/process/analysisService.ts';
import { ExperimentProblems } from './host/process/experimentProblems.ts';
import { NativeInstaller } from './host/process/nativeInstaller.ts';
import { TrainingService } from './host/process/trainingService.ts';
import { TrainingStatusBar } from './host/process/trainingStatusBar.ts';
import { WatchedRuns } from './host/process/watchedRuns.ts';
import { FileRunStore } from './host/runs/fileRunStore.ts';
import { PinnedRuns } from './host/runs/pinnedRuns.ts';
import { ProjectRoots } from './host/runs/projectRoots.ts';
import { RunActions } from './host/runs/runActions.ts';
import { RunContext } from './host/runs/runContext.ts';
import { RunTree } from './host/runs/runTree.ts';
import { SourceParser } from './source/sourceParser.ts';

/** Constructs the extension's services and hands them to each other. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends { dispose(): void }>(service: T): T => {
    context.subscriptions.push(service);
    return service;
  };
  const dist = (file: string): string => join(context.extensionPath, 'dist', file);
  const { workspaceState } = context;

  const log = own(vscode.window.createOutputChannel('BN Lens', { log: true }));
  const source = own(new SourceParser(dist('sourceWorker.js')));
  const problems = own(new ExperimentProblems(source));
  const reporter = new ErrorReporter(log, problems);

  const roots = own(new ProjectRoots(reporter));
  const store = own(new FileRunStore(roots, log));
  const pinned = own(new PinnedRuns(workspaceState, store));
  const locator = new SiteLocator(source);

  const training = new TrainingService({
    trainer: dist('trainer.js'),
    log,
    memento: workspaceState,
    problems,
    began: async (directory) => {
      roots.addRun(directory);
      await watched.add(directory);
      panels.open(directory);
    },
    report: (error, experiment) => reporter.report(error, experiment),
  });
  const native = new NativeInstaller(
    { addonSources: dist('native'), probe: dist('nativeProbe.js') },
    log,
  );
  const analyses = new AnalysisService(dist('trainer.js'), log);
  const actions = new RunActions({ roots, store, training, analyses, locator, log });
  const panels = own(
    new PanelService({
      extensionUri: context.extensionUri,
      actions,
      detach: (promise) => {
        reporter.run(promise);
      },
    }),
  );
  const notices = new EndNotices({
    openPanel: ({ directory }) => {
      panels.open(directory);
    },
    resume: (entry) => training.resume(entry),
    showLog: () => {
      log.show();
    },
  });
  const watched = own(new WatchedRuns(workspaceState, store, notices, reporter));

  const chosen = () => chosenRuns(store.entries, (entry) => pinned.has(entry));
  const onDidChangeRuns = own(new vscode.EventEmitter<void>());
  own(
    store.onDidChange(() => {
      onDidChangeRuns.fire();
    }),
  );
  own(
    pinned.onDidChange(() => {
      onDidChangeRuns.fire();
    }),
  );
  const hover = new LayerHover((file) => chosen().get(file), locator, new RunStatistics());
  own(vscode.languages.registerHoverProvider(LANGUAGES, hover));
  own(
    new LayerProblems({
      chosenRuns: chosen,
      onDidChangeRuns: onDidChangeRuns.event,
      locator,
      reporter,
    }),
  );

  own(new RunTree(store, pinned));
  own(new RunContext(store, pinned, reporter));
  own(new TrainingStatusBar(store));
  own(registerCommands({ store, roots, pinned, training, native, actions, panels, reporter }));
  for (const directory of watched.directories) roots.addRun(directory);
  reporter.run(roots.discover());
}
