"use strict";
// What people type, as classes of the network: as Generator.labels in Python.

/** Whether each character is a class; otherwise names stand between commas. */
const SINGLE = MODEL.classes.every((name) => [...name].length === 1);
/** Images at most: a page, not a data set. */
const MOST = 20;

/**
 * The labels of a text.
 * @throws {RangeError} with a line for people.
 */
function labelsOf(text) {
  const names = SINGLE
    ? [...text.replaceAll(" ", "")]
    : text.split(",").map((name) => name.trim()).filter((name) => name);
  if (!names.length) throw new RangeError(`Type what to draw: ${allowed()}`);
  if (names.length > MOST) throw new RangeError(`At most ${MOST} images.`);
  const unknown = names.find((name) => !MODEL.classes.includes(name));
  if (unknown) throw new RangeError(`“${unknown}” is not a class; ${allowed()}`);
  return names.map((name) => MODEL.classes.indexOf(name));
}

/** What may be typed, in words. */
function allowed() {
  return SINGLE
    ? `any of ${MODEL.classes.join(" ")}`
    : `any of ${MODEL.classes.join(", ")}, with commas between them`;
}

/**
 * The class weights of an image on the way from one class to another: (1 - a) A + a B.
 * @param {number} a the share of the other, 0 to 1.
 */
function mixed(label, other, a) {
  const weights = new Float32Array(MODEL.classes.length);
  weights[label] += 1 - a;
  weights[other] += a;
  return weights;
}
