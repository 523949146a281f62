/** One image between preprocessing steps: `[height, width, channels]` in row-major order. */
export interface FloatImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** One step between a source and the model: what {@link resize} and {@link rescale} return. */
export interface PreprocessStep {
  readonly kind: 'resize' | 'rescale';
  /** Returns the transformed image; the given one may be overwritten. */
  apply(image: FloatImage): FloatImage;
}
