// Charts. The first drawing of each comes with the page; this draws it again from its Vega-Lite specification, in the
// same place, so that a period can be pointed at or stepped through and the picture saved. Without this script, or
// where it fails, the first drawing stays. `ast` has expressions interpreted: the policy of the pages allows no eval.
"use strict";

{
  const OPTIONS = { mode: "vega-lite", actions: false, ast: true, defaultStyle: false, renderer: "svg", tooltip: false };
  const drawn = new WeakMap();

  // The columns that can be read, from left to right; Vega gives each mark its item.
  const columnsOf = (figure) => [...figure.querySelectorAll(".readings_marks path")];

  function tell(figure, at) {
    const tip = figure.querySelector(".drawn-tip");
    const columns = columnsOf(figure);
    columns.forEach((column, index) => column.classList.toggle("is-read", index === at));
    figure.dataset.at = at;
    tip.textContent = columns[at] ? columns[at].__data__.tooltip : "";
    if (!columns[at]) return;
    const [column, frame] = [columns[at].getBoundingClientRect(), figure.getBoundingClientRect()];
    const half = tip.offsetWidth / 2;
    const middle = (column.left + column.right) / 2 - frame.left;
    tip.style.left = `${Math.min(Math.max(middle, half), frame.width - half)}px`;
  }

  function step(event) {
    const figure = event.currentTarget.closest("figure");
    const last = columnsOf(figure).length - 1;
    const at = Number(figure.dataset.at ?? -1);
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: at < 0 ? last : Math.max(at - 1, 0), Home: 0, End: last, Escape: -1 };
    if (!(event.key in next)) return;
    event.preventDefault();
    tell(figure, next[event.key]);
  }

  // A file is always light: the values that the theme has for each colour on white.
  function coloured(figure, text) {
    const probe = document.createElement("i");
    probe.dataset.theme = "light";
    figure.append(probe);
    const values = text.replace(/var\(--r-[\w-]+\)/g, (name) => {
      probe.style.color = name;
      return getComputedStyle(probe).color;
    });
    probe.remove();
    return values;
  }

  async function save(figure) {
    const [page, file] = [JSON.parse(figure.dataset.spec), JSON.parse(figure.dataset.file)];
    const whole = { ...page, ...file, layer: [...page.layer, ...file.layer] };
    const { view } = await vegaEmbed(document.createElement("div"), JSON.parse(coloured(figure, JSON.stringify(whole))), OPTIONS);
    const link = document.createElement("a");
    link.href = await view.toImageURL("png", 2);
    link.download = `${figure.dataset.name}.png`;
    link.click();
    view.finalize();
  }

  async function draw(figure) {
    if (drawn.has(figure)) return;
    drawn.set(figure, null);
    const live = figure.querySelector(".drawn-live");
    const tooltip = (handler, event, item, value) => tell(figure, value ? columnsOf(figure).findIndex((one) => one.__data__ === item) : -1);
    live.hidden = false;
    try {
      const spec = { ...JSON.parse(figure.dataset.spec), width: live.clientWidth };
      const { view } = await vegaEmbed(live, spec, { ...OPTIONS, tooltip });
      drawn.set(figure, view);
      new ResizeObserver(() => { if (live.clientWidth) view.width(live.clientWidth).runAsync(); }).observe(live);
    } catch (error) {
      live.hidden = true;
      throw error;
    }
    figure.classList.add("is-drawn");
    live.addEventListener("keydown", step);
    live.addEventListener("blur", () => tell(figure, -1));
    const button = figure.querySelector("[data-save]");
    button.hidden = false;
    button.addEventListener("click", () => save(figure));
  }

  const drawAll = (root) => root.querySelectorAll("figure[data-spec]").forEach(draw);
  drawAll(document);
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  document.addEventListener("htmx:beforeCleanupElement", (event) => drawn.get(event.target)?.finalize());
}
