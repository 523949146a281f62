import { deserializeError, UserError, type SerializedError } from '../protocol/userError.ts';
import { CommandFailure, runCommand } from './command.ts';
import { INSTALL_HINT } from './installation.ts';

/** What the probe prints: TensorFlow's version, or what went wrong. */
export type ProbeReply = { readonly tensorflow: string } | { readonly error: SerializedError };

/**
 * Loads the addon in a folder in a child process, computes once, and resolves to TensorFlow's
 * version. Rejects with a UserError that says why it does not work.
 */
export async function tryAddon(
  folder: string,
  probe: string,
  signal: AbortSignal,
): Promise<string> {
  let output: string;
  try {
    // The editor's own program runs as Node with this.
    const environment = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    output = await runCommand(process.execPath, [probe, folder], signal, {
      environment,
      single: true,
    });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new UserError(`TensorFlow ends the process that loads it: ${error.reason}`, {
      hint: INSTALL_HINT,
    });
  }
  const reply = JSON.parse(output) as ProbeReply;
  if ('error' in reply) throw deserializeError(reply.error);
  return reply.tensorflow;
}
