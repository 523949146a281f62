import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { CommandFailure, runCommand } from './command.ts';
import { pythonWithPip } from './python.ts';
import type { SourceContext } from './sourceContext.ts';
import { tensorFlowFiles, type TensorFlowFiles } from './tensorFlowFiles.ts';

/** TensorFlow's version in wheels, known to work. */
const WHEEL_VERSION = '2.21.0';

/** What is needed of a wheel: two libraries, and a few of its 11,000 headers. */
const UNPACK = `
import re, sys, zipfile
wanted = re.compile(r'tensorflow/(libtensorflow\\w*\\.(so\\.2|2\\.dylib)$|include/(tensorflow/c/'
  r'|(tensorflow/core|tsl)/platform/ctstring|xla/tsl/c/))')
with zipfile.ZipFile(sys.argv[1]) as wheel:
  wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if wanted.match(name)])
`;

/** TensorFlow's wheel, which pip downloads and checks with the user's own index and proxy. */
export async function fromPip(context: SourceContext): Promise<TensorFlowFiles> {
  const { folder, signal, progress } = context;
  const python = await pythonWithPip(context);
  const name =
    process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  progress(`Downloading TensorFlow ${WHEEL_VERSION} with pip (about 250 MB)`);
  const wheels = join(folder, 'wheel');
  try {
    await runCommand(
      python,
      [
        ...['-m', 'pip', 'download', '--disable-pip-version-check', '--progress-bar', 'off'],
        // Only its C library is used: the wheel for any Python will do.
        ...['--no-deps', '--only-binary=:all:', '--python-version', '3.11'],
        ...['--dest', wheels, `${name}==${WHEEL_VERSION}`],
      ],
      signal,
    );
    const [wheel] = (await readdir(wheels)).filter((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new UserError('pip has downloaded no wheel');
    progress('Unpacking TensorFlow');
    await runCommand(python, ['-c', UNPACK, join(wheels, wheel), folder], signal);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new UserError(`pip could not provide ${name} ${WHEEL_VERSION}: ${error.reason}`);
  }
  await rm(wheels, { recursive: true });
  return tensorFlowFiles(join(folder, 'tensorflow', 'include'), join(folder, 'tensorflow'), true);
}
