import { execFile } from 'node:child_process';
import { isAbsolute, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { version } from '../../package.json';
import type { LoadedDomain } from '../data/domains.ts';
import { isOracle } from '../protocol/oracle.ts';
import type { RunFile, RunPair } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { dataChange, type DomainData } from '../runs/dataChange.ts';
import type { RunFileInit } from '../runs/runWriter.ts';
import type { PreparedExperiment } from './prepare.ts';
import type { TrainingPlan } from './trainingPlan.ts';

type Known =
  | 'experiment'
  | 'modules'
  | 'strategy'
  | 'versions'
  | 'classes'
  | 'domains'
  | 'sites'
  | 'pairs'
  | 'controls'
  | 'stepsPerEpoch'
  | 'alignments'
  | 'normalization'
  | 'phases'
  | 'oracle'
  | 'flags'
  | 'record'
  | 'git';

/** Collects what run.json says of a prepared experiment itself and of its phases. */
export async function describePrepared(
  prepared: PreparedExperiment,
  { phases, probes }: TrainingPlan,
): Promise<Pick<RunFileInit, Known>> {
  const { root, file, modules, experiment, data, strategy, sites, terms, isUserFile } = prepared;
  const domains = data.domains.map((domain, id) => ({
    ...describeData(domain),
    kind: domain.kind,
    labelled: domain.labelled,
    trainLabels: domain.trainLabels.length,
    effectiveImages: probes.effectiveImages[id]!,
  }));
  const judges = phases.flatMap(({ run }) => run.judges);
  return {
    experiment: inProject(root, file) ?? file,
    modules,
    strategy: strategy.name,
    normalization: {
      forward: strategy.normalization.forward ?? 'concatenated',
      layers: experiment.strategies.layers ?? {},
    },
    versions: { 'bn-lens': version, tfjs: tf.version_core, node: process.versions.node },
    classes: data.classes,
    domains,
    sites: sites.map((site) => ({
      ...site,
      frames: site.frames.flatMap((frame) => {
        const path = isUserFile(frame.file) ? inProject(root, frame.file) : null;
        return path === null ? [] : [{ ...frame, file: path }];
      }),
    })),
    pairs: allPairs(data.domains.length),
    alignments: terms.map(({ described }) => described),
    controls: probes.controls,
    stepsPerEpoch: phases[0]!.run.stepsPerEpoch,
    phases: phases.map(({ run }) => run),
    ...(judges.some((domain) => isOracle(domains[domain]!)) && { oracle: true as const }),
    flags: experiment.flags,
    record: experiment.record,
    git: await gitState(root),
  };
}

/** Throws a UserError unless the experiment on disk is the one that the run recorded. */
export function refuseChanges(run: RunFile, prepared: PreparedExperiment): void {
  const now = new Map(prepared.modules.map(({ path, sha256 }) => [path, sha256]));
  const changed = run.modules.find(({ path, sha256 }) => now.get(path) !== sha256);
  if (changed !== undefined) {
    throw new UserError(`${changed.path} has changed since run ${run.name} began`, {
      hint: 'Start a new run, or restore the file to what run.json holds of it.',
    });
  }
  const hint = 'Start a new run, or restore the images.';
  const change = dataChange(run, prepared.data.domains.map(describeData));
  if (change !== undefined) throw new UserError(change, { hint });
  if (run.classes.join('\n') !== prepared.data.classes.join('\n')) {
    throw new UserError(
      `domains: the classes are ${prepared.data.classes.join(', ')}, but those of run ${run.name} ${run.classes.join(', ')}`,
      { hint },
    );
  }
}

function describeData({ name, parts, fingerprint }: LoadedDomain): DomainData {
  const { train, validation, test } = parts;
  return {
    name,
    images: { train: train.length, validation: validation.length, test: test.length },
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function allPairs(domains: number): RunPair[] {
  const pairs: RunPair[] = [];
  for (let a = 0; a < domains; a++) for (let b = a + 1; b < domains; b++) pairs.push({ a, b });
  return pairs;
}

/** The path relative to the project with forward slashes; null outside of it. */
function inProject(root: string, file: string): string | null {
  const path = relative(root, file);
  return path.startsWith('..') || isAbsolute(path) ? null : path.split(sep).join('/');
}

/** The project's commit; null where there is no git or no commit. */
async function gitState(root: string): Promise<RunFile['git']> {
  const git = async (...words: string[]) =>
    (await promisify(execFile)('git', words, { cwd: root })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    // The runs themselves are no change of the project.
    const where = [':(top)', ':(exclude,top,glob)**/.bn-lens/**'];
    const changes = await git('status', '--porcelain', '--', ...where);
    return { commit, dirty: changes !== '' };
  } catch {
    return null;
  }
}
