"""How the page of a report looks, and the script that filters it."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f6f8fa; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
  --violation: #c62a3b; --defect: #8250df; --advice: #b35900; --undecided: #0b66c3;
  --exempted: #656d76; --passed: #1a7f37; --focus: #0b66c3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --raised: #151b23; --ink: #f0f6fc; --faint: #a3acb7; --line: #3d444d;
    --violation: #ff7b82; --defect: #c09bff; --advice: #f0a35e; --undecided: #6cb0f5;
    --exempted: #8b949e; --passed: #56d279; --focus: #6cb0f5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; overflow-wrap: anywhere; }
p { margin: .35rem 0; }
.faint { color: var(--faint); }
.verdict {
  margin: 1.25rem 0; padding: .8rem 1rem; border: 1px solid var(--line); border-left-width: 6px;
  border-radius: 6px; background: var(--raised); font-size: 1.05rem; font-weight: 600;
}
.verdict.ok { border-left-color: var(--passed); }
.verdict.blocked { border-left-color: var(--violation); }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .65rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--faint); font-size: .8rem; font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.findings { table-layout: fixed; min-width: 52rem; }
.findings th:nth-child(1) { width: 8.5rem; }
.findings th:nth-child(2) { width: 27%; }
.findings th:nth-child(3) { width: 27%; }
.resource { font-weight: 600; }
.title, .type, .place { display: block; color: var(--faint); font-size: .85rem; }
code { font: .85em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: .2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.mark { display: inline-block; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.mark::before {
  content: ""; display: inline-block; width: .65em; height: .65em; margin-right: .45em;
  border-radius: 50%; background: currentColor;
}
.violation { color: var(--violation); fill: var(--violation); }
.defect { color: var(--defect); fill: var(--defect); }
.advice { color: var(--advice); fill: var(--advice); }
.undecided { color: var(--undecided); fill: var(--undecided); }
.exempted { color: var(--exempted); fill: var(--exempted); }
.passed { color: var(--passed); fill: var(--passed); }
.exceeded { color: var(--violation); font-weight: 700; }
.empty { fill: var(--raised); }
.bar { display: block; width: 14rem; height: .9rem; margin-top: .3rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .6rem 0 0; padding: 0; list-style: none; }
.filters {
  display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end; margin: 1rem 0;
  padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised);
}
.filters[hidden] { display: none; }
.filters label { display: grid; min-width: 0; max-width: 100%; gap: .2rem; color: var(--faint); font-size: .8rem; font-weight: 600; }
.filters select, .filters button {
  max-width: min(22rem, 100%); padding: .3rem .5rem; border: 1px solid var(--line); border-radius: 4px;
  background: var(--paper); color: var(--ink); font: inherit; font-size: .9rem;
}
.filters output { margin-left: auto; color: var(--faint); font-size: .85rem; }
summary { cursor: pointer; font-weight: 600; }
[hidden] { display: none; }
@media print { .filters { display: none; } body { max-width: none; padding: 0; } }
"""

SCRIPT: Final = """
(() => {
  const form = document.querySelector("form.filters");
  if (!form) return;
  const groups = [...document.querySelectorAll("section[data-component]")].map((section) => ({
    section, rows: [...section.querySelectorAll("tr[data-outcome]")],
  }));
  const apply = () => {
    const { severity, outcome, component } = Object.fromEntries(new FormData(form));
    let shown = 0, all = 0;
    for (const { section, rows } of groups) {
      const here = !component || section.dataset.component === component;
      let left = 0;
      for (const row of rows) {
        const fits = here && (!severity || row.dataset.severity === severity)
          && (!outcome || row.dataset.outcome === outcome);
        row.hidden = !fits;
        left += fits ? 1 : 0;
      }
      section.hidden = left === 0;
      shown += left;
      all += rows.length;
    }
    form.querySelector("output").textContent = `${shown} of ${all} shown`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
})();
"""
