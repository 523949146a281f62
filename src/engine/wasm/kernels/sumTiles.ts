import { multiplyAdd } from './arithmetic';
import { PANEL } from './lattice';

/**
 * Writes the sums of the products of six floats of every pixel with a panel of dy, which ends at
 * `end`, to a tile. In x, pixels are `step` bytes apart, and `skip` more after every `row` bytes of
 * dy. Like the next two it is exported and ends with plain stores for the reason that
 * `multiplyTile` gives.
 */
export function sumSix(
  x: usize,
  step: usize,
  row: usize,
  skip: usize,
  dy: usize,
  end: usize,
  tile: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  let e0 = a0;
  let e1 = a0;
  let f0 = a0;
  let f1 = a0;
  let rowEnd = dy + row;
  while (dy < end) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const a = v128.load32_splat(x);
    a0 = multiplyAdd(a, g0, a0);
    a1 = multiplyAdd(a, g1, a1);
    const b = v128.load32_splat(x, 4);
    b0 = multiplyAdd(b, g0, b0);
    b1 = multiplyAdd(b, g1, b1);
    const c = v128.load32_splat(x, 8);
    c0 = multiplyAdd(c, g0, c0);
    c1 = multiplyAdd(c, g1, c1);
    const d = v128.load32_splat(x, 12);
    d0 = multiplyAdd(d, g0, d0);
    d1 = multiplyAdd(d, g1, d1);
    const e = v128.load32_splat(x, 16);
    e0 = multiplyAdd(e, g0, e0);
    e1 = multiplyAdd(e, g1, e1);
    const f = v128.load32_splat(x, 20);
    f0 = multiplyAdd(f, g0, f0);
    f1 = multiplyAdd(f, g1, f1);
    dy += 4 * PANEL;
    x += step;
    if (dy === rowEnd) {
      x += skip;
      rowEnd += row;
    }
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
  v128.store(tile, d0, 96);
  v128.store(tile, d1, 112);
  v128.store(tile, e0, 128);
  v128.store(tile, e1, 144);
  v128.store(tile, f0, 160);
  v128.store(tile, f1, 176);
}

/** The same for three floats. */
export function sumThree(
  x: usize,
  step: usize,
  row: usize,
  skip: usize,
  dy: usize,
  end: usize,
  tile: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let rowEnd = dy + row;
  while (dy < end) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const a = v128.load32_splat(x);
    a0 = multiplyAdd(a, g0, a0);
    a1 = multiplyAdd(a, g1, a1);
    const b = v128.load32_splat(x, 4);
    b0 = multiplyAdd(b, g0, b0);
    b1 = multiplyAdd(b, g1, b1);
    const c = v128.load32_splat(x, 8);
    c0 = multiplyAdd(c, g0, c0);
    c1 = multiplyAdd(c, g1, c1);
    dy += 4 * PANEL;
    x += step;
    if (dy === rowEnd) {
      x += skip;
      rowEnd += row;
    }
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
}

/** The same for one float. */
export function sumOne(
  x: usize,
  step: usize,
  row: usize,
  skip: usize,
  dy: usize,
  end: usize,
  tile: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let rowEnd = dy + row;
  while (dy < end) {
    const a = v128.load32_splat(x);
    a0 = multiplyAdd(a, v128.load(dy), a0);
    a1 = multiplyAdd(a, v128.load(dy, 16), a1);
    dy += 4 * PANEL;
    x += step;
    if (dy === rowEnd) {
      x += skip;
      rowEnd += row;
    }
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
}

/**
 * The same as {@link sumSix} for two panels, of which the first ends where the second begins, at
 * `next`: the second's tile follows the first's. See `multiplyTwoTiles`.
 */
export function sumSixTwice(
  x: usize,
  step: usize,
  row: usize,
  skip: usize,
  dy: usize,
  next: usize,
  tile: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let c0 = a0;
  let c1 = a0;
  let c2 = a0;
  let c3 = a0;
  let d0 = a0;
  let d1 = a0;
  let d2 = a0;
  let d3 = a0;
  let e0 = a0;
  let e1 = a0;
  let e2 = a0;
  let e3 = a0;
  let f0 = a0;
  let f1 = a0;
  let f2 = a0;
  let f3 = a0;
  const end = next;
  let rowEnd = dy + row;
  while (dy < end) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const g2 = v128.load(next);
    const g3 = v128.load(next, 16);
    const a = v128.load32_splat(x);
    a0 = multiplyAdd(a, g0, a0);
    a1 = multiplyAdd(a, g1, a1);
    a2 = multiplyAdd(a, g2, a2);
    a3 = multiplyAdd(a, g3, a3);
    const b = v128.load32_splat(x, 4);
    b0 = multiplyAdd(b, g0, b0);
    b1 = multiplyAdd(b, g1, b1);
    b2 = multiplyAdd(b, g2, b2);
    b3 = multiplyAdd(b, g3, b3);
    const c = v128.load32_splat(x, 8);
    c0 = multiplyAdd(c, g0, c0);
    c1 = multiplyAdd(c, g1, c1);
    c2 = multiplyAdd(c, g2, c2);
    c3 = multiplyAdd(c, g3, c3);
    const d = v128.load32_splat(x, 12);
    d0 = multiplyAdd(d, g0, d0);
    d1 = multiplyAdd(d, g1, d1);
    d2 = multiplyAdd(d, g2, d2);
    d3 = multiplyAdd(d, g3, d3);
    const e = v128.load32_splat(x, 16);
    e0 = multiplyAdd(e, g0, e0);
    e1 = multiplyAdd(e, g1, e1);
    e2 = multiplyAdd(e, g2, e2);
    e3 = multiplyAdd(e, g3, e3);
    const f = v128.load32_splat(x, 20);
    f0 = multiplyAdd(f, g0, f0);
    f1 = multiplyAdd(f, g1, f1);
    f2 = multiplyAdd(f, g2, f2);
    f3 = multiplyAdd(f, g3, f3);
    dy += 4 * PANEL;
    next += 4 * PANEL;
    x += step;
    if (dy === rowEnd) {
      x += skip;
      rowEnd += row;
    }
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
  v128.store(tile, d0, 96);
  v128.store(tile, d1, 112);
  v128.store(tile, e0, 128);
  v128.store(tile, e1, 144);
  v128.store(tile, f0, 160);
  v128.store(tile, f1, 176);
  v128.store(tile, a2, 192);
  v128.store(tile, a3, 208);
  v128.store(tile, b2, 224);
  v128.store(tile, b3, 240);
  v128.store(tile, c2, 256);
  v128.store(tile, c3, 272);
  v128.store(tile, d2, 288);
  v128.store(tile, d3, 304);
  v128.store(tile, e2, 320);
  v128.store(tile, e3, 336);
  v128.store(tile, f2, 352);
  v128.store(tile, f3, 368);
}
