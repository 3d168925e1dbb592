"use strict";
// Runs networks in LiteRT's WebAssembly runtime. model.js defines MODEL, runtime/wasm.js WASM.

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

/** Start the runtime. */
async function startRuntime() {
  const wasmBinary = await unpacked(bytesOf(WASM));
  const liteRt = new LiteRT.LiteRt(await ModuleFactory({ wasmBinary, printErr: logged }));
  LiteRT.setGlobalLiteRt(liteRt);
  // One core is fast enough, and a GPU would take time to start.
  liteRt.setDefaultEnvironment(await LiteRT.Environment.create({ webGpuDevice: null }));
  return liteRt;
}

/** Load a network from the base64 text of its LiteRT file. */
async function loadNetwork(liteRt, base64) {
  const file = await liteRt.loadAndCompile(bytesOf(base64), { accelerator: "wasm" });
  return new Network(file.signatures.mixtures ?? file);
}

/** A network in a LiteRT file, for any number of rows. */
class Network {
  constructor(signature) {
    this.signature = signature;
    this.shapes = Object.fromEntries(
      signature.getInputDetails().map(({ name, shape }) => [name, [...shape]]),
    );
    this.batch = Object.values(this.shapes)[0][0];
  }

  /**
   * Run the network.
   * @param inputs name -> a typed array of each row.
   * @returns {Promise<Object[]>} for each row: name -> a typed array.
   */
  async run(inputs) {
    const rows = [];
    const count = Object.values(inputs)[0].length;
    for (let start = 0; start < count; start += this.batch) {
      rows.push(...(await this.runBatch(inputs, start, Math.min(count, start + this.batch))));
    }
    return rows;
  }

  /** Run some rows. The file takes only full batches, so the rest is filled with zeros. */
  async runBatch(inputs, start, end) {
    const tensors = {};
    for (const [name, all] of Object.entries(inputs)) {
      const [one] = all;
      const filled = new one.constructor(this.batch * one.length);
      all.slice(start, end).forEach((row, i) => filled.set(row, i * row.length));
      tensors[name] = new LiteRT.Tensor(filled, this.shapes[name]);
    }
    const outputs = await this.signature.run(tensors);
    const rows = Array.from({ length: end - start }, () => ({}));
    for (const [name, tensor] of Object.entries(outputs)) {
      const values = await tensor.data();
      const size = values.length / this.batch;
      rows.forEach((row, i) => (row[name] = values.slice(i * size, (i + 1) * size)));
    }
    for (const tensor of [...Object.values(tensors), ...Object.values(outputs)]) tensor.delete();
    return rows;
  }
}

/** A generator. */
class Generator {
  /** @param {Network} network its network, which takes z and class weights. */
  constructor(network) {
    this.network = network;
    const [output] = network.signature.getOutputDetails();
    [, this.height, this.width, this.channels] = output.shape;
  }

  /**
   * Draw images.
   * @param {Float32Array[]} z the latent of each image.
   * @param {Float32Array[]} weights the class weights of each image.
   * @returns {Promise<Uint8Array[]>} height * width * channels values for each image.
   */
  async draw(z, weights) {
    const rows = await this.network.run({ [MODEL.z]: z, class_weights: weights });
    return rows.map(({ images }) => pixelsOf(images));
  }
}

/** Map [-1, 1] to 0..255, as images.to_uint8 in Python does; uint8 pixels are only copied. */
function pixelsOf(images) {
  if (images instanceof Uint8Array) return images.slice();
  return Uint8Array.from(images, (value) =>
    Math.min(255, Math.max(0, Math.round((value + 1) * 127.5))),
  );
}
