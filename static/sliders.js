// Sliders beside the fields of weights: without this script they stay hidden and the fields do everything.
// A slider has no name, so only the field is sent; both tell the form by the input event that bubbles.
"use strict";

for (const part of document.querySelectorAll("[data-slider], [data-slider-head]")) part.hidden = false;

for (const slider of document.querySelectorAll("[data-slides]")) {
  const field = document.getElementById(slider.dataset.slides);
  slider.value = field.value;
  slider.addEventListener("input", () => { field.value = slider.value; });
  field.addEventListener("input", () => { slider.value = field.value; });
}
