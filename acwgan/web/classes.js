"use strict";
// Turns typed text into classes of the network: with commas as class_names.py in Python does.
// Without commas a text is a single name here, and the page says so.

/** Whether each character is a class name; otherwise names are separated by commas. */
const SINGLE = MODEL.classes.every((name) => [...name].length === 1);
/** Most images on the page, and most names in a message. */
const MOST = 20;

/**
 * The labels of a text.
 * @throws {RangeError} if the text cannot be drawn; the message is shown on the page.
 */
function labelsOf(text) {
  text = text.normalize("NFC"); // As the names are.
  const names = SINGLE
    ? [...text].filter((name) => !/[\s,]/.test(name) || MODEL.classes.includes(name))
    : namesIn(text);
  if (!names.length) throw new RangeError(`Type what to draw: ${allowed()}`);
  if (names.length > MOST) throw new RangeError(`At most ${MOST} images.`);
  const unknown = names.find((name) => !MODEL.classes.includes(name));
  if (unknown) throw new RangeError(`“${unknown}” is not a class; ${allowed()}`);
  return names.map((name) => MODEL.classes.indexOf(name));
}

/** The names in a text, with commas between them. A name in quotes may have commas, as in CSV. */
function namesIn(text) {
  const name = /\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))(?:,|$)/g;
  return [...text.matchAll(name)]
    .map(([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain.trim())
    .filter((name) => name);
}

/** A name as it is typed among others. */
function typed(name) {
  return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** Words that say what may be typed. */
function allowed() {
  const more = MODEL.classes.length - MOST;
  const some = MODEL.classes.slice(0, MOST).map(SINGLE ? String : typed);
  const names = some.join(SINGLE ? " " : ", ") + (more > 0 ? ` and ${more} more` : "");
  return `any of ${names}${SINGLE ? "" : ", with commas between them"}`;
}

/**
 * The class weights of a mixture of two classes A and B: (1 - a) A + a B.
 * @param {number} a the share of B, from 0 to 1.
 */
function mixed(label, other, a) {
  const weights = new Float32Array(MODEL.classes.length);
  weights[label] += 1 - a;
  weights[other] += a;
  return weights;
}
