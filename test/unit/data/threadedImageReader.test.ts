import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createImageReader } from '../../../src/data/imageReader.ts';
import { ThreadedImageReader } from '../../../src/data/threadedImageReader.ts';
import { bundled } from '../bundled.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { codecFolder, fixtureImage } from './support.ts';

const thread = bundled('src/data/imageThread.ts');
const codecs = codecFolder();

function written(name: string, content: Uint8Array): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

it('reads what is read on this thread, however many are asked for at once', async () => {
  const files = ['grey.png', 'colour.png', 'colour.jpg'].map((n) => written(n, fixtureImage(n)));
  const paths = Array.from({ length: 30 }, (_, i) => files[i % files.length]!);
  const here = createImageReader(codecs);
  const there = new ThreadedImageReader(thread(), codecs);
  const expected = await Promise.all(paths.map((path) => here.read(path)));
  expect(await Promise.all(paths.map((path) => there.read(path)))).toEqual(expected);
});

it('rejects a file that is damaged or missing with the reason, and reads on', async () => {
  const reader = new ThreadedImageReader(thread(), codecs);
  const damaged = written('cut.png', fixtureImage('colour.png').subarray(0, 60));
  const whole = written('whole.png', fixtureImage('colour.png'));
  await expect(reader.read(damaged)).rejects.toThrow('is a damaged PNG');
  await expect(reader.read(`${damaged}.gone`)).rejects.toThrow('cannot be read (ENOENT)');
  await expect(reader.read(whole)).resolves.toMatchObject({ height: 2 });
});

it('rejects what it asked of a thread that crashed', async () => {
  const broken = written('broken.js', Buffer.from("throw new Error('no codecs here');"));
  const reader = new ThreadedImageReader(broken, codecs);
  await expect(reader.read('any.png')).rejects.toThrow('no codecs here');
});
