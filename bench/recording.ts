import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Endurance } from './endurance.ts';
import type { MmdTime } from './mmd.ts';
import type { MonitoringCost } from './monitoring.ts';
import type { NetName } from './nets.ts';
import type { EngineSetting } from './openTraining.ts';

/**
 * What recording every step costs, by net, what an estimate of MMD takes, and what many recorded
 * steps leave behind.
 */
export interface Recording {
  readonly costs: readonly (EngineSetting & MonitoringCost)[];
  readonly mmd: MmdTime;
  readonly endurance: EngineSetting & Endurance;
}

/** Measures recording, each training in a process of its own. */
export async function measureRecording(progress: (text: string) => void): Promise<Recording> {
  const run = async <T>(program: string, ...words: string[]): Promise<T> => {
    progress(`${program}: ${words.join(' ')}`);
    const args = [join(__dirname, `${program}Process.js`), ...words];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as T;
  };
  const measure = async <T>(program: string, setting: EngineSetting, steps: number) => ({
    ...setting,
    ...(await run<T>(program, JSON.stringify(setting), String(steps))),
  });
  return {
    costs: [
      await measure<MonitoringCost>('monitoring', setting('cnn', 128, 1), 2_800),
      await measure<MonitoringCost>('monitoring', setting('cnn', 128, 2), 4_200),
      await measure<MonitoringCost>('monitoring', setting('mlp', 128, 1), 8_400),
      await measure<MonitoringCost>('monitoring', setting('mlp', 128, 2), 8_400),
    ],
    mmd: await run<MmdTime>('mmd', '100'),
    endurance: await measure<Endurance>('endurance', setting('cnn', 32, 2), 10_000),
  };
}

/** Two domains; with kernels on both of two cores the recorder's thread has none for itself. */
function setting(net: NetName, images: number, threads: number): EngineSetting {
  return { net, images, domains: 2, strategy: 'shared', backend: 'wasm', threads };
}
