import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../protocol/userError.ts';
import { CommandFailure, runCommand } from './command.ts';
import type { SourceContext } from './sourceContext.ts';
import { tensorFlowFiles, type TensorFlowFiles } from './tensorFlowFiles.ts';

/** The newest version that is published as an archive. */
const ARCHIVE_VERSION = '2.18.0';

/** The library as TensorFlow publishes it for C. */
export async function fromArchive(context: SourceContext): Promise<TensorFlowFiles> {
  const { folder, signal, progress, sha256 } = context;
  const url = context.url ?? officialArchive();
  const file = join(folder, 'archive.tar.gz');
  progress(`Downloading ${url}`);
  await download(url, file, signal);
  if (sha256 !== undefined && (await digest(file)) !== sha256.toLowerCase()) {
    throw new UserError(`${url} does not have the checksum ${sha256}`);
  }
  progress('Unpacking TensorFlow');
  const unpacked = join(folder, 'archive');
  await mkdir(unpacked);
  try {
    await runCommand('tar', ['-xzf', file, '-C', unpacked], signal);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new UserError(`${url} cannot be unpacked: ${error.reason}`);
  }
  const libraries = join(folder, 'tensorflow');
  if (existsSync(join(unpacked, 'lib'))) await rename(join(unpacked, 'lib'), libraries);
  await rm(file);
  return tensorFlowFiles(join(unpacked, 'include'), libraries, true);
}

function officialArchive(): string {
  const { platform, arch } = process;
  const system = platform === 'linux' && arch === 'x64' ? 'linux-x86_64' : `${platform}-${arch}`;
  return `https://storage.googleapis.com/tensorflow/versions/${ARCHIVE_VERSION}/libtensorflow-cpu-${system}.tar.gz`;
}

async function download(url: string, file: string, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) {
      throw new UserError(`${url} answers with ${response.status} ${response.statusText}`);
    }
    const body = Readable.fromWeb(response.body);
    await pipeline(body, createWriteStream(file), { signal });
  } catch (error) {
    if (error instanceof UserError) throw error;
    signal.throwIfAborted();
    // What went wrong with a connection is the cause of what fetch throws.
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new UserError(`${url} could not be downloaded: ${reason}`);
  }
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
