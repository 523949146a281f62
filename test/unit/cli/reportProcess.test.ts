import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, TemporaryProject, type Outcome } from './cliProcess.ts';

const cli = new CliProcess();
beforeAll(() => cli.build());
afterAll(() => {
  cli.remove();
});

let project: TemporaryProject;

beforeEach(() => {
  project = new TemporaryProject();
  return () => {
    project.remove();
  };
});

const run = (...words: string[]): Promise<Outcome> => cli.run(project.folder, words);

describe('bn-lens whatif', () => {
  it('gives the table although it cannot be kept, which it says', async () => {
    await run('train', project.experiment('finish'));
    const { code, stdout, stderr } = await run('whatif', '2', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ step: 6, seconds: 1 });
    expect(stderr).toBe(
      'The table is not kept in the run: Cannot write "whatif.json": the disk is full. Free some space.\n',
    );
  });
});

describe('bn-lens report', () => {
  it('says again what training said', async () => {
    const trained = await run('train', project.experiment('finish'));
    expect(await run('report', '2')).toEqual({ code: 0, stdout: trained.stdout, stderr: '' });
  });

  it('gives the same JSON, of a run that failed too', async () => {
    const trained = await run('train', project.experiment('fail'), '--json');
    const { code, stdout } = await run('report', '2', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(trained.stdout));
  });

  it('says what of the run is damaged, and hashes no losses then', async () => {
    const trained = await run('train', project.experiment('finish'), '--json');
    const { run: directory, name } = JSON.parse(trained.stdout) as { run: string; name: string };
    rmSync(join(directory, 'steps-1.arrow'));
    const { code, stdout, stderr } = await run('report', '2', '--json');
    const warning = `steps-1.arrow of run ${name} is missing.`;
    expect([code, stderr]).toEqual([0, `${warning}\n`]);
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [warning], lossesSha256: null });
  });

  it('leaves out an event of another program that lacks what is read of it', async () => {
    const trained = await run('train', project.experiment('finish'), '--json');
    const { run: directory } = JSON.parse(trained.stdout) as { run: string };
    const events = join(directory, 'events.ndjson');
    const lines = readFileSync(events, 'utf8').split('\n').length;
    appendFileSync(events, '{"t":1,"type":"flag","step":4,"site":0,"pair":0}\n');
    for (const command of [['report', '2'], ['runs']]) {
      const { code, stderr } = await run(...command);
      expect(code).toBe(0);
      expect(stderr).toContain(`is damaged: line ${lines} cannot be read.`);
    }
  });

  it('writes a page with curves that needs nothing else', async () => {
    await run('train', project.experiment('finish'));
    const { code, stdout } = await run('report', '2', '--html', 'page.html');
    expect([code, stdout]).toEqual([0, 'page.html\n']);
    const page = readFileSync(join(project.folder, 'page.html'), 'utf8');
    expect(page).toContain('finish.bn.ts · shared · seed 1');
    expect(page.match(/<figcaption>[^<,]*/g)).toEqual([
      '<figcaption>Loss',
      '<figcaption>Accuracy',
      '<figcaption>Gap of drawn and photo',
    ]);
    expect(page).toContain('<polyline points="148.0 110.0 244.0 159.0 340.0 175.3');
    expect(page).not.toMatch(/<script|<link|src=|https?:|url\(/);
  });

  it('refuses in a sentence a page that cannot be written', async () => {
    await run('train', project.experiment('finish'));
    const { code, stderr } = await run('report', '2', '--html', join('none', 'page.html'));
    expect(code).toBe(2);
    expect(stderr).toContain(`page.html": its folder does not exist.`);
  });

  it('refuses in a sentence a folder in place of a page', async () => {
    await run('train', project.experiment('finish'));
    const { code, stderr } = await run('report', '2', '--html', '.');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Cannot write ".*": it is a folder\. Name a file\.\n$/);
  });
});
