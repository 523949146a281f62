/** Prints what many recorded steps leave behind, as JSON; arguments: an `EngineSetting`, steps. */
import { measureEndurance } from './endurance.ts';
import { startTraining, type EngineSetting } from './openTraining.ts';

async function main([setting = '', steps = '']: readonly string[]): Promise<void> {
  const training = await startTraining(JSON.parse(setting) as EngineSetting);
  console.log(JSON.stringify(await measureEndurance(training, Number(steps))));
  // Threads of the backend would keep the process.
  process.exit();
}

void main(process.argv.slice(2));
