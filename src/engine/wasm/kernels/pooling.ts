import { at } from './arithmetic';
import { addTo } from './windows';

/** A 3-D pooling, as `poolingGeometry` describes it; a 2-D one has a depth of 1. */
@unmanaged
export class Pooling {
  channels: i32;
  inDepth: i32;
  outDepth: i32;
  windowDepth: i32;
  strideDepth: i32;
  padFront: i32;
  inHeight: i32;
  outHeight: i32;
  windowHeight: i32;
  strideHeight: i32;
  padTop: i32;
  inWidth: i32;
  outWidth: i32;
  windowWidth: i32;
  strideWidth: i32;
  padLeft: i32;

  /** Whether every window is a square of four cells that no other window holds. */
  get isHalving(): bool {
    return (
      this.channels % 4 === 0 &&
      this.inDepth === this.outDepth &&
      this.windowDepth === 1 &&
      isHalved(this.inHeight, this.outHeight, this.windowHeight, this.strideHeight) &&
      isHalved(this.inWidth, this.outWidth, this.windowWidth, this.strideWidth)
    );
  }
}

function isHalved(input: i32, output: i32, window: i32, stride: i32): bool {
  return window === 2 && stride === 2 && input === 2 * output;
}

/** Writes a max pooling's gradient for its input: each window's dy goes to its first maximum. */
export function maxPoolGradient(x: usize, dy: usize, dx: usize, images: i32, shape: Pooling): void {
  if (shape.isHalving) passBackToQuarters(x, dy, dx, images, shape);
  else passBack(true, x, dy, dx, images, shape);
}

/** Writes an average pooling's gradient for its input: each window's dy is shared by its cells. */
export function averagePoolGradient(dy: usize, dx: usize, images: i32, shape: Pooling): void {
  passBack(false, 0, dy, dx, images, shape);
}

/** Writes a max pooling; NaN is never greater, as for the gradient. */
export function maxPool(x: usize, y: usize, images: i32, shape: Pooling): void {
  if (shape.isHalving) {
    halve(x, y, images, shape);
    return;
  }
  const channels = shape.channels;
  const image = shape.inDepth * shape.inHeight * shape.inWidth * channels;
  for (let n = 0; n < images; n++) {
    for (let outD = 0; outD < shape.outDepth; outD++) {
      const d = outD * shape.strideDepth - shape.padFront;
      const firstD = max(0, d);
      const depth = min(shape.inDepth, d + shape.windowDepth) - firstD;
      for (let outH = 0; outH < shape.outHeight; outH++) {
        const h = outH * shape.strideHeight - shape.padTop;
        const firstH = max(0, h);
        const height = min(shape.inHeight, h + shape.windowHeight) - firstH;
        for (let outW = 0; outW < shape.outWidth; outW++) {
          const w = outW * shape.strideWidth - shape.padLeft;
          const firstW = max(0, w);
          const width = min(shape.inWidth, w + shape.windowWidth) - firstW;
          const cell = ((firstD * shape.inHeight + firstH) * shape.inWidth + firstW) * channels;
          writeMaximum(at(x, cell), y, depth, height, width, shape);
          y += (<usize>channels) << 2;
        }
      }
    }
    x += (<usize>image) << 2;
  }
}

function writeMaximum(
  x: usize,
  y: usize,
  depth: i32,
  height: i32,
  width: i32,
  shape: Pooling,
): void {
  const channels = shape.channels;
  const column = (<usize>channels) << 2;
  const row = <usize>shape.inWidth * column;
  const slice = <usize>shape.inHeight * row;
  let c = 0;
  for (; c + 4 <= channels; c += 4) {
    let largest = f32x4.splat(-Infinity);
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = at(x, c) + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) {
          largest = f32x4.pmax(largest, v128.load(cell));
        }
      }
    }
    v128.store(at(y, c), largest);
  }
  for (; c < channels; c++) {
    let largest: f32 = -Infinity;
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = at(x, c) + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) {
          const value = load<f32>(cell);
          if (value > largest) largest = value;
        }
      }
    }
    store<f32>(at(y, c), largest);
  }
}

/** As {@link maxPool}, for a pooling that halves. */
function halve(x: usize, y: usize, images: i32, shape: Pooling): void {
  const column = (<usize>shape.channels) << 2;
  const row = <usize>shape.inWidth * column;
  const lowest = f32x4.splat(-Infinity);
  for (let rows = images * shape.inDepth * shape.outHeight; rows > 0; rows--) {
    for (let w = 0; w < shape.outWidth; w++) {
      for (let c: usize = 0; c < column; c += 16) {
        let largest = f32x4.pmax(lowest, v128.load(x + c));
        largest = f32x4.pmax(largest, v128.load(x + c + column));
        largest = f32x4.pmax(largest, v128.load(x + c + row));
        v128.store(y + c, f32x4.pmax(largest, v128.load(x + c + row + column)));
      }
      x += 2 * column;
      y += column;
    }
    x += row;
  }
}

/** As {@link passBack}, for a pooling that halves: each cell is in one window and written once. */
function passBackToQuarters(x: usize, dy: usize, dx: usize, images: i32, shape: Pooling): void {
  const column = (<usize>shape.channels) << 2;
  const row = <usize>shape.inWidth * column;
  const lowest = f32x4.splat(-Infinity);
  for (let rows = images * shape.inDepth * shape.outHeight; rows > 0; rows--) {
    for (let w = 0; w < shape.outWidth; w++) {
      for (let c: usize = 0; c < column; c += 16) {
        const first = v128.load(x + c);
        const second = v128.load(x + c + column);
        const third = v128.load(x + c + row);
        const fourth = v128.load(x + c + row + column);
        let largest = f32x4.pmax(f32x4.pmax(lowest, first), second);
        largest = f32x4.pmax(f32x4.pmax(largest, third), fourth);
        let left = v128.andnot(v128.load(dy + c), f32x4.eq(largest, lowest));
        let isMaximum = f32x4.eq(first, largest);
        v128.store(dx + c, v128.and(left, isMaximum));
        left = v128.andnot(left, isMaximum);
        isMaximum = f32x4.eq(second, largest);
        v128.store(dx + c + column, v128.and(left, isMaximum));
        left = v128.andnot(left, isMaximum);
        isMaximum = f32x4.eq(third, largest);
        v128.store(dx + c + row, v128.and(left, isMaximum));
        left = v128.andnot(left, isMaximum);
        v128.store(dx + c + row + column, v128.and(left, f32x4.eq(fourth, largest)));
      }
      x += 2 * column;
      dx += 2 * column;
      dy += column;
    }
    x += row;
    dx += row;
  }
}

function passBack(
  isMaximum: bool,
  x: usize,
  dy: usize,
  dx: usize,
  images: i32,
  shape: Pooling,
): void {
  const channels = shape.channels;
  const image = shape.inDepth * shape.inHeight * shape.inWidth * channels;
  memory.fill(dx, 0, (<usize>(images * image)) << 2);
  for (let n = 0; n < images; n++) {
    for (let outD = 0; outD < shape.outDepth; outD++) {
      const d = outD * shape.strideDepth - shape.padFront;
      const firstD = max(0, d);
      const depth = min(shape.inDepth, d + shape.windowDepth) - firstD;
      for (let outH = 0; outH < shape.outHeight; outH++) {
        const h = outH * shape.strideHeight - shape.padTop;
        const firstH = max(0, h);
        const height = min(shape.inHeight, h + shape.windowHeight) - firstH;
        for (let outW = 0; outW < shape.outWidth; outW++) {
          const w = outW * shape.strideWidth - shape.padLeft;
          const firstW = max(0, w);
          const width = min(shape.inWidth, w + shape.windowWidth) - firstW;
          const cell = ((firstD * shape.inHeight + firstH) * shape.inWidth + firstW) * channels;
          if (isMaximum) {
            toMaximum(at(x, cell), dy, at(dx, cell), depth, height, width, shape);
          } else {
            toAllCells(dy, at(dx, cell), depth, height, width, shape);
          }
          dy += (<usize>channels) << 2;
        }
      }
    }
    x += (<usize>image) << 2;
    dx += (<usize>image) << 2;
  }
}

/**
 * Adds dy to the first maximum of a window, for each channel. NaN is never greater: a window of
 * nothing but NaN or -Infinity has no maximum, as in the cpu backend.
 */
function toMaximum(
  x: usize,
  dy: usize,
  dx: usize,
  depth: i32,
  height: i32,
  width: i32,
  shape: Pooling,
): void {
  const channels = shape.channels;
  const column = (<usize>channels) << 2;
  const row = <usize>shape.inWidth * column;
  const slice = <usize>shape.inHeight * row;
  let c = 0;
  for (; c + 4 <= channels; c += 4) {
    let maximum = f32x4.splat(-Infinity);
    let place = i32x4.splat(-1);
    const from: usize = (<usize>c) << 2;
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = from + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) {
          const values = v128.load(x + cell);
          const greater = f32x4.gt(values, maximum);
          maximum = v128.bitselect(values, maximum, greater);
          place = v128.bitselect(i32x4.splat(<i32>cell), place, greater);
        }
      }
    }
    const gradients = v128.load(dy + from);
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = from + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) {
          addTo(dx + cell, v128.and(gradients, i32x4.eq(place, i32x4.splat(<i32>cell))));
        }
      }
    }
  }
  for (; c < channels; c++) {
    let maximum: f32 = -Infinity;
    let place: usize = 0;
    const from: usize = (<usize>c) << 2;
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = from + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) {
          const value = load<f32>(x + cell);
          if (value > maximum) {
            maximum = value;
            place = dx + cell;
          }
        }
      }
    }
    if (place !== 0) store<f32>(place, load<f32>(place) + load<f32>(dy + from));
  }
}

/** Adds an equal share of dy to every cell of a window. */
function toAllCells(
  dy: usize,
  dx: usize,
  depth: i32,
  height: i32,
  width: i32,
  shape: Pooling,
): void {
  const channels = shape.channels;
  const column = (<usize>channels) << 2;
  const row = <usize>shape.inWidth * column;
  const slice = <usize>shape.inHeight * row;
  const cells = <f32>(depth * height * width);
  let c = 0;
  for (; c + 4 <= channels; c += 4) {
    const share = f32x4.div(v128.load(at(dy, c)), f32x4.splat(cells));
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = at(dx, c) + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) addTo(cell, share);
      }
    }
  }
  for (; c < channels; c++) {
    const share = load<f32>(at(dy, c)) / cells;
    for (let d = 0; d < depth; d++) {
      for (let h = 0; h < height; h++) {
        let cell = at(dx, c) + <usize>d * slice + <usize>h * row;
        for (let w = 0; w < width; w++, cell += column) store<f32>(cell, load<f32>(cell) + share);
      }
    }
  }
}
