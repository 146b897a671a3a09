"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const S = data.strings, grades = ["A", "B", "C", "D", "F"], severities = ["info", "low", "medium", "high", "critical"];
  const statuses = ["fail", "unknown", "pass", "na", "accepted"], pillars = data.pillars, classes = ["gN", "gB", "gC", "gD", "gF"];
  const $ = (id) => document.getElementById(id);
  const make = (tag, props, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(props || {})) {
      if (k === "class") e.className = v;
      else if (k in e) e[k] = v;
      else e.setAttribute(k, v);
    }
    e.append(...children);
    return e;
  };
  const svg = (tag, props, ...children) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(props || {})) e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const letter = (code) => code < 0 ? "-" : grades[code & 7] + (code & 8 ? "?" : "");
  const gradeClass = (code) => "grade " + (code < 0 ? "gN" : "g" + grades[code & 7]);

  // Names of the subject stand in texts as marks, so that functions share them.
  const fill = (text, row) => text.replace(/[\u0001-\u0003]/g, (m) => m === "\u0001" ? row.name : m === "\u0002" ? row.namespace : row.file);

  const shapes = data.shapes.map((s) => ({
    control: s[0], status: s[1] & 7, severity: s[1] >> 3 & 7, known: (s[1] & 64) !== 0,
    message: s[2], object: s[3], path: s[4], rule: s[5], intent: s[6],
  }));
  const read = (findings, file, name, namespace) => {
    const all = [];
    for (let i = 0; i < findings.length; i += 3) all.push({ shape: shapes[findings[i]], line: findings[i + 1], file: findings[i + 2] });
    return all;
  };
  const tally = (row) => {
    row.open = [0, 0, 0, 0, 0];
    row.unknown = 0;
    for (const { shape } of row.findings) {
      if (shape.status === 1) row.unknown++;
      else if (shape.status === 0 && !shape.known) row.open[shape.severity]++;
    }
    return row;
  };
  const functions = data.functions.map((f) => tally({
    context: S[f[0]], namespace: S[f[1]], framework: S[f[2]], name: f[3], kind: S[f[4]], grade: f[5], pillars: f[6],
    pss: S[f[7]], exposure: S[f[8]], auth: S[f[9]], blast: f[10], lift: S[f[11]], findings: read(f[12]),
  }));
  const scopes = data.scopes.map((s) => tally({
    kind: S[s[0]], namespace: S[s[1]], name: s[2], context: S[s[3]], framework: S[s[4]], version: S[s[5]], grade: s[6], findings: read(s[7]),
  }));
  const controls = data.controls.map((c, index) => ({ index, id: c[0], pillar: pillars[c[1]], base: c[2], title: c[3], why: c[4], references: c[5], fails: 0, unknown: 0 }));
  for (const row of functions.concat(scopes)) {
    const seen = new Set();
    for (const { shape } of row.findings) {
      const key = shape.control * 2 + (shape.status === 1 ? 1 : 0);
      if (seen.has(key) || shape.status > 1) continue;
      seen.add(key);
      controls[shape.control][shape.status ? "unknown" : "fails"]++;
    }
  }

  const text = (v, cls) => make("span", { class: cls || "", title: v }, v);
  const num = (n, severity) => make("span", { class: "num " + (n ? classes[severity] || "" : "dim") }, String(n));
  const columns = {
    functions: [
      ["namespace", (r) => text(r.namespace), (r) => r.namespace], ["function", (r) => text(r.name), (r) => r.name],
      ["framework", (r) => text(r.framework, "dim"), (r) => r.framework],
      ["grade", (r) => make("span", { class: gradeClass(r.grade) + " ctr" }, letter(r.grade)), (r) => -rank(r)],
      ...pillars.map((p, i) => [p.slice(0, 4), (r) => make("span", { class: gradeClass(r.pillars[i]) + " ctr", title: p }, letter(r.pillars[i])), (r) => -r.pillars[i], p]),
      ["PSS", (r) => text(r.pss), (r) => r.pss], ["exposure", (r) => text(r.exposure, r.exposure === "internet" ? "gD" : ""), (r) => r.exposure],
      ["blast", (r) => make("span", { class: "num" }, r.blast < 0 ? "-" : String(r.blast)), (r) => -r.blast],
      ["crit", (r) => num(r.open[4], 4), (r) => -r.open[4], "critical"], ["high", (r) => num(r.open[3], 3), (r) => -r.open[3]],
      ["unkn.", (r) => num(r.unknown, 0), (r) => -r.unknown, "unknown"], ["what lifts it", (r) => text(r.lift, "dim"), (r) => r.lift],
    ],
    scopes: [
      ["kind", (r) => text(r.kind, "dim"), (r) => r.kind], ["name", (r) => text(r.name + (r.version ? " " + r.version : "")), (r) => r.name],
      ["namespace", (r) => text(r.namespace), (r) => r.namespace], ["grade", (r) => make("span", { class: gradeClass(r.grade) + " ctr" }, letter(r.grade)), (r) => -rank(r)],
      ["high+", (r) => num(r.open[3] + r.open[4], 3), (r) => -r.open[3] - r.open[4]], ["medium", (r) => num(r.open[2], 2), (r) => -r.open[2]],
      ["unknown", (r) => num(r.unknown, 0), (r) => -r.unknown],
    ],
    controls: [
      ["control", (r) => text(r.id), (r) => r.index], ["pillar", (r) => text(r.pillar, "dim"), (r) => r.pillar],
      ["severity", (r) => text(severities[r.base], classes[r.base]), (r) => -r.base], ["title", (r) => text(r.title), (r) => r.title],
      ["fail", (r) => num(r.fails, 3), (r) => -r.fails], ["unknown", (r) => num(r.unknown, 0), (r) => -r.unknown],
    ],
  };
  const rank = (r) => r.grade < 0 ? -1 : (r.grade & 7) * 1e9 + Math.max(r.blast || 0, 0) * 1e7 + r.open[4] * 1e4 + r.open[3];

  const state = { tab: "functions", sort: { functions: [3, 1], scopes: [3, 1], controls: [4, 1] }, shown: [], selected: null };
  const all = () => ({ functions, scopes, controls })[state.tab];

  const words = (row) => {
    if (row.words === undefined) {
      const parts = [row.name || row.id, row.namespace, row.framework, row.kind, row.title, row.context];
      for (const f of row.findings || []) parts.push(controls[f.shape.control].id, fill(S[f.shape.message], { ...row, file: "" }));
      row.words = parts.join("\n").toLowerCase();
    }
    return row.words;
  };
  const matches = (row) => {
    const g = $("grade").value, fw = $("framework").value, ns = $("namespace").value, sev = $("severity").value, ctl = $("control").value;
    if (state.tab !== "controls") {
      if (g !== "" && (row.grade < 0 || (row.grade & 7) !== Number(g))) return false;
      if (fw !== "" && row.framework !== fw) return false;
      if (ns !== "" && row.namespace !== ns) return false;
      if (sev !== "" && !row.findings.some((f) => f.shape.status === 0 && !f.shape.known && f.shape.severity >= Number(sev))) return false;
      if (ctl !== "" && !row.findings.some((f) => f.shape.control === Number(ctl) && f.shape.status < 2)) return false;
    } else if (sev !== "" && row.base < Number(sev)) return false;
    return $("search").value.toLowerCase().split(/\s+/).every((w) => w === "" || words(row).includes(w));
  };

  const update = () => {
    const [column, direction] = state.sort[state.tab];
    const key = columns[state.tab][column][2];
    state.shown = all().filter(matches).map((row, i) => ({ row, key: key(row), i }));
    state.shown.sort((a, b) => ((a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * direction) || a.i - b.i);
    const what = { functions: "functions", scopes: "namespaces and platforms", controls: "controls" }[state.tab];
    $("foot").textContent = `${state.shown.length} of ${all().length} ${what}`;
    $("list").className = state.tab;
    $("head").replaceChildren(...columns[state.tab].map((c, i) => make("span", { role: "columnheader", "aria-sort": i === column ? (direction > 0 ? "ascending" : "descending") : "none" },
      make("button", { type: "button", title: c[3] || c[0], onclick: () => { state.sort[state.tab] = [i, i === column ? -direction : 1]; update(); } }, c[0] + (i === column ? (direction > 0 ? " ▾" : " ▴") : "")))));
    for (const b of document.querySelectorAll("[data-tab]")) b.setAttribute("aria-selected", String(b.dataset.tab === state.tab));
    $("rows").scrollTop = 0;
    draw();
  };

  // Only the rows on the screen are there.
  const height = 32;
  const draw = () => {
    const view = $("rows"), from = Math.max(0, Math.floor(view.scrollTop / height) - 8);
    const to = Math.min(state.shown.length, Math.ceil((view.scrollTop + view.clientHeight) / height) + 8);
    $("space").style.height = state.shown.length * height + "px";
    const rows = [];
    for (let i = from; i < to; i++) {
      const { row } = state.shown[i];
      const e = make("div", { class: "row", role: "row", tabIndex: -1, "aria-selected": String(row === state.selected), onclick: () => open(row) }, ...columns[state.tab].map((c) => c[1](row)));
      e.style.top = i * height + "px";
      rows.push(e);
    }
    $("space").replaceChildren(...rows);
  };

  const finding = (f, row) => {
    const s = f.shape, c = controls[s.control], at = { ...row, file: S[f.file] };
    const label = s.status === 0 ? severities[s.severity] : statuses[s.status];
    const where = [fill(S[s.object], at), fill(S[s.path], at)].filter(Boolean).join("  ");
    const e = make("div", { class: "finding" },
      make("span", { class: "sev " + (s.status === 0 ? classes[s.severity] : "dim") }, label), make("b", {}, c.id), " " + c.title + (s.known ? " (known)" : ""),
      make("div", {}, fill(S[s.message], at)));
    if (where) e.append(make("div", { class: "where" }, where));
    if (f.line > 0) e.append(make("div", { class: "where" }, fill(S[f.file], { ...row, file: "" }) + ":" + f.line));
    const more = [S[s.rule], S[s.intent] && "fix: " + S[s.intent], c.references].filter(Boolean).join(" · ");
    if (more) e.append(make("div", { class: "dim" }, more));
    return e;
  };
  const open = (row) => {
    state.selected = row;
    const box = $("detail"), facts = make("dl");
    const fact = (k, v) => { if (v !== "" && v !== undefined && v !== null) facts.append(make("dt", {}, k), make("dd", {}, String(v))); };
    box.replaceChildren(make("button", { class: "close", type: "button", onclick: close, title: "Escape" }, "✕"));
    if (state.tab === "controls") {
      box.append(make("h3", {}, row.id + "  " + row.title), facts, make("p", {}, row.why));
      fact("pillar", row.pillar); fact("severity", severities[row.base]); fact("references", row.references); fact("fails on", row.fails);
      box.append(make("button", { type: "button", onclick: () => { $("control").value = String(row.index); show("functions"); } }, "list the functions"));
    } else {
      box.append(make("h3", {}, (row.namespace && row.kind !== "namespace" ? row.namespace + "/" : "") + row.name), make("span", { class: gradeClass(row.grade) }, letter(row.grade)), facts);
      fact("context", row.context); fact("framework", row.framework); fact("kind", row.kind); fact("Pod Security", row.pss); fact("exposure", row.exposure);
      fact("authentication", row.auth); fact("blast level", row.blast < 0 ? "" : row.blast); fact("version", row.version); fact("what lifts it", row.lift);
      box.append(...row.findings.map((f) => finding(f, row)));
      if (!row.findings.length) box.append(make("p", { class: "dim" }, "nothing was found"));
    }
    box.hidden = false;
    box.scrollTop = 0;
    draw();
  };
  const close = () => { state.selected = null; $("detail").hidden = true; draw(); $("rows").focus(); };
  const show = (tab) => { state.tab = tab; state.selected = null; $("detail").hidden = true; update(); };

  const options = (id, name, list) => $(id).replaceChildren(make("option", { value: "" }, name), ...list.map(([v, t]) => make("option", { value: v }, t)));
  const unique = (key) => [...new Set(functions.concat(key === "namespace" ? scopes : []).map((r) => r[key]).filter(Boolean))].sort().map((v) => [v, v]);
  options("grade", "every grade", grades.map((g, i) => [String(i), "grade " + g]));
  options("framework", "every framework", unique("framework"));
  options("namespace", "every namespace", unique("namespace"));
  options("severity", "every severity", [4, 3, 2, 1].map((s) => [String(s), s === 4 ? "critical" : severities[s] + " and worse"]));
  options("control", "every control", controls.filter((c) => c.fails + c.unknown).sort((a, b) => a.id < b.id ? -1 : 1).map((c) => [String(c.index), c.id + " " + c.title]));

  const pick = (id, value, tab) => { $(id).value = value; show(tab || "functions"); };
  const bars = (target, rows, label) => {
    const most = Math.max(1, ...rows.map((r) => r.total)), line = 24;
    const root = svg("svg", { viewBox: `0 0 400 ${Math.max(1, rows.length) * line}`, role: "img" });
    rows.forEach((r, i) => {
      let x = label;
      const g = svg("g", { "data-click": "1", tabindex: "0" }, svg("title", {}, r.title || r.name), svg("text", { x: 0, y: i * line + 16, class: r.class || "" }, r.name));
      for (const [n, cls] of r.parts) {
        const w = n / most * (340 - label);
        if (n) g.append(svg("rect", { x, y: i * line + 4, width: Math.max(w, 1), height: 16, rx: 2, class: cls }));
        x += w;
      }
      g.append(svg("text", { x: x + 6, y: i * line + 16, class: "dim" }, String(r.count ?? r.total)));
      g.addEventListener("click", r.click);
      g.addEventListener("keydown", (e) => { if (e.key === "Enter") r.click(); });
      root.append(g);
    });
    $(target).replaceChildren(root);
  };
  const sum = (n, of) => of.reduce((k, r) => k + (n(r) ? 1 : 0), 0);
  bars("grades", grades.map((g, i) => {
    const n = sum((r) => r.grade >= 0 && (r.grade & 7) === i, functions);
    return { name: g, class: "grade g" + g, total: n, parts: [[n, "g" + g]], click: () => pick("grade", String(i)) };
  }), 24);
  bars("pillars", pillars.map((p, i) => {
    const parts = [4, 3, 2, 1].map((k) => [sum((r) => r.grade >= 0 && (r.pillars[i] & 7) === k, functions), "g" + grades[k]]);
    return { name: p, title: p + ": functions with grade F, D, C, B", total: parts.reduce((k, x) => k + x[0], 0), parts, click: () => { state.sort.functions = [4 + i, 1]; show("functions"); } };
  }), 84);
  bars("top", controls.filter((c) => c.fails).sort((a, b) => b.fails - a.fails).slice(0, 7).map((c) => ({
    name: c.id, title: c.id + " " + c.title, total: c.fails, parts: [[c.fails, classes[c.base]]], click: () => pick("control", String(c.index)),
  })), 84);

  $("meta").textContent = [data.sources.join(", "), data.generatedAt, "fn9s " + data.version, `${functions.length} functions, ${data.fail} failures, ${data.unknown} undecided`].filter(Boolean).join(" · ");
  if (data.notes.length) $("notes").append(make("details", {}, make("summary", {}, data.notes.length + " things could not be read"), make("ul", {}, ...data.notes.map((n) => make("li", {}, n)))));
  for (const b of document.querySelectorAll("[data-tab]")) b.onclick = () => show(b.dataset.tab);
  for (const id of ["grade", "framework", "namespace", "severity", "control"]) $(id).onchange = update;
  let waiting = 0;
  $("search").oninput = () => { clearTimeout(waiting); waiting = setTimeout(update, 80); };
  $("reset").onclick = () => { for (const id of ["search", "grade", "framework", "namespace", "severity", "control"]) $(id).value = ""; update(); };
  $("theme").onclick = () => {
    const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  $("rows").onscroll = draw;
  addEventListener("resize", draw);
  addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !$("detail").hidden) close();
    if (e.key === "/" && document.activeElement !== $("search")) { e.preventDefault(); $("search").focus(); }
    if ((e.key === "ArrowDown" || e.key === "ArrowUp" || e.key === "Enter") && document.activeElement === $("rows")) {
      const at = state.shown.findIndex((s) => s.row === state.selected), next = state.shown[Math.max(0, Math.min(state.shown.length - 1, at + (e.key === "ArrowUp" ? -1 : 1)))];
      if (!next) return;
      e.preventDefault();
      open(next.row);
      const top = state.shown.indexOf(next) * height, view = $("rows");
      if (top < view.scrollTop || top + height > view.scrollTop + view.clientHeight) view.scrollTop = top - view.clientHeight / 2;
    }
  });
  update();
})();
