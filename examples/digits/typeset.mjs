// Draws digits from typefaces: outlines, transformed, filled and thickened on a fine grid.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import opentype from 'opentype.js';

/** Pixels along a side of an image. */
export const SIDE = 28;

/** Cells of the fine grid along a side of a pixel. */
const FINENESS = 4;
const GRID = SIDE * FINENESS;

/** Straight pieces that stand for one curve. */
const PIECES = 8;

const require = createRequire(import.meta.url);

/**
 * Opens a face of a typeface.
 * @param {string} family name of its @fontsource package
 * @param {number} weight
 * @param {'normal' | 'italic'} style
 */
export function openFace(family, weight = 400, style = 'normal') {
  const directory = dirname(require.resolve(`@fontsource/${family}/package.json`));
  const file = readFileSync(join(directory, 'files', `${family}-latin-${weight}-${style}.woff`));
  return opentype.parse(new Uint8Array(file).buffer);
}

/**
 * Returns how much of each pixel the digit covers, 0 to 1, row by row.
 * @param {opentype.Font} face
 * @param {number} digit
 * @param {{ height: number, width: number, slant: number, rotation: number, thickness: number,
 *   right: number, down: number }} shape height of the digit in pixels, its width relative to the
 *   typeface's own, slant as a shear, rotation in radians, what is added to its strokes' half width
 *   and its shift from the middle in pixels
 */
export function drawDigit(face, digit, shape) {
  const contours = outline(face, digit, shape);
  const ink = thicken(fill(contours), shape.thickness * FINENESS);
  const coverage = new Float64Array(SIDE * SIDE);
  ink.forEach((inked, cell) => {
    const row = Math.floor(cell / GRID / FINENESS);
    const column = Math.floor((cell % GRID) / FINENESS);
    coverage[row * SIDE + column] += inked / FINENESS ** 2;
  });
  return coverage;
}

/** The digit's contours as polygons in cells of the fine grid. */
function outline(face, digit, { height, width, slant, rotation, right, down }) {
  const path = face.charToGlyph(String(digit)).getPath(0, 0, 1000);
  const box = path.getBoundingBox();
  const scale = height / (box.y2 - box.y1);
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const place = (x, y) => {
    const v = (y - (box.y1 + box.y2) / 2) * scale;
    const u = (x - (box.x1 + box.x2) / 2) * scale * width - slant * v;
    return [
      (SIDE / 2 + right + cos * u - sin * v) * FINENESS,
      (SIDE / 2 + down + sin * u + cos * v) * FINENESS,
    ];
  };
  const contours = [];
  let contour = [];
  let [x, y] = [0, 0];
  for (const command of path.commands) {
    if (command.type === 'M') contours.push((contour = []));
    if (command.type === 'Z') continue;
    const from = [x, y];
    [x, y] = [command.x, command.y];
    const curved = command.type === 'C' || command.type === 'Q';
    for (let piece = curved ? 1 : PIECES; piece <= PIECES; piece++) {
      contour.push(place(...bezier(command, from, piece / PIECES)));
    }
  }
  return contours;
}

function bezier(command, [x, y], t) {
  const s = 1 - t;
  if (command.type === 'C') {
    const mix = (a, b, c, d) => s ** 3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t ** 3 * d;
    return [mix(x, command.x1, command.x2, command.x), mix(y, command.y1, command.y2, command.y)];
  }
  if (command.type === 'Q') {
    const mix = (a, b, c) => s * s * a + 2 * s * t * b + t * t * c;
    return [mix(x, command.x1, command.x), mix(y, command.y1, command.y)];
  }
  return [command.x, command.y];
}

/** Fills the polygons by the non-zero winding rule: 1 for each cell whose middle is inside. */
function fill(contours) {
  const cells = new Uint8Array(GRID * GRID);
  for (let row = 0; row < GRID; row++) {
    const y = row + 0.5;
    const crossings = [];
    for (const points of contours) {
      points.forEach(([x1, y1], i) => {
        const [x2, y2] = points[(i + 1) % points.length];
        if (y1 <= y === y2 <= y) return;
        crossings.push([x1 + ((y - y1) / (y2 - y1)) * (x2 - x1), y1 < y2 ? 1 : -1]);
      });
    }
    crossings.sort(([a], [b]) => a - b);
    let winding = 0;
    crossings.forEach(([x, turn], i) => {
      winding += turn;
      if (winding === 0) return;
      const end = crossings[i + 1]?.[0] ?? GRID;
      for (let column = Math.ceil(x - 0.5); column < end - 0.5; column++) {
        if (column >= 0 && column < GRID) cells[row * GRID + column] = 1;
      }
    });
  }
  return cells;
}

/** Inks every cell that is no farther than the radius from an inked one. */
function thicken(cells, radius) {
  const reach = Math.floor(radius);
  const thick = cells.slice();
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      if (!cells[row * GRID + column]) continue;
      for (let down = -reach; down <= reach; down++) {
        for (let right = -reach; right <= reach; right++) {
          if (down * down + right * right > radius * radius) continue;
          const [r, c] = [row + down, column + right];
          if (r >= 0 && r < GRID && c >= 0 && c < GRID) thick[r * GRID + c] = 1;
        }
      }
    }
  }
  return thick;
}
