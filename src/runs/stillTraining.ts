import { hostname } from 'node:os';
import { DEAD_AFTER_MS, type RunStatus } from '../protocol/events.ts';
import { UserError } from '../protocol/userError.ts';

const SILENCE = `${DEAD_AFTER_MS / 1000} s`;

/** Says that a run cannot be had yet, for a trainer writes it: where that is and how to end it. */
export function stillTraining(name: string, { trainer }: Pick<RunStatus, 'trainer'>): UserError {
  if (trainer === null) {
    return new UserError(`run ${name} may be starting: its trainer has written nothing yet`, {
      hint: `Ask again in ${SILENCE}: if nothing has come by then, it counts as died.`,
    });
  }
  const { pid, host } = trainer;
  if (host === hostname()) {
    return new UserError(`run ${name} is still training in process ${pid}`, {
      hint: `End it with \`kill ${pid}\`: it saves what it has and stops.`,
    });
  }
  return new UserError(`run ${name} is still training in process ${pid} on ${host}`, {
    hint: `End it there with \`kill ${pid}\`; if it is gone already, ask again in ${SILENCE}.`,
  });
}
