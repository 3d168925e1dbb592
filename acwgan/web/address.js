"use strict";
// The fragment of the address says what the page shows, so that a link shows the same.

/** Milliseconds without a change before the address follows: browsers limit how often it may. */
const REST = 300;
let resting = 0;

/** Set controls from the address. What it does not name, or what they refuse, stays as it is. */
function readAddress(controls) {
  const named = new URLSearchParams(location.hash.slice(1));
  for (const control of controls) {
    if (named.has(control.id)) control.value = named.get(control.id);
  }
  return named.get("hand");
}

/** Write the controls, and a hand if there is one, into the address. */
function writeAddress(controls, hand) {
  clearTimeout(resting);
  resting = setTimeout(() => {
    const named = new URLSearchParams(controls.map(({ id, value }) => [id, value]));
    if (hand) named.set("hand", hand);
    history.replaceState(null, "", `#${named}`);
  }, REST);
}
