import { parentPort, workerData } from 'node:worker_threads';
import { FaultWatch } from '../faults/faultWatch.ts';
import { watchedRun } from '../faults/network.ts';
import { serializeError } from '../protocol/userError.ts';
import { RunWriter } from '../runs/runWriter.ts';
import { MmdEstimator } from './mmdEstimator.ts';
import { StatisticsKernel } from './statisticsKernel.ts';
import type { RecorderReply, RecorderRequest, RecorderStart, RunTarget } from './protocol.ts';
import { Recording } from './recording.ts';
import { SiteStatistics } from './siteStatistics.ts';
import { StepMemory, type BatchLayout, type StepShape } from './stepMemory.ts';

/** The thread that alone writes a run directory; src/recording/recorder.ts starts it. */

function reply(message: RecorderReply): void {
  parentPort?.postMessage(message);
  // With nothing to hear and no heartbeat the thread ends.
  if (message.type === 'closed') parentPort?.close();
}

function open(target: RunTarget): RunWriter | Promise<RunWriter> {
  return target.type === 'create'
    ? RunWriter.create(target.runs, target.init)
    : RunWriter.resume(target.directory, target.fromStep);
}

/** Returns a layout with all domains. */
function fullest({ layouts }: StepShape): BatchLayout {
  return layouts.reduce((a, b) => (b.segments.length > a.segments.length ? b : a));
}

async function record(start: RecorderStart): Promise<void> {
  const { target, mmdThread, statisticsKernel, steps, network, state } = start;
  const writer = await open(target);
  const { run, directory } = writer;
  const mmd = new MmdEstimator(mmdThread, run.seed);
  const faults = new FaultWatch(
    watchedRun(run, network, fullest(steps.shape).segments),
    (fault) => {
      writer.event(fault);
    },
    state?.faults ?? null,
  );
  const statistics = new SiteStatistics(
    run,
    steps.shape.layouts,
    writer,
    mmd,
    faults,
    new StatisticsKernel(statisticsKernel),
    state,
  );
  const fromStep = target.type === 'resume' ? target.fromStep : 0;
  const recording = new Recording(
    writer,
    new StepMemory(steps),
    statistics,
    mmd,
    faults,
    fromStep,
    reply,
  );
  parentPort?.on('message', (request: RecorderRequest) => {
    recording.take(request);
  });
  reply({ type: 'opened', directory, run });
}

record(workerData as RecorderStart).catch((error: unknown) => {
  reply({ type: 'failed', error: serializeError(error) });
});
