import type { FloatImage, PreprocessStep } from '../data/preprocess/step.ts';
import type { OpenSource, RawImage } from '../data/source.ts';
import { UserError } from '../protocol/userError.ts';
import { channelNames, type ValueSet } from './valueSet.ts';

/**
 * Takes a folder's images as a set, values 0 to 255, each resized if that is asked for. Its features
 * are those of the first image.
 */
export async function imageSet(
  path: string,
  source: OpenSource,
  resize: PreprocessStep | null,
): Promise<ValueSet> {
  const first = await source.read(0);
  const { height, width } = resize === null ? first : resized(first, resize);
  return {
    path,
    kind: 'images',
    features: channelNames(first.channels),
    size: [height, width],
    range: [0, 255],
    isNamed: false,
    async *items() {
      for (let index = 0; index < source.length; index++) {
        const image = await source.read(index);
        if (image.channels !== first.channels) {
          throw new UserError(
            `${source.describe(index)} is ${colour(image)}, but ${source.describe(0)} is ${colour(first)}`,
            { hint: 'Give images that are all grey or all in colour.' },
          );
        }
        if (resize !== null) {
          yield resized(image, resize).data;
          continue;
        }
        if (image.height !== first.height || image.width !== first.width) {
          throw new UserError(
            `${source.describe(index)} is ${size(image)} pixels, but ${source.describe(0)} is ${size(first)}`,
            { hint: 'Give all images one size with --resize HEIGHTxWIDTH.' },
          );
        }
        yield image.data;
      }
    },
  };
}

function resized(image: RawImage, resize: PreprocessStep): FloatImage {
  return resize.apply({ ...image, data: Float32Array.from(image.data) });
}

function colour({ channels }: RawImage): string {
  return channels === 1 ? 'grey' : 'in colour';
}

function size({ height, width }: RawImage): string {
  return `${height} x ${width}`;
}
