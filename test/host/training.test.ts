import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/contributions.ts';
import type { RunListing } from '../../src/runs/runCatalog.ts';
import { readRun } from '../../src/runs/runTailer.ts';
import { eventually, problemsOf, runIn, train } from './editor.ts';
import { experimentText, NORMALIZED_LAYERS, write, writeImages } from './experiments.ts';

const LAYER = 'tf.layers.batchNormalization({';
const { Information, Warning } = vscode.DiagnosticSeverity;

describe('training', function () {
  // Each test looks at what the ones before it have trained.
  this.bail(true);
  let experiment: vscode.Uri;
  let document: vscode.TextDocument;
  let shared: RunListing;

  before(async () => {
    writeImages('light', { images: 320 });
    writeImages('dark', { images: 320, inverted: true });
    experiment = write('contrast.bn.ts', experimentText({}));
    document = await vscode.workspace.openTextDocument(experiment);
    await vscode.window.showTextDocument(document);
  });

  it('records a run that finishes with a test accuracy', async () => {
    await train(experiment, 'shared');
    shared = await runIn(experiment, 'finished');
    equal(shared.run.strategy, 'shared');
    equal(shared.run.experiment, 'contrast.bn.ts');
    equal(shared.status.step, shared.status.totalSteps);
    equal(shared.summary?.metrics['real']?.test?.n, 64);
  });

  it('warns at the call of a layer that mixes two domains', async () => {
    // The layer is flagged long before the run says what came of it.
    const [problem, ...others] = await eventually(() => {
      const problems = problemsOf(experiment);
      return problems.length > 1 ? problems : undefined;
    });
    equal(problem?.severity, Warning);
    deepEqual(problem.range, rangeOfLayer(document));
    equal(problem.code, 'mixed-statistics');
    match(problem.message, /^bn1: synthetic and real differ here, and one set of statistics/);
    // What comes of it is no layer's: it stands at the top of the experiment.
    deepEqual(
      others.map(({ code, range }) => [code, range.start.line]),
      [['synthetic-overfitting', 0]],
    );
  });

  it("shows each domain's numbers in the layer's hover", async () => {
    const { tables } = await readRun(shared.directory);
    const text = await hoverAt(experiment, rangeOfLayer(document).start.translate(0, 20));
    for (const [domain, { name }] of shared.run.domains.entries()) {
      const row = tables.sites?.domain.lastIndexOf(domain) ?? -1;
      const mean = tables.sites?.mean[row] ?? NaN;
      const variance = tables.sites?.variance[row] ?? NaN;
      ok(text.includes(`| ${name} | ${mean.toPrecision(4)} | ${variance.toPrecision(4)} |`), text);
    }
  });

  it('moves the Problem along with the call when lines are inserted above', async () => {
    const edit = new vscode.WorkspaceEdit();
    edit.insert(experiment, new vscode.Position(0, 0), '// One\n// Two\n// Three\n');
    await vscode.workspace.applyEdit(edit);
    const moved = rangeOfLayer(document);
    const [problem] = await eventually(() => {
      const problems = problemsOf(experiment);
      return problems[0]?.range.isEqual(moved) === true ? problems : undefined;
    });
    equal(problem?.severity, Warning);
  });

  it('informs at a layer that keeps the domains apart', async () => {
    await train(experiment, 'separate');
    const separate = await runIn(experiment, 'finished');
    equal(separate.run.strategy, 'separate');
    const [problem] = await problemsWith(experiment, Information);
    deepEqual(problem?.range, rangeOfLayer(document));
    equal(problem.code, 'handled-divergence');
    match(problem.message, /each has its own statistics/);
  });

  it('shows a pinned run instead of the newest', async () => {
    await vscode.commands.executeCommand(COMMANDS.pinRun, { directory: shared.directory });
    await problemsWith(experiment, Warning);
    await vscode.commands.executeCommand(COMMANDS.unpinRun, { directory: shared.directory });
    await problemsWith(experiment, Information);
  });

  it("lists a layer's fault at its call, with the rule's code and a remedy", async () => {
    const layers = NORMALIZED_LAYERS.map((layer) =>
      layer.replace('momentum: 0.9', 'momentum: 0.999'),
    );
    const lagging = write('lagging.bn.ts', experimentText({ layers }));
    await train(lagging, 'shared');
    await runIn(lagging, 'finished');
    const problem = await eventually(() =>
      problemsOf(lagging).find(({ code }) => code === 'statistics-lag'),
    );
    equal(problem.severity, Warning);
    const text = await vscode.workspace.openTextDocument(lagging);
    deepEqual(problem.range, rangeOfLayer(text));
    match(
      problem.message,
      /^After the run's \d+ steps .* of bn1 are still .*\nSet momentum to 0\.9/s,
    );
    match(
      await hoverAt(lagging, problem.range.start.translate(0, 20)),
      /are still the initial mean/,
    );
  });

  it('stops a run on request and resumes it from its checkpoint', async () => {
    const long = write(
      'long.bn.ts',
      experimentText({ train: '{ epochs: 2000, batchSize: 32, optimizer: adam() }' }),
    );
    await train(long, 'shared');
    const { directory } = await eventually(async () => {
      const run = await runIn(long, 'running');
      return run.status.step > 0 ? run : undefined;
    });
    await vscode.commands.executeCommand(COMMANDS.stop, { directory });
    const stopped = await runIn(long, 'stopped');
    await vscode.commands.executeCommand(COMMANDS.resume, { directory });
    await eventually(async () => {
      const { status } = await runIn(long, 'running');
      return status.attempt === 2 && status.step > stopped.status.step ? status : undefined;
    });
    await vscode.commands.executeCommand(COMMANDS.stop, { directory });
    await runIn(long, 'stopped');
  });
});

/** Where the one call of the layer stands now, from `tf` to its closing parenthesis. */
function rangeOfLayer(document: vscode.TextDocument): vscode.Range {
  const start = document.getText().indexOf(LAYER);
  const end = document.getText().indexOf(')', start) + 1;
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

function problemsWith(
  uri: vscode.Uri,
  severity: vscode.DiagnosticSeverity,
): Promise<vscode.Diagnostic[]> {
  return eventually(() => {
    const problems = problemsOf(uri);
    const all = problems.length > 0 && problems.every((problem) => problem.severity === severity);
    return all ? problems : undefined;
  });
}

/** What BN Lens says at a position, as Markdown. */
async function hoverAt(uri: vscode.Uri, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
    .join('\n');
}
