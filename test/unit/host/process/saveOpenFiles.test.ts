import { beforeEach, describe, expect, test, vi } from 'vitest';
import { saveOpenFiles } from '../../../../src/host/process/saveOpenFiles.ts';

const { workspace } = vi.hoisted(() => ({
  workspace: {
    saveAll: vi.fn<() => Promise<boolean>>(),
    textDocuments: [] as { isDirty: boolean; uri: { scheme: string; fsPath: string } }[],
  },
}));
vi.mock('vscode', async () => ({ ...(await import('../vscode.ts')), workspace }));
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

const unsaved = { isDirty: true, uri: { scheme: 'file', fsPath: '/project/digits.bn.ts' } };

beforeEach(() => {
  workspace.saveAll.mockReset();
  workspace.textDocuments = [unsaved];
});

describe('saveOpenFiles', () => {
  test('tries again while an automatic save is under way', async () => {
    workspace.saveAll.mockResolvedValueOnce(false).mockResolvedValue(true);
    await saveOpenFiles();
    expect(workspace.saveAll).toHaveBeenCalledTimes(2);
  });

  test('is content when an automatic save was quicker', async () => {
    workspace.textDocuments = [];
    workspace.saveAll.mockResolvedValue(false);
    await saveOpenFiles();
    expect(workspace.saveAll).toHaveBeenCalledTimes(1);
  });

  test('names the file that remains unsaved', async () => {
    workspace.saveAll.mockResolvedValue(false);
    await expect(saveOpenFiles()).rejects.toThrow('digits.bn.ts could not be saved');
  });
});
