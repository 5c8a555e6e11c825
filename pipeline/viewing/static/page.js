// What the page does by itself: keys, picking traces to compare, light or dark.
"use strict";

const scheme = localStorage.getItem("scheme");
if (scheme) document.documentElement.dataset.scheme = scheme;

const actions = {
  scheme() {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.scheme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.scheme = dark ? "light" : "dark";
    localStorage.setItem("scheme", document.documentElement.dataset.scheme);
  },
  help() {
    document.getElementById("keys").showModal();
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) actions[button.dataset.do]();
});

const picking = document.querySelector("[data-comparing]");
if (picking) {
  const boxes = [...document.querySelectorAll("[data-compare]")];
  const said = picking.querySelector("span");
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-compare]")) return;
    const picked = boxes.filter((box) => box.checked);
    if (picked.length > 2) picked.find((box) => box !== event.target).checked = false;
    const two = boxes.filter((box) => box.checked);
    picking.querySelector("button").disabled = two.length !== 2;
    said.textContent = two.length === 2 ? "Two are ticked." : "Tick two traces to compare them.";
  });
  picking.addEventListener("submit", (event) => {
    event.preventDefault();
    const [a, b] = boxes.filter((box) => box.checked).map((box) => box.dataset.compare);
    location.href = `/compare?${new URLSearchParams({ a, b })}`;
  });
}

const reviewing = document.querySelector("[data-review]");
if (reviewing) {
  reviewing.addEventListener("submit", (event) => {
    if (event.submitter?.dataset.next) reviewing.elements.next.value = event.submitter.dataset.next;
  });
}

const pages = { o: "/", p: "/problems", r: "/review" };
let pending = "";

function step(by) {
  const items = [...document.querySelectorAll("[data-item]")];
  if (!items.length) return;
  const here = items.findIndex((item) => item.classList.contains("here"));
  const next = items[Math.min(items.length - 1, Math.max(0, here + by))];
  items[here]?.classList.remove("here");
  next.classList.add("here");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a.prompt") ?? next.querySelector("summary"))?.focus({ preventScroll: true });
}

function toggleAll() {
  const parts = [...document.querySelectorAll(".trace details.prose")];
  const open = parts.some((part) => !part.open);
  for (const part of parts) part.open = open;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (pending === "g" && key in pages) {
    location.href = pages[key];
    return;
  }
  pending = key === "g" ? "g" : "";
  const focused = document.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  const pressed = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (focused) {
    event.preventDefault();
    focused.focus();
  } else if (pressed && !pressed.disabled) {
    event.preventDefault();
    pressed.click();
  } else if (key === "?") actions.help();
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "e") toggleAll();
});
