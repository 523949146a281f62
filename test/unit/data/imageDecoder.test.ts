import { describe, expect, it } from 'vitest';
import { createImageDecoder } from '../../../src/data/imageDecoder.ts';
import { codecFolder, expectedImages, fixtureImage } from './support.ts';

const decoder = createImageDecoder(codecFolder());

describe('the image decoder', () => {
  for (const [name, expected] of Object.entries(expectedImages())) {
    it(`reads ${name} as Pillow does`, async () => {
      const image = await decoder.decode(fixtureImage(name));
      expect([image.height, image.width, image.channels]).toEqual(expected.shape);
      // JPEG decoders may round the inverse transform and the colours differently.
      const tolerance = name.endsWith('jpg') ? 2 : 1e-3;
      expected.values.forEach((value, i) => {
        expect(Math.abs(image.data[i]! - value)).toBeLessThanOrEqual(tolerance);
      });
    });
  }

  it('goes by content, not by name, and takes a view into a larger buffer', async () => {
    const file = fixtureImage('grey.png');
    const padded = Buffer.concat([Buffer.alloc(7), file, Buffer.alloc(9)]);
    const image = await decoder.decode(padded.subarray(7, 7 + file.length));
    expect(Array.from(image.data)).toEqual(expectedImages()['grey.png']?.values);
  });

  it.each([
    ['a cut-off PNG', fixtureImage('colour.png').subarray(0, 60), 'is a damaged PNG'],
    ['a PNG signature alone', fixtureImage('colour.png').subarray(0, 8), 'is a damaged PNG'],
    ['a cut-off JPEG', fixtureImage('colour.jpg').subarray(0, 640), 'is a damaged JPEG'],
    ['a JPEG marker alone', Buffer.from([0xff, 0xd8]), 'is a damaged JPEG'],
    ['a CMYK JPEG', fixtureImage('cmyk.jpg'), 'is a CMYK JPEG'],
    ['another file', Buffer.from('GIF89a'), 'is neither PNG nor JPEG'],
    ['an empty file', Buffer.alloc(0), 'is neither PNG nor JPEG'],
  ])('refuses %s', async (_, file, reason) => {
    await expect(decoder.decode(file)).rejects.toThrow(reason);
  });

  it('still decodes after a damaged file', async () => {
    await expect(decoder.decode(fixtureImage('colour.png').subarray(0, 60))).rejects.toThrow();
    await expect(decoder.decode(fixtureImage('colour.png'))).resolves.toMatchObject({ height: 2 });
  });
});
