"use strict";
// The controls, and what they draw.

const element = (id) => document.getElementById(id);
const controls = ["text", "style", "truncation", "other", "morph"].map(element);
const [text, style, truncation, other, morph] = controls;
const picture = element("picture");

/** A latent for each style: Latents(style, ...)(1) of Python. */
const STYLES = new Float32Array(bytesOf(MODEL.styles).buffer);

/** What is wanted now; null, with a line for people, if it cannot be drawn. */
function wanted() {
  try {
    const labels = read(text);
    // Where the other text is shorter, the rest stays.
    const others = other.value.trim() ? read(other) : [];
    const a = morph.value / 100;
    const scale = truncation.value / 100;
    const dimension = STYLES.length / (Number(style.max) + 1);
    const start = style.value * dimension;
    const z = STYLES.slice(start, start + dimension).map((value) => value * scale);
    const between = a > 0 && others.length > 0;
    say("", false);
    showCommand(labels, between);
    return {
      z: labels.map(() => z),
      weights: labels.map((label, i) => mixed(label, others[i] ?? label, a)),
      words: inWords(between),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(error.message, true);
    return null;
  }
}

function read(input) {
  input.setAttribute("aria-invalid", "true");
  const labels = labelsOf(input.value);
  input.removeAttribute("aria-invalid");
  return labels;
}

/** The picture for those who don't see it. */
function inWords(between) {
  const what = between ? `${text.value}, ${morph.value}% on the way to ${other.value}` : text.value;
  return `${what}, drawn in style ${style.value}`;
}

function say(line, wrong) {
  const status = element("status");
  if (status.textContent !== line) status.textContent = line; // Else it would be read out again.
  status.classList.toggle("wrong", wrong);
}

/** The numbers beside the sliders. */
function describe() {
  const numbers = { style: style.value, truncation: truncation.value / 100, morph: `${morph.value}%` };
  for (const [id, number] of Object.entries(numbers)) {
    document.querySelector(`output[for=${id}]`).value = number;
    element(id).setAttribute("aria-valuetext", number);
  }
}

/** The command that draws the same. None draws what is between two classes. */
function showCommand(labels, between) {
  const names = labels.map((label) => MODEL.classes[label]);
  const words = [MODEL.command, SINGLE ? quoted(names.join("")) : `--classes ${quoted(names.join())}`];
  words.push(`--style ${style.value}`, `--scale ${SCALE}`);
  if (truncation.value < 100) words.push(`--truncation ${truncation.value / 100}`);
  element("command").textContent = words.join(" ");
  element("same").hidden = between;
}

/** A word as a shell wants it. */
function quoted(word) {
  return /^[\w.,]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Draws what is wanted; what changes meanwhile is drawn after it, once. */
class Painter {
  constructor(network) {
    this.network = network;
    this.busy = this.again = false;
  }

  async paint() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    while (this.again) {
      this.again = false;
      describe();
      const what = wanted();
      if (!what) continue;
      const images = await this.network.draw(what.z, what.weights);
      picture.replaceChildren(...images.map((pixels) => canvasOf(pixels, this.network)));
      picture.setAttribute("aria-label", what.words);
      element("download").disabled = false;
    }
    this.busy = false;
  }
}

async function start() {
  [text.value, other.value] = [MODEL.text, MODEL.other];
  element("allowed").textContent = `Up to ${MOST}: ${allowed()}`;
  if (SINGLE && MODEL.classes.every((name) => /\d/.test(name))) {
    text.inputMode = other.inputMode = "numeric";
  }
  element("controls").addEventListener("submit", (event) => event.preventDefault());
  element("download").addEventListener("click", () => savePng([...picture.children], MODEL.png));
  describe();
  try {
    const painter = new Painter(await loadNetwork());
    for (const control of controls) control.addEventListener("input", () => painter.paint());
    await painter.paint();
    performance.mark("first picture");
  } catch (error) {
    say(`The network cannot run here: ${error.message}`, true);
    throw error;
  }
}

start();
