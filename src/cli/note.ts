import { userInfo } from 'node:os';
import { addNote } from '../runs/notes.ts';

import { findRun } from '../runs/runCatalog.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { currentProject } from './project.ts';

/** Adds an observation to the notes of a run of the project in the working directory. */
export async function note(
  run: string,
  text: string,
  { cwd, stderr }: Environment,
): Promise<ExitCode> {
  const directory = await findRun(currentProject(cwd), run);
  await addNote(directory, { author: userInfo().username, text });
  stderr.write(`Noted in ${directory}\n`);
  return EXIT.done;
}
