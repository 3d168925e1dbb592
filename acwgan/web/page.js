"use strict";
// The controls of the page, and the picture that follows them.

const element = (id) => document.getElementById(id);
const controls = ["text", "style", "truncation", "other", "morph"].map(element);
const [text, style, truncation, other, morph] = controls;
const picture = element("picture");

/** The latents of all styles, as Latents(style, ...)(1) in Python. */
const STYLES = new Float32Array(bytesOf(MODEL.styles).buffer);

/** What the controls ask for. If it cannot be drawn, show why and return null. */
function wanted() {
  try {
    const labels = read(text);
    // If the other text is shorter, the remaining classes are not mixed.
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

/** A description of the picture for screen readers. */
function inWords(between) {
  const what = between ? `${text.value}, ${morph.value}% on the way to ${other.value}` : text.value;
  return `${what}, drawn in style ${style.value}`;
}

function say(line, wrong) {
  const status = element("status");
  if (status.textContent !== line) status.textContent = line; // Setting it again would read it out again.
  status.classList.toggle("wrong", wrong);
}

/** Update the numbers beside the sliders. */
function describe() {
  const numbers = { style: style.value, truncation: truncation.value / 100, morph: `${morph.value}%` };
  for (const [id, number] of Object.entries(numbers)) {
    document.querySelector(`output[for=${id}]`).value = number;
    element(id).setAttribute("aria-valuetext", number);
  }
}

/** Show the command that draws the same pixels. There is none for mixtures of classes. */
function showCommand(labels, between) {
  const names = labels.map((label) => MODEL.classes[label]);
  const list = names.map(typed).join();
  const asText = SINGLE && !names.includes(",") && names[0] !== "-";
  const joint = list.startsWith("-") ? "=" : " "; // Else it would look like another option.
  const what = asText ? quoted(names.join("")) : `--classes${joint}${quoted(list)}`;
  const words = [MODEL.command, what];
  words.push(`--style ${style.value}`, `--scale ${SCALE}`);
  if (truncation.value < 100) words.push(`--truncation ${truncation.value / 100}`);
  element("command").textContent = words.join(" ");
  element("same").hidden = between;
}

/** Quote a word for a shell. */
function quoted(word) {
  return /^[\w.,]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Draws what the controls ask for; changes during drawing are drawn once, afterwards. */
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
  if (MODEL.classes.length > MOST) {
    element("names").textContent = MODEL.classes.map(SINGLE ? String : typed).join(SINGLE ? " " : ", ");
    element("all").hidden = false;
  }
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
