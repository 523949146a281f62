import { UserError } from '../../protocol/userError.ts';
import type { FloatImage, PreprocessStep } from './step.ts';

/** The longest side of a resized image, pixels: such a square in colour fills 0.8 GB. */
const LONGEST_SIDE = 8192;

/**
 * Resizes every image by bilinear interpolation between pixel centres (those at i + ½), without
 * smoothing first: what `tf.image.resize` and PyTorch's `interpolate(align_corners=False)` do.
 *
 * @param height - in pixels, 1 to 8192, as is `width`; throws a UserError for any other.
 */
export function resize(height: number, width: number): PreprocessStep {
  if (
    ![height, width].every((size) => Number.isInteger(size) && size > 0 && size <= LONGEST_SIDE)
  ) {
    throw new UserError(
      `resize(${height}, ${width}): height and width are whole numbers of pixels from 1 to ${LONGEST_SIDE}`,
      { field: ['preprocess'] },
    );
  }
  return { kind: 'resize', apply: (image) => bilinear(image, height, width) };
}

function bilinear(image: FloatImage, height: number, width: number): FloatImage {
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const rows = neighbours(image.height, height);
  const columns = neighbours(image.width, width);
  const data = new Float32Array(height * width * channels);
  let out = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        const at = (y: number, x: number) =>
          image.data[(y * image.width + x) * channels + channel]!;
        const upper = mix(at(row.low, column.low), at(row.low, column.high), column.weight);
        const lower = mix(at(row.high, column.low), at(row.high, column.high), column.weight);
        data[out++] = mix(upper, lower, row.weight);
      }
    }
  }
  return { height, width, channels, data };
}

/** For each of `to` pixels along an axis, the two of `from` it lies between and the second's weight. */
function neighbours(from: number, to: number): { low: number; high: number; weight: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(centre);
    return { low, high: Math.min(low + 1, from - 1), weight: centre - low };
  });
}

function mix(a: number, b: number, weight: number): number {
  return a + (b - a) * weight;
}
