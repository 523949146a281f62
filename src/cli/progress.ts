import cliProgress from 'cli-progress';
import type { RunDelta } from '../protocol/delta.ts';
import { ProgressState } from './progressState.ts';

/** Shows how a run goes on. */
export interface Progress {
  /** Writes a line of its own. */
  say(text: string): void;
  update(delta: RunDelta): void;
  /** Leaves the terminal as it was; a second call does nothing. */
  close(): void;
}

/** Without a terminal a line is written at the end of an epoch, or when this much time passed, ms. */
const QUIET_MS = 5_000;

/** Shows progress as a bar on a terminal, else as plain lines. */
export function openProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barProgress(stream) : plainProgress(stream);
}

function plainProgress(stream: NodeJS.WriteStream): Progress {
  const state = new ProgressState();
  let lastWritten = Date.now();
  const say = (text: string): void => {
    stream.write(`${text.trimEnd()}\n`);
  };
  return {
    say,
    update: (delta) => {
      const { news, epochEnded } = state.update(delta);
      news.forEach(say);
      if (!epochEnded && Date.now() - lastWritten < QUIET_MS) return;
      lastWritten = Date.now();
      say(`step ${state.step}/${state.totalSteps} · ${state.line}`);
    },
    close: () => undefined,
  };
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const state = new ProgressState();
  const bars = new cliProgress.MultiBar(
    {
      stream,
      format: '{bar} {value}/{total} · {line} · {eta_formatted} left',
      barsize: 20,
      clearOnComplete: true,
      hideCursor: true,
      formatTime: minutesAndSeconds,
      // Ctrl-C is ours: it stops the run.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  const bar = bars.create(1, 0, { line: state.line });

  const say = (text: string): void => {
    const line = `${text.trimEnd()}\n`;
    if (bars.isActive) bars.log(line);
    else stream.write(line);
  };
  return {
    say,
    update: (delta) => {
      state.update(delta).news.forEach(say);
      bar.setTotal(state.totalSteps);
      bar.update(state.step, { line: state.line });
    },
    close: () => {
      if (!bars.isActive) return;
      // Writes the last lines above the bar, which `stop` would drop.
      bars.update();
      bars.stop();
    },
  };
}

/** `seconds` is no number before the first step is done. */
function minutesAndSeconds(seconds: unknown): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return '?';
  const rest = Math.round(seconds);
  return `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}
