import { INSTALL_HINT, type Installation, type SourceName } from '../native/installation.ts';
import { installNative } from '../native/installNative.ts';
import { nativeStatus, type NativeStatus } from '../native/nativeStatus.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { reportInterrupt } from './failure.ts';

/** Options of `bn-lens native install`. */
export interface NativeInstallOptions {
  readonly from?: SourceName;
  readonly python?: string;
  readonly url?: string;
  readonly sha256?: string;
  readonly json?: boolean;
}

/** Installs the native backend; an interrupt leaves what was there before. */
export async function installNativeBackend(
  { json, ...options }: NativeInstallOptions,
  environment: Environment,
): Promise<ExitCode> {
  const { nativeFolder, nativeProbe, addonSources, stdout, stderr, cwd } = environment;
  const cancel = new AbortController();
  const endInterrupts = environment.onInterrupt(() => {
    cancel.abort();
  });
  try {
    const installation = await installNative({
      ...options,
      folder: nativeFolder,
      workspace: cwd,
      addonSources,
      probe: nativeProbe,
      signal: cancel.signal,
      progress: (message) => {
        stderr.write(`${message}…\n`);
      },
    });
    stdout.write(
      json === true
        ? `${JSON.stringify({ folder: nativeFolder, installation })}\n`
        : `${describeInstallation(installation)}\nThe backend auto uses it from now on.\n`,
    );
    return EXIT.done;
  } catch (error) {
    if (!cancel.signal.aborted) throw error;
    stderr.write('Interrupted; nothing has changed.\n');
    return reportInterrupt(json ?? false, environment);
  } finally {
    endInterrupts();
  }
}

/** Says what of the native backend is used and why; exit code 1 where it is installed in vain. */
export async function showNativeStatus(
  json: boolean,
  { nativeFolder, nativeProbe, addonSources, stdout }: Environment,
): Promise<ExitCode> {
  const status = await nativeStatus(nativeFolder, addonSources, nativeProbe);
  stdout.write(json ? `${JSON.stringify(status)}\n` : `${describeStatus(status)}\n`);
  return status.state === 'unusable' ? EXIT.failed : EXIT.done;
}

function describeStatus(status: NativeStatus): string {
  const { folder, state, installation, outdated, reason } = status;
  const lines = [
    ...(installation === null ? [] : [describeInstallation(installation)]),
    `Folder: ${folder}`,
  ];
  switch (state) {
    case 'absent':
      return 'The native backend is not installed; the backend auto uses wasm. Run bn-lens native install.';
    case 'usable':
      return [
        ...lines,
        'It loads; the backend auto uses it.',
        ...(outdated ? [`It has the ops of another version of BN Lens. ${INSTALL_HINT}`] : []),
      ].join('\n');
    case 'unusable':
      return [...lines, `The backend auto uses wasm instead: ${reason ?? ''}`].join('\n');
  }
}

function describeInstallation({ tensorflow, source, libraries }: Installation): string {
  return [`TensorFlow ${tensorflow} (from ${source})`, ...libraries].join('\n  ');
}
