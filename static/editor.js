// The editor of weights: sliders beside the fields, and no button for a preview that comes by itself.
// Without this script the sliders stay hidden, and fields and button do everything. A slider has no name, so only the
// field is sent; both tell the form by the input event that bubbles.
"use strict";

for (const part of document.querySelectorAll("[data-slider]")) part.hidden = false;
for (const part of document.querySelectorAll("[data-without-script]")) part.hidden = true;

for (const slider of document.querySelectorAll("[data-slides]")) {
  const field = document.getElementById(slider.dataset.slides);
  slider.value = field.value;
  slider.addEventListener("input", () => { field.value = slider.value; });
  field.addEventListener("input", () => { slider.value = field.value; });
}
