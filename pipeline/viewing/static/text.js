// Mathematics and code in the text of models. What a model wrote becomes text nodes; a formula is drawn by KaTeX from
// its source, and highlighted code is sanitized. Everything is bounded: what is too long or takes too long stays text.
"use strict";

const LONGEST_FORMULA = 2000;
const MOST_FORMULAS = 300;
const MILLISECONDS = 400;
const CODE = /```([\w+#-]*)[ \t]*\n([\s\S]*?)(?:```|$)/g;
const FORMULA = /\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|\$([^$\n]+?)\$|(\\boxed\s*\{(?:[^{}\n]|\{[^{}\n]*\})*\})/g;

function highlighted(language, source) {
  const code = document.createElement("code");
  code.textContent = source;
  if (window.hljs && window.DOMPurify && source.length < 50000) {
    const known = hljs.getLanguage(language) ? language : "plaintext";
    const html = hljs.highlight(source, { language: known, ignoreIllegals: true }).value;
    code.replaceChildren(DOMPurify.sanitize(html, {
      ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true,
    }));
  }
  const block = document.createElement("pre");
  block.append(code);
  return block;
}

function formula(match, budget) {
  const [whole, block, bracketed, round, inline, boxed] = match;
  const tex = block ?? bracketed ?? round ?? inline ?? boxed;
  if (!window.katex || tex.length > LONGEST_FORMULA || budget.formulas >= MOST_FORMULAS || performance.now() > budget.end) {
    return document.createTextNode(whole);
  }
  budget.formulas += 1;
  const place = document.createElement("span");
  place.className = block ?? bracketed ? "math block" : "math";
  try {
    katex.render(tex, place, {
      displayMode: Boolean(block ?? bracketed), throwOnError: true, trust: false, maxExpand: 100, maxSize: 20, strict: false,
    });
  } catch {
    return document.createTextNode(whole);
  }
  return place;
}

function withFormulas(text, budget) {
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(FORMULA)) {
    parts.append(text.slice(done, match.index), formula(match, budget));
    done = match.index + match[0].length;
  }
  parts.append(text.slice(done));
  return parts;
}

function render(pre) {
  const text = pre.textContent;
  const budget = { formulas: 0, end: performance.now() + MILLISECONDS };
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(CODE)) {
    parts.append(withFormulas(text.slice(done, match.index), budget), highlighted(match[1], match[2]));
    done = match.index + match[0].length;
  }
  parts.append(withFormulas(text.slice(done), budget));
  pre.replaceChildren(parts);
  pre.classList.add("rendered");
}

// Only what is open and near is drawn: a formula takes a millisecond.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    render(entry.target);
  }
}, { rootMargin: "400px" });
for (const pre of document.querySelectorAll("[data-render] pre.text")) near.observe(pre);

// The table stays for whoever cannot see a drawing.
const table = document.querySelector("[data-series]");
if (table && window.uPlot && table.tBodies[0].rows.length > 1) {
  const rows = [...table.tBodies[0].rows].reverse();
  const number = (cell) => Number(cell.textContent.replace(/[^\d.]/g, ""));
  const column = (place) => rows.map((row) => number(row.cells[place]));
  const hours = rows.map((row) => Date.parse(`${row.cells[0].textContent.trim().replace(" ", "T")}:00Z`) / 1000);
  const place = document.createElement("div");
  place.className = "drawing";
  place.setAttribute("aria-hidden", "true");
  table.closest(".scroll").before(place);
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: "#8884", width: 1 }, ticks: { stroke: "#8884" } };
  new uPlot({
    width: Math.min(960, place.clientWidth), height: 220, legend: { show: true },
    series: [{}, { label: "traces", stroke: "#4a83b8", width: 2 }, { label: "accepted", stroke: "#2f9e77", width: 2 },
             { label: "USD", stroke: "#c9822b", width: 2, scale: "usd" }],
    axes: [axis, axis, { ...axis, side: 1, scale: "usd", grid: { show: false } }],
  }, [hours, column(1), column(2), column(4)], place);
}
