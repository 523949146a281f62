import { UserError } from '../protocol/userError.ts';
import { naturalOrder } from './naturalOrder.ts';

/** A domain by its name, with the class of each image; null without labels. */
export interface DomainLabels {
  readonly name: string;
  readonly labels: readonly string[] | null;
}

interface LabelledDomain {
  readonly name: string;
  readonly classes: ReadonlySet<string>;
}

/** So many classes are named in a sentence at most. */
const NAMED = 5;

/**
 * Finds the classes of all domains, in natural order ("2" before "10"), and says of each domain with
 * labels, in a sentence, which of them it lacks. Throws a UserError if there are fewer than two, or if
 * domains share no class with the others, directly or through domains between.
 */
export function findClasses(domains: readonly DomainLabels[]): {
  readonly classes: readonly string[];
  readonly notices: readonly string[];
} {
  const labelled = domains.flatMap(({ name, labels }) =>
    labels === null ? [] : [{ name, classes: new Set(labels) }],
  );
  const classes = [...new Set(labelled.flatMap((domain) => [...domain.classes]))];
  classes.sort(naturalOrder);
  if (labelled.length === 0) {
    throw new UserError('domains: at least one domain needs labels', {
      hint: 'Put the images of each class into a folder of its own, or name a labels file in idx(...).',
      field: ['domains'],
    });
  }
  if (classes.length < 2) {
    throw new UserError(`domains: all images are of one class, "${classes.join()}"`, {
      hint: 'A classifier needs at least two classes.',
      field: ['domains'],
    });
  }
  requireShared(labelled);
  const notices = labelled.flatMap(({ name, classes: own }) => {
    const lacking = classes.filter((className) => !own.has(className));
    if (lacking.length === 0) return [];
    return `Domain ${name} has no images of ${list(lacking)}, which other domains have: are the classes named alike?`;
  });
  return { classes, notices };
}

/** A domain all of whose classes are named differently would be trained and tested on others. */
function requireShared(labelled: readonly LabelledDomain[]): void {
  const shared = new Set(labelled[0]?.classes);
  let apart = labelled.slice(1);
  let before: number;
  do {
    before = apart.length;
    apart = apart.filter(({ classes }) => {
      if (![...classes].some((className) => shared.has(className))) return true;
      for (const className of classes) shared.add(className);
      return false;
    });
  } while (apart.length < before);
  const [first] = apart;
  if (first === undefined) return;
  const others = labelled.filter((domain) => !apart.includes(domain)).map(({ name }) => name);
  const field = ['domains', first.name, 'data'];
  throw new UserError(
    `${field.join('.')}: shares no class with ${others.join(', ')}: it has ${list([...first.classes])}, not ${list([...shared])}`,
    {
      hint: 'Name class folders alike in all domains; the classes of idx(...) are named "0", "1", ….',
      field,
    },
  );
}

/** Names classes in quotes, the first few of many. */
function list(classes: readonly string[]): string {
  const names = classes.slice(0, NAMED).map((name) => `"${name}"`);
  const rest = classes.length - names.length;
  return rest === 0 ? names.join(', ') : `${names.join(', ')} and ${rest} more`;
}
