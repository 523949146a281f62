import { UserError } from '../protocol/userError.ts';
import { addNote, noteAuthor } from '../runs/notes.ts';
import { findRun } from '../runs/runCatalog.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { currentProject } from './project.ts';

/** Adds an observation to the notes of a run of the project in the working directory. */
export async function note(
  run: string,
  text: string,
  { cwd, stderr }: Environment,
): Promise<ExitCode> {
  if (text.trim() === '') throw new UserError('The note is empty.');
  const directory = await findRun(currentProject(cwd), run);
  await addNote(directory, { author: noteAuthor(), text: text.trim() });
  stderr.write(`Noted in ${directory}\n`);
  return EXIT.done;
}
