import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageFolder } from '../../../src/data/sources/imageFolder.ts';
import { temporaryFolder, userErrorOf, withoutPermission, writeFiles } from './support.ts';

const images = { read: () => Promise.reject(new Error('no image is read')) };

function open(baseDirectory: string) {
  return imageFolder('x').open({ baseDirectory, images });
}

/** Makes a folder with files and with links, each by its path and what it leads to. */
function folderOf(files: readonly string[], links: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(files.map((file) => [file, ''])));
  for (const [link, to] of Object.entries(links)) symlinkSync(to, join(folder, link));
  return folder;
}

/** What opening the folder fails with, and how to mend it. */
async function refusal(folder: string): Promise<string> {
  const { message, details } = await userErrorOf(() => open(folder));
  return `${message}. ${details.hint ?? ''}`;
}

describe('links in a folder of images', () => {
  it('are followed to classes, to files and to folders within them', async () => {
    const folder = folderOf(
      ['x/a/1.png', 'x/.hidden/3.png', 'elsewhere/b/1.png', 'elsewhere/b/10.jpg', 'one/2.png'],
      {
        'x/b': '../elsewhere/b',
        'x/a/2.png': '../../one/2.png',
        'x/a/deep': '../../elsewhere/b',
        'x/.link': '../one',
      },
    );
    const source = await open(folder);
    expect(source.labels?.map((_, index) => source.describe(index))).toEqual(
      ['a/1.png', 'a/2.png', 'a/deep/1.png', 'a/deep/10.jpg', 'b/1.png', 'b/10.jpg'].map(
        (file) => `"${join('x', file)}"`,
      ),
    );
    expect(source.labels).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
  });

  it('may be all there is, and the folder one itself', async () => {
    const folder = folderOf(['y/a/1.png', 'y/b/1.png'], { z: 'y' });
    mkdirSync(join(folder, 'linked'));
    for (const name of ['a', 'b']) symlinkSync(`../z/${name}`, join(folder, 'linked', name));
    symlinkSync('linked', join(folder, 'x'));
    expect((await open(folder)).labels).toEqual(['a', 'b']);
  });

  it.each([
    { 'x/a/loop': '..' },
    { 'x/a/loop': '../..' },
    { 'x/a/to-b': '../b', 'x/b/to-a': '../a' },
  ])('that lead in a circle are refused: %j', async (links) => {
    const folder = folderOf(['x/a/1.png', 'x/b/1.png'], links);
    expect(await refusal(folder)).toMatch(
      /^"x.[ab].*" is a link back to a folder that it is in\. Remove the link\.$/,
    );
  });

  it.each(['gone', 'b'])('that lead nowhere are refused: %s', async (to) => {
    const folder = folderOf(['x/a/1.png'], { 'x/b': to });
    expect(await refusal(folder)).toBe(
      `"${join('x', 'b')}" is a link that leads nowhere. Make it lead to its file or folder, or remove it.`,
    );
  });
});

describe('a folder of images is refused', () => {
  it.skipIf(process.platform === 'win32')('where a pipe has the name of one', async () => {
    const folder = folderOf(['x/a/1.png', 'x/b/1.png'], { 'x/b/linked.png': '../a/pipe.png' });
    execFileSync('mkfifo', [join(folder, 'x/a/pipe.png')]);
    expect(await refusal(folder)).toMatch(
      /^"x.(a.pipe|b.linked)\.png" is a pipe, socket or device, but images are files\. Remove it or rename it\.$/,
    );
  });

  it.skipIf(process.platform === 'win32').each(['x', 'x/b'])(
    'where the system does not let it be read: %s',
    async (denied) => {
      const folder = folderOf(['x/a/1.png', 'x/b/1.png'], {});
      const text = await withoutPermission(join(folder, denied), () => refusal(folder));
      expect(text).toBe(
        `"${denied}" cannot be read (EACCES). Change its permissions, and those of the folders it is in, or ask its owner to.`,
      );
    },
  );
});
