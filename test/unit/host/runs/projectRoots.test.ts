import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ProjectRoots } from '../../../../src/host/runs/projectRoots.ts';

interface FakeWorkspace {
  /** Paths of run.json files in the open folders. */
  runs: readonly string[];
  changeFolders(): void;
  createRun(file: string): void;
}
const fake = vi.hoisted((): FakeWorkspace => {
  const createRun = (file: string): void => {
    throw new Error(`Nobody watches for ${file}.`);
  };
  return { runs: [], changeFolders: () => undefined, createRun };
});
vi.mock('vscode', async () => {
  const { EventEmitter } = await import('../vscode.ts');
  const nothing = { dispose: () => undefined };
  return {
    EventEmitter,
    Disposable: { from: () => nothing },
    workspace: {
      findFiles: (glob: string) =>
        Promise.resolve(glob.includes('run.json') ? fake.runs.map((fsPath) => ({ fsPath })) : []),
      createFileSystemWatcher: (glob: string) => ({
        ...nothing,
        onDidCreate: (listener: (uri: { fsPath: string }) => void) => {
          if (glob.includes('run.json')) {
            fake.createRun = (fsPath) => {
              listener({ fsPath });
            };
          }
          return nothing;
        },
        onDidDelete: () => nothing,
      }),
      onDidChangeWorkspaceFolders: (listener: () => void) => {
        fake.changeFolders = listener;
        return nothing;
      },
    },
  };
});

const runOf = (root: string): string => `${root}/.bn-lens/runs/a/run.json`;

let pending: Promise<unknown>;
let roots: ProjectRoots;
beforeEach(async () => {
  fake.runs = [runOf('/first')];
  roots = new ProjectRoots({
    run: (promise) => {
      pending = Promise.resolve(promise);
    },
  });
  await roots.discover();
});

describe('ProjectRoots', () => {
  test('are those of the open folders, and of runs created meanwhile', () => {
    fake.createRun(runOf('/created'));
    expect([...roots.roots]).toEqual(['/first', '/created']);
  });

  test('follow the folders of the workspace', async () => {
    fake.runs = [runOf('/second')];
    fake.changeFolders();
    await pending;
    expect([...roots.roots]).toEqual(['/second']);
  });

  test('keep a run outside the open folders through every search', async () => {
    roots.addRun('/elsewhere/.bn-lens/runs/a');
    await roots.discover();
    expect([...roots.roots]).toEqual(['/first', '/elsewhere']);
  });
});
