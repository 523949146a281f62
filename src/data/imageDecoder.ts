import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import decodeJpegWasm, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import { decode as decodePngWasm, init as initPng } from '@jsquash/png/decode.js';
import type { ImageDecoder, RawImage } from './source.ts';

/** What both codecs return; their own types speak of the DOM. */
interface Rgba {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 4]`. */
  readonly data: Uint8ClampedArray | Uint16Array;
}

/**
 * Makes a decoder that loads its codecs when they are first needed.
 *
 * @param wasmDirectory - holds `squoosh_png_bg.wasm` and `mozjpeg_dec.wasm`.
 */
export function createImageDecoder(wasmDirectory: string): ImageDecoder {
  const wasm = (name: string): Promise<Buffer> => readFile(join(wasmDirectory, name));
  let png: Promise<unknown> | undefined;
  let jpeg: Promise<unknown> | undefined;

  return {
    async decode(bytes) {
      const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (file.subarray(0, 8).equals(PNG_SIGNATURE)) {
        await (png ??= wasm('squoosh_png_bg.wasm').then((bytes) => initPng(bytes)));
        return decodePng(file);
      }
      if (file[0] === 0xff && file[1] === 0xd8) {
        await (jpeg ??= wasm('mozjpeg_dec.wasm').then((bytes) => initJpeg({ wasmBinary: bytes })));
        return decodeJpeg(file);
      }
      throw new Error('is neither PNG nor JPEG');
    },
  };
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

async function decodePng(bytes: Buffer): Promise<RawImage> {
  // Both stand in the header chunk, which is always the first.
  const bitDepth = bytes[24];
  const colourType = bytes[25];
  const channels = colourType === 0 || colourType === 4 ? 1 : 3;
  const buffer = copyOf(bytes);
  try {
    if (bitDepth !== 16) {
      return blendOverBlack((await decodePngWasm(buffer)) as Rgba, channels, 255);
    }
    const image = await decodePngWasm(buffer, { bitDepth: 16 });
    const blended = blendOverBlack(image, channels, 65535);
    image.free();
    return blended;
  } catch {
    throw new Error('is a damaged PNG');
  }
}

async function decodeJpeg(bytes: Buffer): Promise<RawImage> {
  const components = jpegComponents(bytes);
  // The decoder itself fills what is missing with grey.
  if (components === null || bytes.lastIndexOf(JPEG_END) < 0) {
    throw new Error('is a damaged JPEG');
  }
  if (components === 4) throw new Error('is a CMYK JPEG');
  try {
    const image = (await decodeJpegWasm(copyOf(bytes))) as Rgba;
    return blendOverBlack(image, components === 1 ? 1 : 3, 255);
  } catch {
    throw new Error('is a damaged JPEG');
  }
}

const JPEG_END = Buffer.from([0xff, 0xd9]);

/** Reads the number of colour components from the frame header (ITU T.81, B.2.2). */
function jpegComponents(bytes: Buffer): number | null {
  let offset = 2;
  while (offset + 9 < bytes.length && bytes[offset] === 0xff) {
    const marker = bytes[offset + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return bytes[offset + 9]!;
    // A marker may be preceded by any number of fill bytes.
    offset += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(offset + 2);
  }
  return null;
}

function blendOverBlack(image: Rgba, channels: 1 | 3, maximum: 255 | 65535): RawImage {
  const { width, height, data } = image;
  const pixels = width * height;
  // Bytes suffice for 8 bits; 16 bits keep their fractions.
  const blended =
    maximum === 255 ? new Uint8Array(pixels * channels) : new Float32Array(pixels * channels);
  const round = maximum === 255 ? Math.round : (value: number) => value;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const opacity = data[4 * pixel + 3]! / maximum;
    for (let channel = 0; channel < channels; channel++) {
      const value = (data[4 * pixel + channel]! / maximum) * 255;
      blended[pixel * channels + channel] = round(value * opacity);
    }
  }
  return { width, height, channels, data: blended };
}

/** The codecs want a buffer of their own; Node's small ones share a pool. */
function copyOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
