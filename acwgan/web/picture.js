"use strict";
// Shows pixels as canvases and saves them as a PNG.

/** Side of a pixel in the PNG, as with acwgan generate --scale 8. */
const SCALE = 8;

/** A canvas with the pixels of an image. */
function canvasOf(pixels, { height, width, channels }) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[channels * i + (c % channels)];
    image.data[4 * i + 3] = 255;
  }
  const canvas = document.createElement("canvas");
  [canvas.height, canvas.width] = [height, width];
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Save canvases of equal size side by side, enlarged. */
async function savePng(canvases, name) {
  const { height, width } = canvases[0];
  const strip = document.createElement("canvas");
  [strip.height, strip.width] = [SCALE * height, SCALE * width * canvases.length];
  const context = strip.getContext("2d");
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, i) =>
    context.drawImage(canvas, SCALE * width * i, 0, SCALE * width, SCALE * height),
  );
  const blob = await new Promise((done) => strip.toBlob(done, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
