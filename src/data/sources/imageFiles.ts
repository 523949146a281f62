import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../protocol/userError.ts';
import { naturalOrder } from '../naturalOrder.ts';
import { unreadable } from '../unreadable.ts';

/**
 * Lists the files below a folder that are PNG or JPEG by their names, in natural order, relative to
 * it. Links to files and folders are followed; what is hidden is left out. Throws a UserError where
 * a folder is missing or cannot be read, a link leads nowhere or back to a folder it is in, or
 * something else than a file has an image's name.
 *
 * @param folder - absolute; `path` is as the user wrote it.
 */
export async function imageFiles(folder: string, path: string): Promise<string[]> {
  const real = await realpath(folder).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new UserError(`folder "${path}" does not exist (looked for ${folder})`, {
        hint: 'Paths start at the experiment file.',
      });
    }
    if (code === 'ENOTDIR') throw new UserError(`"${path}" is not a folder`);
    throw unreadable(path, error);
  });
  const files = await filesBelow({ folder, path, relative: '', way: [real] });
  return files.sort(naturalOrder);
}

/** A folder on the way down. */
interface Place {
  /** Absolute, without following links. */
  readonly folder: string;
  /** As the user would write it. */
  readonly path: string;
  /** From the folder where the search began. */
  readonly relative: string;
  /** Real paths of the folders from there to this one, which is the last. */
  readonly way: readonly [string, ...string[]];
}

async function filesBelow(place: Place): Promise<string[]> {
  const entries = await readdir(place.folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new UserError(`"${place.path}" is not a folder`);
    }
    throw unreadable(place.path, error);
  });
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  return (await Promise.all(visible.map((entry) => filesOf(entry, place)))).flat();
}

/** Lists the file itself if it is an image, or the images below a folder. */
async function filesOf(entry: Dirent, { folder, path, relative, way }: Place): Promise<string[]> {
  const at = join(folder, entry.name);
  const named = join(path, entry.name);
  const file = join(relative, entry.name);
  const found = entry.isSymbolicLink() ? await target(at, named) : entry;
  if (found.isDirectory()) {
    const real = await realpath(at).catch((error: unknown) => {
      throw unreadable(named, error);
    });
    if (way.includes(real)) {
      throw new UserError(`"${named}" is a link back to a folder that it is in`, {
        hint: 'Remove the link.',
      });
    }
    return filesBelow({ folder: at, path: named, relative: file, way: [...way, real] });
  }
  if (!/\.(png|jpe?g)$/i.test(entry.name)) return [];
  if (!found.isFile()) {
    throw new UserError(`"${named}" is a pipe, socket or device, but images are files`, {
      hint: 'Remove it or rename it.',
    });
  }
  return [file];
}

/** Says what a link leads to. */
async function target(link: string, named: string): Promise<Stats> {
  return await stat(link).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code))) {
      throw new UserError(`"${named}" is a link that leads nowhere`, {
        hint: 'Make it lead to its file or folder, or remove it.',
      });
    }
    throw unreadable(named, error);
  });
}
