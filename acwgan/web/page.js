"use strict";
// The controls of the page, and the picture that follows them.

const element = (id) => document.getElementById(id);
const controls = ["text", "style", "truncation", "other", "morph", "mix"].map(element);
const [text, style, truncation, other, morph, mix] = controls;
const picture = element("picture");

/** The latents of all styles, as Latents(style, ...)(1) in Python. */
const STYLES = new Float32Array(bytesOf(MODEL.styles).buffer);
const DIMENSION = STYLES.length / (Number(style.max) + 1);
/** The latent of the hand that was drawn, in a text for links; null if there is none. */
let hand = null;

/** What the controls ask for. If it cannot be drawn, show why and return null. */
function wanted() {
  try {
    const labels = read(text);
    // If the other text is shorter, the remaining classes are not mixed.
    const others = other.value.trim() ? read(other) : [];
    const a = morph.value / 100;
    const z = latent();
    const morphs = a > 0 && others.length > 0;
    say("", false);
    showCommand(labels, morphs || handShare() > 0);
    return {
      z: labels.map(() => z),
      weights: labels.map((label, i) => mixed(label, others[i] ?? label, a)),
      words: inWords(morphs),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(error.message, true);
    return null;
  }
}

/** The latent of all images: of the style, of the hand that was drawn, or between them. */
function latent() {
  const scale = truncation.value / 100;
  const ofStyle = STYLES.slice(style.value * DIMENSION, (Number(style.value) + 1) * DIMENSION);
  const a = handShare();
  const z = a > 0 ? between(ofStyle, unpackedLatent(hand, DIMENSION), a) : ofStyle;
  return z.map((value) => value * scale);
}

/** The share of the hand that was drawn, from 0 to 1. */
function handShare() {
  return hand ? mix.value / 100 : 0;
}

function read(input) {
  input.setAttribute("aria-invalid", "true");
  const labels = labelsOf(input.value);
  input.removeAttribute("aria-invalid");
  return labels;
}

/** A description of the picture for screen readers. */
function inWords(morphs) {
  const what = morphs ? `${text.value}, ${morph.value}% on the way to ${other.value}` : text.value;
  const share = handShare();
  if (share === 1) return `${what}, drawn in your hand`;
  const yours = share > 0 ? ` and ${mix.value}% your hand` : "";
  return `${what}, drawn in style ${style.value}${yours}`;
}

function say(line, wrong) {
  const status = element("status");
  if (status.textContent !== line) status.textContent = line; // Setting it again would read it out again.
  status.classList.toggle("wrong", wrong);
}

/** Update the numbers beside the sliders. */
function describe() {
  const numbers = {
    style: style.value,
    truncation: truncation.value / 100,
    morph: `${morph.value}%`,
    mix: `${mix.value}%`,
  };
  for (const [id, number] of Object.entries(numbers)) {
    document.querySelector(`output[for=${id}]`).value = number;
    element(id).setAttribute("aria-valuetext", number);
  }
}

/** Show the command that draws the same pixels. There is none for mixtures and drawn hands. */
function showCommand(labels, none) {
  const names = labels.map((label) => MODEL.classes[label]);
  const list = names.map(typed).join();
  const asText = SINGLE && !names.includes(",") && names[0] !== "-";
  const joint = list.startsWith("-") ? "=" : " "; // Else it would look like another option.
  const what = asText ? quoted(names.join("")) : `--classes${joint}${quoted(list)}`;
  const words = [MODEL.command, what];
  words.push(`--style ${style.value}`, `--scale ${SCALE}`);
  if (truncation.value < 100) words.push(`--truncation ${truncation.value / 100}`);
  element("command").textContent = words.join(" ");
  element("same").hidden = none;
}

/** Quote a word for a shell. */
function quoted(word) {
  return /^[\w.,]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Draws what the controls ask for; changes during drawing are drawn once, afterwards. */
class Painter {
  constructor(generator) {
    this.generator = generator;
    this.busy = this.again = false;
    this.desk = null; // Where a hand comes from, once its networks are loaded.
  }

  async paint() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.again) {
        this.again = false;
        await this.desk?.look();
        describe();
        const what = wanted();
        if (what) await this.show(what);
      }
    } finally {
      this.busy = false;
    }
  }

  async show({ z, weights, words }) {
    // All classes in the hand go into the same batch.
    const all = hand ? MODEL.classes.map((_, label) => mixed(label, label, 0)) : [];
    const images = await this.generator.draw(
      [...z, ...all.map(() => z[0])],
      [...weights, ...all],
    );
    const canvases = images.map((pixels) => canvasOf(pixels, this.generator));
    element("all-classes").replaceChildren(...canvases.splice(z.length));
    const inHand = hand ? "all classes in your hand" : "nothing drawn in your hand yet";
    element("all-classes").setAttribute("aria-label", inHand);
    picture.replaceChildren(...canvases);
    picture.setAttribute("aria-label", words);
    element("download").disabled = false;
    writeAddress(controls, hand);
  }
}

/** The field, and what is read in it. */
class Desk {
  constructor(reader, changed) {
    this.reader = reader;
    this.changed = changed;
    this.waiting = false;
    this.field = new Field(element("field"), () => this.touch());
    this.label = element("label");
    this.label.append(...MODEL.classes.map((name, label) => new Option(name, label)));
    this.label.addEventListener("input", () => this.touch());
    element("clear").addEventListener("click", () => this.clear());
    element("file").addEventListener("change", (event) => this.open(event.target.files[0]));
  }

  touch() {
    this.waiting = true;
    this.changed();
  }

  clear() {
    this.empty();
    hand = null;
    this.touch();
  }

  /** Forget what was drawn, and keep its hand. */
  empty() {
    this.field.wipe();
    this.label.value = element("file").value = "";
    tell(EMPTY);
  }

  async open(file) {
    if (!file) return;
    try {
      await this.field.open(file);
    } catch {
      tell(`${file.name} is not a picture that this browser can read.`);
    }
  }

  /** Read what was drawn since the last time. */
  async look() {
    if (!this.waiting) return;
    this.waiting = false;
    const digit = this.field.digit();
    if (!digit) return tell(EMPTY);
    const given = this.label.value === "" ? null : Number(this.label.value);
    const { z, label, best, probability } = await this.reader.read(digit, given);
    hand = packed(z);
    const name = MODEL.classes[label];
    const sure = `${Math.round(100 * probability)}% sure`;
    if (given !== null && given !== best) {
      tell(`Taken as ${name}. The judge reads ${MODEL.classes[best]} (${sure}).`);
    } else if (given === null && probability < MODEL.sure) {
      tell(`The judge doubts: perhaps ${name} (${sure}). Choose the digit.`);
    } else {
      tell(`Read as ${name} (${sure}).`);
    }
  }
}

/** What stands beside an empty field. */
const EMPTY = "Draw one digit, or open a picture of one.";

function tell(line) {
  if (element("read").textContent !== line) element("read").textContent = line;
}

/** Take the controls and the hand from the address. */
function follow() {
  const named = readAddress(controls);
  hand = MODEL.encoder && named && unpackedLatent(named, DIMENSION) ? named : null;
}

async function start() {
  [text.defaultValue, other.defaultValue] = [MODEL.text, MODEL.other];
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
  element(MODEL.encoder ? "hand" : "no-hand").hidden = false;
  follow();
  describe();
  try {
    const liteRt = await startRuntime();
    const painter = new Painter(new Generator(await loadNetwork(liteRt, MODEL.network)));
    const changed = () => painter.paint();
    for (const control of controls) control.addEventListener("input", changed);
    window.addEventListener("hashchange", () => {
      follow();
      painter.desk?.empty(); // What is in the field is not the hand of the link.
      changed();
    });
    await painter.paint();
    performance.mark("first picture");
    if (!MODEL.encoder) return;
    const networks = [MODEL.judge, MODEL.encoder].map((file) => loadNetwork(liteRt, file));
    painter.desk = new Desk(new Reader(...(await Promise.all(networks))), changed);
    performance.mark("field ready");
  } catch (error) {
    say(`The network cannot run here: ${error.message}`, true);
    throw error;
  }
}

start();
