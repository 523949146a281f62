import { UserError } from '../protocol/userError.ts';

/** As many groups as Wu & He use by default. */
const MOST_GROUPS = 32;
/** Fewer values tell little of their mean and variance. */
const LEAST_VALUES = 16;

/**
 * Returns how many neighbouring channels make a group: with `groups`, or by default with the largest
 * divisor of the channels up to 32 whose groups hold at least 16 values of an image.
 * @throws UserError if there cannot be as many groups.
 */
export function groupSizeOf(groups: number | null, channels: number, pixels: number): number {
  const chosen = groups ?? defaultGroups(channels, pixels);
  if (channels % chosen !== 0) {
    throw new UserError(
      `strategies.group.groups: the ${channels} channels of a BatchNorm layer make no ${chosen} equal groups`,
      {
        hint: 'Leave groups out, or choose a divisor of the channels of every layer.',
        field: ['strategies', 'group', 'groups'],
      },
    );
  }
  const size = channels / chosen;
  if (size * pixels > 1) return size;
  throw new UserError(
    'group: a group of one channel and one pixel has one value, which equals its mean',
    { hint: 'Set strategies.group.groups to less than the channels after a dense layer.' },
  );
}

function defaultGroups(channels: number, pixels: number): number {
  for (let groups = Math.min(MOST_GROUPS, channels); groups > 1; groups--) {
    if (channels % groups === 0 && (channels / groups) * pixels >= LEAST_VALUES) return groups;
  }
  return 1;
}
