import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Endurance } from './endurance.ts';
import type { MonitoringCost } from './monitoring.ts';
import type { NetName } from './nets.ts';
import type { EngineSetting } from './openTraining.ts';

/** What recording every step costs, by net, and what many recorded steps leave behind. */
export interface Recording {
  readonly costs: readonly (EngineSetting & MonitoringCost)[];
  readonly endurance: EngineSetting & Endurance;
}

/** Measures recording, each training in a process of its own. */
export async function measureRecording(progress: (text: string) => void): Promise<Recording> {
  const measure = async <T>(program: string, setting: EngineSetting, steps: number) => {
    progress(`${program}, ${setting.net}: ${steps} steps`);
    const args = [join(__dirname, `${program}Process.js`), JSON.stringify(setting), String(steps)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { ...setting, ...(JSON.parse(stdout) as T) };
  };
  return {
    costs: [
      await measure<MonitoringCost>('monitoring', setting('cnn', 128), 4_000),
      await measure<MonitoringCost>('monitoring', setting('mlp', 128), 8_000),
    ],
    endurance: await measure<Endurance>('endurance', setting('cnn', 32), 10_000),
  };
}

/** Two domains, and kernels on both cores, so that the recorder's thread has none for itself. */
function setting(net: NetName, images: number): EngineSetting {
  return { net, images, domains: 2, strategy: 'shared', backend: 'wasm', threads: 2 };
}
