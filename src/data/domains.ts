import type { DomainKind, Split } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { findClasses } from './classes.ts';
import type { DomainDeclaration } from './domainDeclaration.ts';
import type { CacheBudget, Shape } from './preparedImages.ts';
import { mend, PreparedImages, sameShape, shapeOf, shapeText } from './preparedImages.ts';
import { rescale } from './preprocess/rescale.ts';
import type { PreprocessStep } from './preprocess/step.ts';
import type { ImageReader } from './source.ts';
import { chooseLabelled, DEFAULT_SPLIT, splitImages } from './split.ts';

/** One part of a domain's images, in a fixed order. */
export interface Part {
  /** Number of distinct images. */
  readonly length: number;
  /** Known class of each image as an index into `LoadedData.classes`; null without labels. */
  readonly labels: Int32Array | null;
  /**
   * Reads preprocessed images as `[indices.length, height, width, channels]`, row-major.
   * Throws UserError naming an image that is damaged or of another shape.
   */
  read(indices: Int32Array): Promise<Float32Array>;
}

/** A domain whose images are found, labelled and split. */
export interface LoadedDomain {
  readonly name: string;
  readonly kind: DomainKind;
  /** Whether any training image brings its label. */
  readonly labelled: boolean;
  /** The training images that bring their labels, ascending; the labels of others are not trained on. */
  readonly trainLabels: Int32Array;
  readonly parts: Readonly<Record<Split, Part>>;
  /** What changes with the images and their labels; undefined where the source does not say it. */
  readonly fingerprint: string | undefined;
}

/** All domains of an experiment; a domain's index is its id. */
export interface LoadedData {
  readonly domains: readonly LoadedDomain[];
  /** Shape of every preprocessed image. */
  readonly inputShape: [height: number, width: number, channels: number];
  /** Names of all classes of all labelled domains, in natural order ("2" before "10"). */
  readonly classes: readonly string[];
  /** What the user should know of them, as sentences. */
  readonly notices: readonly string[];
}

/** What {@link openDomains} needs besides the declaration. */
export interface OpenDomainsOptions {
  /** Directory of the experiment file. */
  readonly baseDirectory: string;
  readonly images: ImageReader;
  /** Memory for prepared images, bytes; by default 512 MiB. */
  readonly cacheBytes?: number;
}

interface OpenedDomain {
  readonly name: string;
  readonly declaration: DomainDeclaration;
  readonly images: PreparedImages;
  readonly split: Readonly<Record<Split, Int32Array>>;
  /** As {@link LoadedDomain.trainLabels}. */
  readonly trainLabels: Int32Array;
}

/**
 * Opens all domains, finds the classes, splits the images and reads as many as memory may hold.
 * Throws UserError with the field at fault when a source is missing, empty or damaged, when images
 * differ in shape, when there are fewer than two classes, domains that share none, or a class that no
 * label teaches.
 */
export async function openDomains(
  declarations: Readonly<Record<string, DomainDeclaration>>,
  preprocess: readonly PreprocessStep[],
  { baseDirectory, images, cacheBytes = 512 * 2 ** 20 }: OpenDomainsOptions,
): Promise<LoadedData> {
  const steps = preprocess.some((step) => step.kind === 'rescale')
    ? preprocess
    : [...preprocess, rescale()];
  const budget: CacheBudget = { bytesLeft: cacheBytes };
  const opened: OpenedDomain[] = [];
  for (const [name, declaration] of Object.entries(declarations)) {
    const source = await naming(dataField(name), () =>
      declaration.data.open({ baseDirectory, images }),
    );
    const split = await naming(['domains', name, 'split'], () =>
      splitOf(source.length, source.labels, declaration),
    );
    const trainLabels = await naming(['domains', name, 'labels'], () =>
      trainLabelsOf(split.train, source.labels, declaration.labels),
    );
    const prepared = new PreparedImages(source, steps, budget);
    opened.push({ name, declaration, split, trainLabels, images: prepared });
  }
  const { classes, notices } = findClasses(
    opened.map(({ name, images }) => ({ name, labels: images.source.labels })),
  );
  requireTaught(opened);
  const inputShape = await commonShape(opened);
  const domains: LoadedDomain[] = [];
  for (const domain of opened) {
    const { name, images } = domain;
    const [fingerprint] = await naming(dataField(name), () =>
      Promise.all([images.source.fingerprint?.(), images.fill(inputShape)]),
    );
    domains.push(loaded(domain, fingerprint, classes, inputShape));
  }
  return { domains, inputShape, classes, notices };
}

function splitOf(
  length: number,
  labels: readonly string[] | null,
  declaration: DomainDeclaration,
): Record<Split, Int32Array> {
  const split = splitImages(length, labels, declaration.split ?? DEFAULT_SPLIT);
  if (split.train.length < 2) {
    throw new UserError('a domain needs at least two images to train on', { field: ['train'] });
  }
  return split;
}

/** Chooses the training images whose labels are trained on. */
function trainLabelsOf(
  train: Int32Array,
  labels: readonly string[] | null,
  declared: DomainDeclaration['labels'],
): Int32Array {
  if (labels === null && typeof declared === 'number') {
    throw new UserError(`asks for ${declared} labels, but the images have none`, {
      hint: "Leave it out, or name the images' classes.",
    });
  }
  if (typeof declared === 'number' && declared > train.length) {
    throw new UserError(`asks for ${declared} labels, but ${train.length} images are trained on`, {
      hint: "Ask for fewer labels, or for 'all'.",
    });
  }
  if (labels === null || declared === 'none') return new Int32Array(0);
  const own = Array.from(train, (image) => labels[image]!);
  return chooseLabelled(own, typeof declared === 'number' ? declared : train.length);
}

/** Images of a class of which `labels` leaves out every label would teach nothing but others. */
function requireTaught(opened: readonly OpenedDomain[]): void {
  const labelsOf = ({ images, split }: OpenedDomain, indices: Iterable<number>) =>
    Array.from(indices, (index) => images.source.labels?.[split.train[index]!]);
  const taught = new Set(opened.flatMap((domain) => labelsOf(domain, domain.trainLabels)));
  if (taught.size === 0) {
    throw new UserError('domains: no label may be trained on, so there is nothing to learn', {
      hint: "Set `labels` of a domain to 'all' or to a number of images.",
      field: ['domains'],
    });
  }
  for (const domain of opened) {
    const all = labelsOf(domain, domain.split.train.keys());
    const untaught = all.find((name) => name !== undefined && !taught.has(name));
    if (untaught === undefined) continue;
    const field = ['domains', domain.name, 'labels'];
    throw new UserError(
      `${field.join('.')}: class "${untaught}" has training images, but no label of it may be trained on`,
      { hint: "Ask for more labels, or for 'all'.", field },
    );
  }
}

async function commonShape(opened: readonly OpenedDomain[]): Promise<Shape> {
  let first: { readonly name: string; readonly shape: Shape } | undefined;
  for (const { name, images } of opened) {
    const shape = shapeOf(await naming(dataField(name), () => images.image(0)));
    first ??= { name, shape };
    if (!sameShape(shape, first.shape)) {
      throw new UserError(
        `domains.${name}.data: images are ${shapeText(shape)}, those of ${first.name} ${shapeText(first.shape)}`,
        { hint: mend(shape, first.shape), field: dataField(name) },
      );
    }
  }
  if (!first) throw new UserError('domains: there is no domain', { field: ['domains'] });
  return first.shape;
}

function loaded(
  domain: OpenedDomain,
  fingerprint: string | undefined,
  classes: readonly string[],
  shape: Shape,
): LoadedDomain {
  const { name, declaration, images, split, trainLabels } = domain;
  const ids = new Map(classes.map((className, id) => [className, id]));
  const { labels } = images.source;
  const part = (members: Int32Array): Part => ({
    length: members.length,
    labels: labels && members.map((image) => ids.get(labels[image]!)!),
    read: (indices) =>
      naming(dataField(name), () =>
        images.read(
          indices.map((index) => members[index]!),
          shape,
        ),
      ),
  });
  return {
    name,
    kind: declaration.kind,
    labelled: trainLabels.length > 0,
    trainLabels,
    parts: {
      train: part(split.train),
      validation: part(split.validation),
      test: part(split.test),
    },
    fingerprint,
  };
}

function dataField(domain: string): string[] {
  return ['domains', domain, 'data'];
}

/** Puts the field before the message of a UserError that `action` throws. */
async function naming<T>(field: readonly string[], action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${field.join('.')}: ${error.message}`, {
      ...error.details,
      field: [...field, ...(error.details.field ?? [])],
    });
  }
}
