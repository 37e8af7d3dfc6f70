// What a number is made of shows while one points at it or stands on it; Escape puts it away until one comes again.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const shown of document.querySelectorAll(".explained:hover, .explained:focus-within")) {
    shown.classList.add("is-dismissed");
  }
});

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const here = event.target instanceof Element ? event.target.closest(".explained") : null;
    for (const put of document.querySelectorAll(".explained.is-dismissed")) {
      if (put !== here) put.classList.remove("is-dismissed");
    }
  });
}
