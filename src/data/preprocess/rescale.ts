import type { PreprocessStep } from './step.ts';

/**
 * Maps every pixel value x to `scale * x + offset`. Sources give values from 0 to 255, so that
 * `rescale()` gives 0 to 1 and `rescale(1 / 127.5, -1)` gives -1 to 1. An experiment whose
 * `preprocess` holds no `rescale` gets `rescale()` at its end; `rescale(1)` keeps the values.
 */
export function rescale(scale = 1 / 255, offset = 0): PreprocessStep {
  return {
    kind: 'rescale',
    apply: (image) => {
      // A loop: `map` calls a function for each pixel, which takes ten times as long.
      const data = new Float32Array(image.data);
      for (let i = 0; i < data.length; i++) data[i] = scale * data[i]! + offset;
      return { ...image, data };
    },
  };
}
