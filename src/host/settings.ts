import * as vscode from 'vscode';
import { SETTINGS, type Settings } from '../contributions.ts';

/** Reads a setting as it applies to a resource. */
export function setting<K extends keyof Settings>(id: K, resource?: vscode.Uri): Settings[K] {
  return vscode.workspace.getConfiguration(undefined, resource).get<Settings[K]>(id, SETTINGS[id]);
}
