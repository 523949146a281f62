import { deepEqual } from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/contributions.ts';
import { testedExtension } from './editor.ts';

describe('the extension', () => {
  it('registers every command that it contributes', async () => {
    await testedExtension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    deepEqual(
      Object.values(COMMANDS).filter((id) => !registered.has(id)),
      [],
    );
  });
});
