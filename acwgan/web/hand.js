"use strict";
// A hand: the latent of a digit that was drawn into the field, or of a picture that was opened.

/** Steps of a number of the latent in a link: 1 / 32, from -4 to 4. */
const STEPS = 32;

/** The field to draw into. It holds white ink on black. */
class Field {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.changed = changed;
    const pen = { lineWidth: canvas.width / 12, lineCap: "round", lineJoin: "round" };
    Object.assign(this.context, pen, { strokeStyle: "#fff", fillStyle: "#000" });
    this.wipe();
    let last = null; // Where the pen is; null while it is up.
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || !event.isPrimary) return;
      canvas.setPointerCapture(event.pointerId);
      this.line((last = this.place(event)), last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last || !event.isPrimary) return;
      const places = event.getCoalescedEvents?.() ?? [];
      for (const each of places.length ? places : [event]) {
        this.line(last, (last = this.place(each)));
      }
    });
    const up = (event) => event.isPrimary && (last = null);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, up);
  }

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(clientX - box.left) * scale, (clientY - box.top) * scale];
  }

  line(from, to) {
    this.context.beginPath();
    this.context.moveTo(...from);
    this.context.lineTo(...to);
    this.context.stroke();
    this.changed();
  }

  wipe() {
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Show a picture of a digit, dark on light or light on dark. */
  async open(file) {
    const picture = await createImageBitmap(file);
    const { width, height } = this.canvas;
    const scale = Math.min(width / picture.width, height / picture.height);
    const size = [picture.width * scale, picture.height * scale].map((side) =>
      Math.max(1, Math.round(side)),
    );
    const place = [Math.floor((width - size[0]) / 2), Math.floor((height - size[1]) / 2)];
    this.wipe();
    this.context.imageSmoothingQuality = "high"; // Photographs are reduced a lot.
    this.context.drawImage(picture, ...place, ...size);
    const image = this.context.getImageData(...place, ...size);
    const gray = inkOf(image);
    gray.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    this.context.putImageData(image, ...place);
    this.changed();
  }

  /** The gray levels in the form of MNIST's, or null if the field is empty. */
  digit() {
    const { width, height } = this.canvas;
    const { data } = this.context.getImageData(0, 0, width, height);
    const gray = new Uint8Array(width * height); // A loop: filter() took most of a stroke's time.
    for (let i = 0; i < gray.length; i++) gray[i] = data[4 * i];
    return mnistForm(gray, width, height);
  }
}

/** Bright ink on black from a picture. Most of a picture is paper, lit from any side. */
function inkOf({ data, width, height }) {
  const gray = Float32Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue, alpha] = data.subarray(4 * i, 4 * i + 4);
    return 255 + (alpha / 255) * (0.299 * red + 0.587 * green + 0.114 * blue - 255);
  });
  level(gray, width, height);
  const paper = gray.slice().sort()[gray.length >> 1];
  const away = gray.map((value) => Math.abs(value - paper));
  const most = Math.max(64, away.reduce((one, other) => Math.max(one, other), 0));
  // A shadow is less than a third of the way from paper to ink.
  return away.map((value) => Math.max(0, Math.min(255, 382 * (value / most - 1 / 3))));
}

/** Take away the slope of the plane that fits the gray levels best: light comes from one side. */
function level(gray, width, height) {
  const across = (i) => (i % width) - (width - 1) / 2;
  const down = (i) => Math.floor(i / width) - (height - 1) / 2;
  const slopes = [across, down].map((place) => {
    let [sum, squares] = [0, 0];
    gray.forEach((value, i) => {
      sum += value * place(i);
      squares += place(i) ** 2;
    });
    return sum / (squares || 1);
  });
  gray.forEach((value, i) => {
    gray[i] = value - slopes[0] * across(i) - slopes[1] * down(i);
  });
}

/** Reads what is drawn: which digit it is, and in which hand. */
class Reader {
  constructor(judge, encoder) {
    [this.judge, this.encoder] = [judge, encoder];
  }

  /**
   * @param {Float32Array} digit gray levels from mnistForm.
   * @param {number?} label what it is; null to let the judge read it.
   * @returns {Promise<{z: Float32Array, label: number, probability: number}>}
   */
  async read(digit, label) {
    const images = [digit.map((value) => value / 127.5 - 1)];
    const [{ class_probs: judged }] = await this.judge.run({ images });
    const best = judged.indexOf(Math.max(...judged));
    label ??= best;
    const [output] = await this.encoder.run({ images, labels: [Int32Array.of(label)] });
    return { z: Object.values(output)[0], label, best, probability: judged[best] };
  }
}

/** A latent as a short text for links. */
function packed(z) {
  const steps = Int8Array.from(z, (value) =>
    Math.max(-127, Math.min(127, Math.round(STEPS * value))),
  );
  const text = btoa(String.fromCharCode(...new Uint8Array(steps.buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The latent in such a text, or null if it has none of this length. */
function unpackedLatent(text, dimension) {
  if (!/^[\w-]+$/.test(text) || text.length !== Math.ceil((4 * dimension) / 3)) return null;
  const bytes = bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Float32Array.from(new Int8Array(bytes.buffer), (step) => step / STEPS);
}

/** The latent between two: on the straight line, at the length between theirs. */
function between(one, other, a) {
  const z = one.map((value, i) => (1 - a) * value + a * other[i]);
  const wanted = (1 - a) * Math.hypot(...one) + a * Math.hypot(...other);
  const length = Math.hypot(...z);
  return length > 0 ? z.map((value) => (value * wanted) / length) : z;
}
