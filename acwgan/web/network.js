"use strict";
// Runs the generator in LiteRT's WebAssembly runtime. model.js defines MODEL, runtime/wasm.js WASM.

/** Decode a base64 text. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Decompress gzipped bytes. */
async function unpacked(bytes) {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  writer.write(bytes);
  writer.close();
  return new Response(readable).arrayBuffer();
}

/** Write only errors of the runtime to the console, not its information and warnings. */
function logged(line) {
  if (!/^(INFO|WARNING):/.test(line)) console.error(line);
}

/** Start the runtime and load the network of this page. */
async function loadNetwork() {
  const wasmBinary = await unpacked(bytesOf(WASM));
  const liteRt = new LiteRT.LiteRt(await ModuleFactory({ wasmBinary, printErr: logged }));
  LiteRT.setGlobalLiteRt(liteRt);
  // One core is fast enough, and a GPU would take time to start.
  liteRt.setDefaultEnvironment(await LiteRT.Environment.create({ webGpuDevice: null }));
  const file = await liteRt.loadAndCompile(bytesOf(MODEL.network), { accelerator: "wasm" });
  return new Network(file.signatures.mixtures ?? file);
}

/** A generator in a LiteRT file, for any number of images. */
class Network {
  /** @param signature the signature that takes z and class weights. */
  constructor(signature) {
    this.signature = signature;
    const [output] = signature.getOutputDetails();
    [this.batch, this.height, this.width, this.channels] = output.shape;
  }

  /**
   * Draw images.
   * @param {Float32Array[]} z the latent of each image.
   * @param {Float32Array[]} weights the class weights of each image.
   * @returns {Promise<Uint8Array[]>} height * width * channels values for each image.
   */
  async draw(z, weights) {
    const images = [];
    for (let start = 0; start < z.length; start += this.batch) {
      const rows = [z, weights].map((all) => all.slice(start, start + this.batch));
      images.push(...(await this.drawBatch(...rows)));
    }
    return images;
  }

  /** Draw at most one batch. The file takes only full batches, so the rest is filled with zeros. */
  async drawBatch(z, weights) {
    const inputs = {
      [MODEL.z]: this.tensor(z),
      class_weights: this.tensor(weights),
    };
    const { images } = await this.signature.run(inputs);
    const pixels = pixelsOf(await images.data());
    for (const tensor of [...Object.values(inputs), images]) tensor.delete();
    const size = this.height * this.width * this.channels;
    return z.map((_, row) => pixels.subarray(row * size, (row + 1) * size));
  }

  tensor(rows) {
    const filled = new Float32Array(this.batch * rows[0].length);
    rows.forEach((row, index) => filled.set(row, index * row.length));
    return new LiteRT.Tensor(filled, [this.batch, rows[0].length]);
  }
}

/** Map [-1, 1] to 0..255, as images.to_uint8 in Python does; uint8 pixels are only copied. */
function pixelsOf(images) {
  if (images instanceof Uint8Array) return images.slice();
  return Uint8Array.from(images, (value) =>
    Math.min(255, Math.max(0, Math.round((value + 1) * 127.5))),
  );
}
