/** Prints what recording every step costs, as JSON; arguments: an `EngineSetting`, steps. */
import { measureMonitoring } from './monitoring.ts';
import { startTraining, type EngineSetting } from './openTraining.ts';

async function main([setting = '', steps = '']: readonly string[]): Promise<void> {
  const training = await startTraining(JSON.parse(setting) as EngineSetting);
  console.log(JSON.stringify(await measureMonitoring(training, Number(steps))));
  // Threads of the backend would keep the process.
  process.exit();
}

void main(process.argv.slice(2));
