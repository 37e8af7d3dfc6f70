// The editor of weights: sliders beside the fields, a first answer while one moves, and no button for a preview that comes
// by itself. Without this script the sliders stay hidden, and fields and button do everything. A slider has no name, so
// only the field is sent; both tell the form by the input event that bubbles.
//
// The first answer is approximate and says so: it is reckoned from the exact figures that the page came with and from some
// hundred customers who stand for all (engagement/insights/rough.py). The exact one follows from the server. An answer to
// what is typed no longer is dropped, and what it would have replaced is faded, or hidden where no answer comes.
//
// What it says comes from the page, in the data of #editor-words (look/editor_words.html); numbers follow the page.
"use strict";

for (const part of document.querySelectorAll("[data-slider]")) part.hidden = false;
for (const part of document.querySelectorAll("[data-without-script]")) part.hidden = true;

const editor = document.getElementById("editor");
const form = document.getElementById("draft-form");
const known = editor.dataset.rough ? JSON.parse(editor.dataset.rough) : null;
const sliders = [...document.querySelectorAll("[data-slides]")];
const words = document.getElementById("editor-words").dataset;
let typed = 0; // how often something was changed: an answer belongs to one state of the fields

for (const slider of sliders) {
  const field = document.getElementById(slider.dataset.slides);
  slider.value = field.value;
  if (slider.dataset.now !== undefined) {
    const share = (slider.dataset.now - slider.min) / (slider.max - slider.min);
    slider.style.setProperty("--now", Math.min(Math.max(share, 0), 1));
  }
  slider.addEventListener("input", () => { field.value = slider.value; });
  field.addEventListener("input", () => { slider.value = field.value; });
}

// ── a first answer ───────────────────────────────────────────────────────────────────────────────────────────

function field(name) {
  return form.elements[name].value.trim();
}

function number(text) {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
}

// What the fields say; null where that needs the server: another window, full points from the data, no number.
function said() {
  if (known === null || field("full_points_from") !== "own") return null;
  if (field("window_days") !== String(known.window_days)) return null;
  if (field("half_life_days") !== String(known.half_life_days ?? "")) return null;
  const found = { full: number(field("full_points")), actions: {} };
  const numbers = [found.full];
  for (const key of Object.keys(known.actions)) {
    const cap = field(`cap_${key}`);
    const action = { weight: number(field(`weight_${key}`)), cap: cap === "" ? Infinity : number(cap) };
    found.actions[key] = action;
    numbers.push(action.weight, action.cap);
  }
  return numbers.some(Number.isNaN) || found.full <= 0 ? null : found;
}

function shown() {
  const found = { full: Number(known.full_points), actions: {} };
  for (const [key, action] of Object.entries(known.actions)) {
    found.actions[key] = { weight: Number(action.weight), cap: action.cap ?? Infinity };
  }
  return found;
}

// The customers who stand for all: their mean score, how many are in each band, and the mean points of each action.
function reckoned(set) {
  const { n, rest, scale } = known.spread;
  const points = new Float64Array(rest);
  const parts = {};
  for (const [key, { weight, cap }] of Object.entries(set.actions)) {
    let sum = 0;
    known.actions[key].counts.forEach((count, at) => {
      const its = weight * Math.min(count / scale, cap);
      points[at] += its;
      sum += its;
    });
    parts[key] = sum / n;
  }
  const found = { score: 0, parts, poor: 0, good: 0, excellent: 0 };
  for (const its of points) {
    const score = 100 * Math.min(Math.max(its / set.full, 0), 1);
    found.score += score / n;
    found[score * 1000 < known.from[0] ? "poor" : score * 1000 > known.from[1] ? "excellent" : "good"] += 1 / n;
  }
  return found;
}

// The exact figures of before, moved by what those few customers move.
function rough(now) {
  const then = shown();
  const [a, b] = [reckoned(then), reckoned(now)];
  const found = { score: Number(known.score) + b.score - a.score, points: Number(known.points), parts: {} };
  found.score = Math.min(Math.max(found.score, 0), 100);
  const whole = known.spread.n === known.spread.rest;
  for (const [key, { weight, cap }] of Object.entries(now.actions)) {
    const { weight: before, cap: former } = then.actions[key];
    const part = Number(known.actions[key].part);
    const grows = whole && before !== 0 && cap === former; // then it is a sum times the weight, and exact
    found.parts[key] = grows ? (part * weight) / before : part + b.parts[key] - a.parts[key];
    found.points += found.parts[key] - part;
  }
  for (const band of ["poor", "good", "excellent"]) {
    const n = Math.round(known.bands[band] + known.n * (b[band] - a[band]));
    found[band] = Math.min(Math.max(n, 0), known.n);
  }
  return found;
}

function printed(value, places) {
  const size = Math.abs(value);
  const language = document.documentElement.lang || "en";
  const text = size.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
  return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
}

// ── while the exact answer is on its way ─────────────────────────────────────────────────────────────────────

function write(id, text) {
  const part = document.getElementById(id);
  if (part) part.textContent = text;
}

function overtake() {
  typed += 1;
  editor.classList.add("is-overtaken");
  editor.classList.remove("is-unanswered");
  const now = said();
  const found = now && rough(now);
  for (const row of document.querySelectorAll("#preview [data-figure]")) {
    const figure = row.dataset.figure;
    const places = figure === "score" || figure === "points" ? 2 : 0;
    row.querySelector(".draft").textContent = found ? `≈ ${printed(found[figure], places)}` : "…";
    row.querySelector(".change").textContent = "…";
  }
  for (const key of Object.keys(known?.actions ?? {})) write(`part-${key}`, found ? printed(found.parts[key], 2) : "…");
  write("part--all", found ? printed(found.points, 2) : "…");
  write("exactness", found ? words.follows : words.counted);
  const score = found && printed(found.score, 2);
  write("finding", found ? words.give.replace("{score}", score) : words.other);
  const live = document.querySelector("#live > span");
  if (live) live.textContent = found ? words.about.replace("{score}", score) : words.counting;
}

function unanswered() {
  editor.classList.add("is-unanswered");
  write("exactness", words.unanswered);
  for (const part of document.querySelectorAll("[data-without-script]")) part.hidden = false;
}

const previewed = form.querySelector("[hx-post]"); // the fields that are previewed: not the note
previewed.addEventListener("input", overtake);
form.addEventListener("reset", () => {
  // The fields have their former values only once the event is over.
  setTimeout(() => {
    for (const slider of sliders) slider.value = document.getElementById(slider.dataset.slides).value;
    form.elements.full_points.dispatchEvent(new Event("input", { bubbles: true }));
  });
});
document.body.addEventListener("htmx:beforeRequest", (event) => { event.detail.xhr.typed = typed; });
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "preview" && event.detail.xhr.typed !== typed) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  // The part is exchanged whole, so what the event names may be gone from the page by now.
  if (event.detail.xhr.typed === typed) editor.classList.remove("is-overtaken", "is-unanswered");
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(name, (event) => { if (event.detail.xhr.typed === typed) unanswered(); });
}
