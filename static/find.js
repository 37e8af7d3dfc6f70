// "Find" (Ctrl-K): a dialog with a combobox after the ARIA pattern; what fits comes as JSON from the address in
// data-asks and is written as text, never as mark-up; what is said about it stands in data-none, data-one, data-many
// and data-failed. Without this script a link leads to the same as a page.
"use strict";

const find = document.getElementById("find");

if (find && find.showModal) {
  const field = find.querySelector("[role=combobox]");
  const list = find.querySelector("[role=listbox]");
  const said = find.querySelector("[data-find-said]");
  let asking = null;
  let waiting = 0;
  let chosen = -1;
  let shown = null;  // the text that the list answers

  for (const link of document.querySelectorAll("[data-find-link]")) link.hidden = true;
  for (const button of document.querySelectorAll("[data-find-open]")) {
    button.hidden = false;
    const key = button.querySelector("kbd");
    if (key && /Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = "⌘ K";
    button.addEventListener("click", () => open());
  }

  const choose = (at) => {
    const options = list.children;
    chosen = options.length && at > -1 ? at % options.length : -1;
    for (let i = 0; i < options.length; i += 1) options[i].setAttribute("aria-selected", String(i === chosen));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", options[chosen].id);
      options[chosen].scrollIntoView({ block: "nearest" });
    }
  };

  const go = (option) => {
    find.close();
    location.assign(option.dataset.url);
  };

  const optionOf = (hit, at) => {
    const option = document.createElement("li");
    option.id = `find-hit-${at}`;
    option.setAttribute("role", "option");
    option.dataset.url = hit.url;
    const name = document.createElement("span");
    name.textContent = hit.name;
    const about = document.createElement("span");
    about.className = "muted";
    about.textContent = hit.about;
    option.append(name, " ", about);
    option.addEventListener("pointermove", () => { if (chosen !== at) choose(at); });
    option.addEventListener("click", () => go(option));
    return option;
  };

  const show = (hits, text, words) => {
    list.replaceChildren(...hits.map(optionOf));
    list.hidden = !hits.length;
    field.setAttribute("aria-expanded", String(hits.length > 0));
    said.textContent = words;
    shown = text;
    choose(text ? 0 : -1);
  };

  const counted = (hits, text) => {
    if (!text) return "";
    if (!hits.length) return find.dataset.none;
    return hits.length === 1 ? find.dataset.one : find.dataset.many.replace("{n}", hits.length);
  };

  const ask = async () => {
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    const text = field.value.trim();
    const query = new URLSearchParams({ q: text, format: "json" });
    try {
      const answer = await fetch(`${find.dataset.asks}?${query}`, { signal: mine.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { hits } = await answer.json();
      if (asking === mine) show(hits, text, counted(hits, text));
    } catch {
      if (asking === mine) show([], text, find.dataset.failed);
    }
  };

  // Whoever types and presses Enter at once means what was typed, not what is listed still.
  const enter = async () => {
    clearTimeout(waiting);
    if (shown !== field.value.trim()) await ask();
    if (find.open && chosen >= 0) go(list.children[chosen]);
  };

  const open = () => {
    if (find.open) return;
    find.showModal();
    field.select();
    ask();
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 100);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(event.key === "ArrowDown" ? chosen + 1 : (chosen < 1 ? list.children.length : chosen) - 1);
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      enter();
    }
  });
  find.querySelector("[data-find-close]").addEventListener("click", () => find.close());
  find.addEventListener("click", (event) => { if (event.target === find) find.close(); });
  find.addEventListener("close", () => {
    clearTimeout(waiting);
    if (asking) asking.abort();
    asking = null;
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
}
