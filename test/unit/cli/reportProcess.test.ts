import { readFileSync } from 'node:fs';
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
    expect(stderr).toContain(`page.html": it does not exist.`);
  });
});
