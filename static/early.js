// What was typed before htmx listened is said once more as soon as it does: a page takes a moment to be ready, and some
// people are quicker. The same serves a page that a browser shows again with what had been typed into it.
"use strict";

function isAsItCame(field) {
  if (field instanceof HTMLSelectElement) {
    const wanted = [...field.options].filter((option) => option.defaultSelected);
    return wanted.length === 0 || wanted.every((option) => option.selected);
  }
  return field.type === "checkbox" || field.type === "radio" ? field.checked === field.defaultChecked : field.value === field.defaultValue;
}

// htmx waits for the same event and was loaded before: it listens by now.
document.addEventListener("DOMContentLoaded", () => {
  const touched = [...document.querySelectorAll("[hx-trigger] :is(input, select, textarea)[name]:not([type=hidden])")];
  for (const field of touched.filter((field) => !isAsItCame(field))) {
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }
});
