"use strict";
// The fragment of the address says what the page shows, so that a link shows the same.

/** Milliseconds without a change before the address follows: browsers limit how often it may. */
const REST = 300;
let resting = 0;

/** Set controls from the address. What it leaves out, or no slider can have, is as at first. */
function readAddress(controls) {
  const named = new URLSearchParams(location.hash.slice(1));
  for (const control of controls) {
    const value = named.get(control.id);
    const known = value !== null && (control.type !== "range" || /^\d+$/.test(value));
    control.value = known ? value : control.defaultValue;
  }
  return named.get("hand");
}

/** Write the controls, and a hand if there is one, into the address. */
function writeAddress(controls, hand) {
  const named = new URLSearchParams(controls.map(({ id, value }) => [id, value]));
  if (hand) named.set("hand", hand);
  clearTimeout(resting);
  resting = setTimeout(() => history.replaceState(null, "", `#${named}`), REST);
}
