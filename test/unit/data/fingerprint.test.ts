import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DataSource } from '../../../src/data/source.ts';
import { idx } from '../../../src/data/sources/idx.ts';
import { imageFolder } from '../../../src/data/sources/imageFolder.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { idxFile, writeFiles } from './support.ts';

const images = { read: () => Promise.reject(new Error('a fingerprint decodes nothing')) };

async function fingerprint(source: DataSource, baseDirectory: string): Promise<string | undefined> {
  return (await source.open({ baseDirectory, images })).fingerprint?.();
}

function ofFiles(source: DataSource, files: Readonly<Record<string, string | Buffer>>) {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return fingerprint(source, folder);
}

describe('the fingerprint of IDX files', () => {
  const source = idx('images', 'labels');
  const pixels = idxFile([2, 1, 2], [1, 2, 3, 4]);
  const labels = idxFile([2], [0, 1]);
  const before = () => ofFiles(source, { images: pixels, labels });

  it('is that of what they hold, wherever they lie and however they are packed', async () => {
    const packed = { images: gzipSync(pixels), labels: gzipSync(labels) };
    expect(await ofFiles(source, packed)).toBe(await before());
  });

  it.each([
    ['a pixel', idxFile([2, 1, 2], [1, 2, 3, 5]), labels],
    ['the order of the images', idxFile([2, 1, 2], [3, 4, 1, 2]), labels],
    ['the shape', idxFile([2, 2, 1], [1, 2, 3, 4]), labels],
    ['a label', pixels, idxFile([2], [1, 1])],
  ])('changes with %s', async (_, changedImages, changedLabels) => {
    const changed = { images: changedImages, labels: changedLabels };
    expect(await ofFiles(source, changed)).not.toBe(await before());
  });

  it('changes when the labels are left out', async () => {
    expect(await ofFiles(idx('images'), { images: pixels })).not.toBe(await before());
  });
});

describe('the fingerprint of a folder', () => {
  const source = imageFolder('x');
  const files = { 'x/a/1.png': 'one', 'x/b/2.png': 'two' };
  const before = () => ofFiles(source, files);

  it('is the same wherever it lies', async () => {
    expect(await ofFiles(source, files)).toBe(await before());
  });

  it.each([
    ['the bytes of an image', { ...files, 'x/b/2.png': 'six' }],
    ['the class of an image', { 'x/a/1.png': 'one', 'x/c/2.png': 'two' }],
    ['an image more', { ...files, 'x/b/3.png': '' }],
  ])('changes with %s', async (_, changed) => {
    expect(await ofFiles(source, changed)).not.toBe(await before());
  });

  it('is of all sizes, and of the bytes of every second image where there are 1,001', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => [`x/${i}.png`, 'one'] as const);
    const withImages = (changed: Readonly<Record<string, string>>) =>
      ofFiles(source, { ...Object.fromEntries(many), ...changed });
    const same = await withImages({});
    expect(await withImages({ 'x/1.png': 'six' })).toBe(same);
    expect(await withImages({ 'x/2.png': 'six' })).not.toBe(same);
    expect(await withImages({ 'x/1.png': 'seven' })).not.toBe(same);
  });
});
