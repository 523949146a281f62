/** One image as its source holds it: `[height, width, channels]` in row-major order, values 0 to 255. */
export interface RawImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array | Float32Array;
}

/** Decodes PNG and JPEG files. */
export interface ImageDecoder {
  /**
   * Decodes a file's contents, whatever its name. Grey images have one channel, all others three;
   * 16-bit samples keep their precision on the scale of 0 to 255; transparent pixels are blended
   * over black. Throws Error with a reason that completes "the file ...".
   */
  decode(file: Uint8Array): Promise<RawImage>;
}

/** Reads PNG and JPEG files. */
export interface ImageReader {
  /** Reads the file at an absolute path, as {@link ImageDecoder.decode} decodes it. */
  read(path: string): Promise<RawImage>;
}

/** What the trainer gives a source to open itself with. */
export interface SourceContext {
  /** Directory of the experiment file; relative paths start there. */
  readonly baseDirectory: string;
  readonly images: ImageReader;
}

/** A source whose images are counted and can be read. */
export interface OpenSource {
  /** Number of images. */
  readonly length: number;
  /** Class name of each image, or null when the images carry no labels. */
  readonly labels: readonly string[] | null;
  /** Names one image for messages: its path in quotes, or its number in its file. */
  describe(index: number): string;
  /** Reads one image; `index` counts from 0. Throws UserError when it is damaged. */
  read(index: number): Promise<RawImage>;
  /**
   * Computes what changes with the images and their labels, while they are read; a source that
   * does not say it lets changes of its images pass.
   */
  fingerprint?(): Promise<string>;
}

/** Where a domain's images come from: what {@link imageFolder} and {@link idx} return. */
export interface DataSource {
  readonly kind: string;
  /** Opens the source; throws UserError when it is missing, empty or damaged. */
  open(context: SourceContext): Promise<OpenSource>;
}
