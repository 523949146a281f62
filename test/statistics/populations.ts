import type { FastRandom } from './fastRandom.ts';

/** What the images of a domain are drawn from. */
export interface Population {
  /** Pixels of each image. */
  readonly pixels: number;
  /** Draws new images as Σx and Σx² over each one's pixels, [images, channels, 2]. */
  draw(random: FastRandom, sums: Float32Array, channels: number, step: number): void;
}

/** Mean and standard deviation of a channel. */
export type ChannelMoments = (channel: number) => readonly [mean: number, deviation: number];

const STANDARD: ChannelMoments = () => [0, 1];

/** Independent normal channels of one pixel. */
export function gaussian(momentsOf: ChannelMoments = STANDARD): Population {
  return {
    pixels: 1,
    draw(random, sums, channels) {
      drawNormal(random, sums, channels, momentsOf);
    },
  };
}

/** As {@link gaussian}, with means and deviations that come and go over the steps. */
export function drifting(): Population {
  return {
    pixels: 1,
    draw(random, sums, channels, step) {
      drawNormal(random, sums, channels, (channel) => [
        Math.sin(step / 50 + channel),
        Math.exp(Math.sin(step / 80 - channel) / 2),
      ]);
    },
  };
}

/** Of exp(z), z standard normal. */
const LOG_NORMAL_DEVIATION = Math.sqrt((Math.E - 1) * Math.E);

/**
 * Channels whose logarithms are standard normal, shifted by so many deviations: a skewness of 6, an
 * excess kurtosis of 111.
 */
export function logNormal(gap = 0): Population {
  const shift = gap * LOG_NORMAL_DEVIATION;
  return onePixel((random) => shift + Math.exp(random.normal()));
}

/** Rectified normal channels, of which every eighth is above 0 in but one image of 160. */
export function rectified(): Population {
  return onePixel((random, channel) => {
    const mean = channel % 8 === 7 ? -2.5 : 0;
    return Math.max(0, mean + random.normal());
  });
}

/** Pixels of {@link smoothFields}, in 8 rows. */
const FIELD_PIXELS = 64;
/** Deviations of a field's Fourier amplitudes, the constant first; the others are 0. */
const SPECTRUM = [2, 1.4, 1.4, 1, 1];
/** Between any two channels of an image. */
const FIELD_CORRELATION = 0.3;

/**
 * Convolutional channels: Gaussian fields so smooth that 64 pixels vary like four independent ones.
 * Only their amplitudes in an orthonormal basis are drawn: Σx is √64 times that of the constant,
 * and Σx² is the sum of the amplitudes' squares (Parseval).
 */
export function smoothFields(): Population {
  const common = new Float64Array(SPECTRUM.length);
  const shared = Math.sqrt(FIELD_CORRELATION);
  const own = Math.sqrt(1 - FIELD_CORRELATION);
  return {
    pixels: FIELD_PIXELS,
    draw(random, sums, channels) {
      for (let at = 0; at < sums.length; at += 2) {
        if (at % (2 * channels) === 0) {
          for (let k = 0; k < common.length; k++) common[k] = shared * random.normal();
        }
        let squares = 0;
        let constant = 0;
        for (let k = 0; k < common.length; k++) {
          const amplitude = SPECTRUM[k]! * (common[k]! + own * random.normal());
          if (k === 0) constant = amplitude;
          squares += amplitude * amplitude;
        }
        sums[at] = Math.sqrt(FIELD_PIXELS) * constant;
        sums[at + 1] = squares;
      }
    },
  };
}

/** One population up to a step, another after it. */
export function changing(after: number, first: Population, second: Population): Population {
  return {
    pixels: first.pixels,
    draw(random, sums, channels, step) {
      (step > after ? second : first).draw(random, sums, channels, step);
    },
  };
}

function onePixel(value: (random: FastRandom, channel: number) => number): Population {
  return {
    pixels: 1,
    draw(random, sums, channels) {
      for (let at = 0; at < sums.length; at += 2) {
        const x = value(random, (at / 2) % channels);
        sums[at] = x;
        sums[at + 1] = x * x;
      }
    },
  };
}

function drawNormal(
  random: FastRandom,
  sums: Float32Array,
  channels: number,
  momentsOf: ChannelMoments,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const [mean, deviation] = momentsOf(channel);
    for (let at = 2 * channel; at < sums.length; at += 2 * channels) {
      const x = mean + deviation * random.normal();
      sums[at] = x;
      sums[at + 1] = x * x;
    }
  }
}
