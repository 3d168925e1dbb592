"use strict";
// Brings a drawn digit to the form of MNIST's: its box is fitted into 20 x 20 pixels, and its
// centre of mass is placed in the middle of 28 x 28. As in all of MNIST's files, the middle is the
// pixel (14, 14), counted from 0.

/** Side of an image, and longest side of the digit in it. */
const SIDE = 28;
const BOX = 20;
/** The least gray level that counts as ink. */
const INK = 32;

/**
 * @param {Uint8ClampedArray} gray width * height gray levels, ink bright.
 * @returns {Float32Array?} SIDE * SIDE gray levels from 0 to 255; null if there is no ink.
 */
function mnistForm(gray, width, height) {
  const box = boxOfInk(gray, width, height);
  if (!box) return null;
  const scale = BOX / Math.max(box.width, box.height);
  const across = shares(box.width, Math.max(1, Math.round(box.width * scale)));
  const down = shares(box.height, Math.max(1, Math.round(box.height * scale)));
  const small = down.map((rows) =>
    across.map((columns) => {
      let sum = 0;
      for (const [y, part] of rows) {
        const row = (box.top + y) * width + box.left;
        for (const [x, share] of columns) sum += part * share * gray[row + x];
      }
      return sum;
    }),
  );
  return centred(small);
}

/** The smallest box with all ink, or null. */
function boxOfInk(gray, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (gray[y * width + x] < INK) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * How much of each new pixel comes from which old ones along one side: the mean of what it covers,
 * so that edges become gray levels.
 */
function shares(before, after) {
  const size = before / after;
  return Array.from({ length: after }, (_, i) => {
    const [from, to] = [i * size, Math.min(before, (i + 1) * size)];
    const parts = [];
    for (let old = Math.floor(from); old < to; old++) {
      parts.push([old, (Math.min(to, old + 1) - Math.max(from, old)) / size]);
    }
    return parts;
  });
}

/** An image with the centre of mass of these rows in its middle, as far as they fit into it. */
function centred(rows) {
  let [mass, sumX, sumY] = [0, 0, 0];
  rows.forEach((row, y) =>
    row.forEach((value, x) => {
      mass += value;
      sumX += value * x;
      sumY += value * y;
    }),
  );
  const place = (sum, size) =>
    Math.min(SIDE - size, Math.max(0, Math.round(SIDE / 2 - sum / mass)));
  const [left, top] = [place(sumX, rows[0].length), place(sumY, rows.length)];
  const image = new Float32Array(SIDE * SIDE);
  rows.forEach((row, y) => image.set(row, (top + y) * SIDE + left));
  // A line thinner than a pixel comes out gray; MNIST's ink is white.
  const most = Math.max(...image);
  return image.map((value) => (255 * value) / most);
}
