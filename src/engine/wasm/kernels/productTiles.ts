import { at, multiplyAdd } from './arithmetic';
import { PANEL } from './lattice';

/**
 * Writes PANEL products of each of six rows of `length` floats with a panel of weights. It is
 * exported only to stay a function of its own, which ends with plain stores: in any other form V8
 * does not keep the sums in registers, which halves the speed.
 */
export function multiplyTile(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  weights: usize,
  length: i32,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  y4: usize,
  y5: usize,
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
  const end = at(x0, length);
  while (x0 < end) {
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    const a = v128.load32_splat(x0);
    a0 = multiplyAdd(a, w0, a0);
    a1 = multiplyAdd(a, w1, a1);
    const b = v128.load32_splat(x1);
    b0 = multiplyAdd(b, w0, b0);
    b1 = multiplyAdd(b, w1, b1);
    const c = v128.load32_splat(x2);
    c0 = multiplyAdd(c, w0, c0);
    c1 = multiplyAdd(c, w1, c1);
    const d = v128.load32_splat(x3);
    d0 = multiplyAdd(d, w0, d0);
    d1 = multiplyAdd(d, w1, d1);
    const e = v128.load32_splat(x4);
    e0 = multiplyAdd(e, w0, e0);
    e1 = multiplyAdd(e, w1, e1);
    const f = v128.load32_splat(x5);
    f0 = multiplyAdd(f, w0, f0);
    f1 = multiplyAdd(f, w1, f1);
    weights += 4 * PANEL;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
    x4 += 4;
    x5 += 4;
  }
  v128.store(y0, a0);
  v128.store(y0, a1, 16);
  v128.store(y1, b0);
  v128.store(y1, b1, 16);
  v128.store(y2, c0);
  v128.store(y2, c1, 16);
  v128.store(y3, d0);
  v128.store(y3, d1, 16);
  v128.store(y4, e0);
  v128.store(y4, e1, 16);
  v128.store(y5, f0);
  v128.store(y5, f1, 16);
}

/**
 * The same for two panels, of which the second begins at `next`: 24 vectors of sums, which fill the
 * registers where V8 joins neighbouring vectors to ones of eight floats, and overflow them elsewhere.
 */
export function multiplyTwoTiles(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  weights: usize,
  next: usize,
  length: i32,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  y4: usize,
  y5: usize,
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
  const end = at(x0, length);
  while (x0 < end) {
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    const w2 = v128.load(next);
    const w3 = v128.load(next, 16);
    const a = v128.load32_splat(x0);
    a0 = multiplyAdd(a, w0, a0);
    a1 = multiplyAdd(a, w1, a1);
    a2 = multiplyAdd(a, w2, a2);
    a3 = multiplyAdd(a, w3, a3);
    const b = v128.load32_splat(x1);
    b0 = multiplyAdd(b, w0, b0);
    b1 = multiplyAdd(b, w1, b1);
    b2 = multiplyAdd(b, w2, b2);
    b3 = multiplyAdd(b, w3, b3);
    const c = v128.load32_splat(x2);
    c0 = multiplyAdd(c, w0, c0);
    c1 = multiplyAdd(c, w1, c1);
    c2 = multiplyAdd(c, w2, c2);
    c3 = multiplyAdd(c, w3, c3);
    const d = v128.load32_splat(x3);
    d0 = multiplyAdd(d, w0, d0);
    d1 = multiplyAdd(d, w1, d1);
    d2 = multiplyAdd(d, w2, d2);
    d3 = multiplyAdd(d, w3, d3);
    const e = v128.load32_splat(x4);
    e0 = multiplyAdd(e, w0, e0);
    e1 = multiplyAdd(e, w1, e1);
    e2 = multiplyAdd(e, w2, e2);
    e3 = multiplyAdd(e, w3, e3);
    const f = v128.load32_splat(x5);
    f0 = multiplyAdd(f, w0, f0);
    f1 = multiplyAdd(f, w1, f1);
    f2 = multiplyAdd(f, w2, f2);
    f3 = multiplyAdd(f, w3, f3);
    weights += 4 * PANEL;
    next += 4 * PANEL;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
    x4 += 4;
    x5 += 4;
  }
  v128.store(y0, a0);
  v128.store(y0, a1, 16);
  v128.store(y0, a2, 32);
  v128.store(y0, a3, 48);
  v128.store(y1, b0);
  v128.store(y1, b1, 16);
  v128.store(y1, b2, 32);
  v128.store(y1, b3, 48);
  v128.store(y2, c0);
  v128.store(y2, c1, 16);
  v128.store(y2, c2, 32);
  v128.store(y2, c3, 48);
  v128.store(y3, d0);
  v128.store(y3, d1, 16);
  v128.store(y3, d2, 32);
  v128.store(y3, d3, 48);
  v128.store(y4, e0);
  v128.store(y4, e1, 16);
  v128.store(y4, e2, 32);
  v128.store(y4, e3, 48);
  v128.store(y5, f0);
  v128.store(y5, f1, 16);
  v128.store(y5, f2, 32);
  v128.store(y5, f3, 48);
}
