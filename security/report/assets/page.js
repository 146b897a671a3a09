// Draws the page and listens to keys and mouse.
(() => {
  const { data, S, grades, severities, statuses, pillars, blasts, controls, shapes, functions, scopes, fill } = posture;
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
  const count = (n) => n.toLocaleString("en");
  const classOf = (code) => code < 0 ? "N" : grades[code & 7];
  const letter = (code) => code < 0 ? "–" : grades[code & 7] + (code & 8 ? "?" : "");
  const severityClass = (s) => "g" + (s ? grades[s] : "N");
  const chip = (code, title) => make("span", { class: "chip g" + classOf(code), title: (title ? title + ": " : "") + (code < 0 ? "not judged" : code & 8 ? "may be worse: something could not be read" : "") }, letter(code));
  const text = (v, cls) => make("span", { class: cls || "", title: v }, v);
  const num = (n, severity) => make("span", { class: "num " + (n ? severityClass(severity) + " strong" : "dim") }, count(n));
  const worst = (r) => r.grade < 0 ? -1 : (r.grade & 7) * 1e11 + Math.max(r.blast, 0) * 1e9 + r.open[4] * 1e5 + r.open[3];
  const blastText = (level) => level < 0 ? "–" : level + " " + blasts[level];
  const short = { identity: "Ident", network: "Net", secrets: "Secr", quota: "Quota", image: "Image", provenance: "Prov" };
  const warm = (on, cls) => on ? cls + " strong" : "";

  // A column: heading, what it is, width, from which width of the list it is there, cell, what it sorts by (the first first).
  const column = (head, long, width, from, cell, key, side = "") => ({ head, long, width, from, cell, key, side });
  const grade = column("Grade", "grade", "58px", 0, (r) => make("span", { class: "ctr" }, chip(r.grade)), (r) => -worst(r), "ctr");
  const tallies = [
    column("Crit", "critical findings", "48px", 460, (r) => num(r.open[4], 4), (r) => -r.open[4], "num"),
    column("High", "high findings", "48px", 460, (r) => num(r.open[3], 3), (r) => -r.open[3], "num"),
    column("Med", "medium findings", "48px", 1270, (r) => num(r.open[2], 2), (r) => -r.open[2], "num"),
    column("Unkn", "could not be decided", "54px", 1144, (r) => num(r.unknown, 0), (r) => -r.unknown, "num"),
  ];
  const columns = {
    functions: [
      grade, column("Function", "function", "minmax(130px, 2fr)", 0, (r) => text(r.name, "strong"), (r) => r.name),
      column("Namespace", "namespace", "minmax(90px, 1.1fr)", 0, (r) => text(r.namespace), (r) => r.namespace),
      column("Framework", "framework", "76px", 730, (r) => text(r.framework, "dim"), (r) => r.framework),
      ...pillars.map((p, i) => column(short[p] || p[0].toUpperCase() + p.slice(1, 5), p, "44px", 1074, (r) => make("span", { class: "ctr" }, chip(r.pillars[i], p)), (r) => -r.pillars[i], "ctr")),
      column("Exposure", "exposure: from where it can be called", "76px", 650, (r) => text(r.exposure || "–", warm(r.exposure === "internet", "gD")), (r) => r.exposure),
      column("Blast", "blast radius: how far an intruder gets", "98px", 568, (r) => text(blastText(r.blast), warm(r.blast > 3, severityClass(r.blast - 1))), (r) => -r.blast),
      column("PSS", "Pod Security Standard", "78px", 1214, (r) => text(r.pss || "–", "dim"), (r) => r.pss),
      ...tallies, column("What lifts it first", "what lifts it", "minmax(0, 1.6fr)", 1420, (r) => text(r.lifts.length ? S[r.lifts[0]] : "", "dim"), (r) => r.lifts.length ? S[r.lifts[0]] : ""),
    ],
    scopes: [
      grade, column("Name", "name", "minmax(130px, 2fr)", 0, (r) => text(r.name + (r.version ? " " + r.version : ""), "strong"), (r) => r.name),
      column("Kind", "kind", "100px", 0, (r) => text(r.kind), (r) => r.kind), column("Namespace", "namespace", "minmax(90px, 1.1fr)", 640, (r) => text(r.namespace), (r) => r.namespace),
      column("Functions", "functions", "86px", 640, (r) => make("span", { class: "num" }, r.kind === "namespace" ? count(r.functions) : ""), (r) => -r.functions, "num"), ...tallies,
    ],
    controls: [
      column("Control", "control", "84px", 0, (r) => text(r.id, "strong"), (r) => r.index), column("Title", "title", "minmax(160px, 4fr)", 0, (r) => text(r.title), (r) => r.title),
      column("Severity", "severity", "76px", 0, (r) => text(severities[r.base], severityClass(r.base) + " strong"), (r) => -r.base), column("Pillar", "pillar", "90px", 640, (r) => text(pillars[r.pillar], "dim"), (r) => r.pillar),
      column("Fails on", "fails on", "76px", 640, (r) => num(r.fails, r.base), (r) => -r.fails, "num"), column("Unknown", "could not be decided", "80px", 640, (r) => num(r.unknown, 0), (r) => -r.unknown, "num"),
    ],
  };
  // On a narrow screen a row is a card: badge, title, what counts, and a line below.
  const tail = (...parts) => parts.filter(Boolean).join(" · ");
  const cards = {
    functions: (r) => [chip(r.grade), text(r.name, "strong"), text(r.open[4] ? count(r.open[4]) + " critical" : r.open[3] ? count(r.open[3]) + " high" : "", severityClass(r.open[4] ? 4 : 3) + " strong"), text(tail(r.namespace, r.framework, r.exposure && "exposure " + r.exposure, r.blast >= 0 && "blast " + blastText(r.blast)), "dim")],
    scopes: (r) => [chip(r.grade), text(r.name, "strong"), text(r.kind, "dim"), text(tail(r.kind === "namespace" && count(r.functions) + " functions", r.open[4] && count(r.open[4]) + " critical", r.open[3] && count(r.open[3]) + " high", r.unknown && count(r.unknown) + " unknown") || "nothing critical or high", "dim")],
    controls: (r) => [make("span", { class: "chip " + severityClass(r.base) }, count(r.fails)), text(r.id, "strong"), text(severities[r.base], severityClass(r.base) + " strong"), text(r.title, "dim")],
  };

  const state = { tab: "functions", sort: { functions: [0, 1], scopes: [0, 1], controls: [4, 1] }, shown: [], cursor: -1, selected: null, columns: [], height: 34, narrow: false };
  const all = () => ({ functions, scopes, controls })[state.tab];
  const fields = ["grade", "severity", "namespace", "framework", "pillar", "control", "exposure", "blast"];
  const chosen = () => Object.fromEntries([["words", $("search").value], ...fields.map((f) => [f, $(f).value])]);
  const useful = { scopes: ["grade", "severity", "namespace", "framework", "pillar", "control"], controls: ["severity", "pillar", "control"] };

  const update = () => {
    const [at, direction] = state.sort[state.tab], { key } = columns[state.tab][at], now = chosen();
    const keep = posture.filter(state.tab, now);
    state.shown = [];
    all().forEach((row, i) => { if (keep(row)) state.shown.push({ row, key: key(row), i }); });
    state.shown.sort((a, b) => ((a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * direction) || a.i - b.i);
    state.cursor = state.shown.findIndex((s) => s.row === state.selected);
    const what = { functions: "functions", scopes: "namespaces and platforms", controls: "controls" }[state.tab];
    $("count").textContent = state.shown.length === all().length ? `${count(all().length)} ${what}` : `${count(state.shown.length)} of ${count(all().length)} ${what}`;
    $("none").hidden = state.shown.length > 0;
    $("none").textContent = all().length ? "Nothing matches." : "There is nothing to list.";
    let on = 0;
    for (const f of fields) {
      const select = $(f), usable = !useful[state.tab] || useful[state.tab].includes(f);
      select.hidden = select.options.length < 3 && !select.value || !usable;
      select.dataset.on = select.value === "" ? "" : "1";
      if (select.value !== "") on++;
    }
    $("reset").disabled = !on && !now.words;
    $("more").textContent = on ? `filters (${on})` : "filters";
    $("sort").replaceChildren(...columns[state.tab].flatMap((c, i) => [1, -1].map((d) => make("option", { value: i + " " + d, selected: i === at && d === direction }, "sort: " + c.long + (d < 0 ? ", reversed" : "")))));
    for (const b of document.querySelectorAll("[data-tab]")) b.setAttribute("aria-selected", String(b.dataset.tab === state.tab));
    layout();
  };
  const sortBy = (i, direction) => { state.sort[state.tab] = [i, direction]; update(); };

  const layout = () => {
    document.documentElement.style.setProperty("--bar", $("bar").offsetHeight + "px");
    const list = $("list"), width = list.clientWidth, [at, direction] = state.sort[state.tab];
    state.narrow = width < 560;
    state.height = state.narrow ? 52 : 34;
    state.columns = columns[state.tab].filter((c) => c.from <= width);
    list.className = state.narrow ? "narrow" : "";
    list.style.setProperty("--height", state.height + "px");
    list.style.setProperty("--columns", state.columns.map((c) => c.width).join(" "));
    list.setAttribute("aria-rowcount", state.shown.length + 1);
    const focused = document.activeElement && document.activeElement.dataset.column;
    $("head").replaceChildren(...state.columns.map((c) => {
      const i = columns[state.tab].indexOf(c), here = i === at;
      return make("span", { role: "columnheader", class: c.side, "aria-sort": here ? (direction > 0 ? "ascending" : "descending") : "none" },
        make("button", { type: "button", title: "sort by " + c.long, "data-column": String(i), onclick: () => sortBy(i, here ? -direction : 1) }, c.head + (here ? (direction > 0 ? " ▾" : " ▴") : "")));
    }));
    if (focused) $("head").querySelector(`[data-column="${focused}"]`)?.focus();
    $("rows").style.height = state.shown.length * state.height + "px";
    $("rows").replaceChildren();
    drawn.clear();
    draw();
  };

  // Only the rows on the screen are there.
  const drawn = new Map();
  const rowAt = (i) => {
    const { row } = state.shown[i], cells = state.narrow ? cards[state.tab](row) : state.columns.map((c) => c.cell(row));
    for (const c of cells) c.setAttribute("role", "gridcell");
    const e = make("div", { class: "row", role: "row", id: "row-" + i, "aria-rowindex": String(i + 2), "aria-selected": String(row === state.selected), onclick: () => open(i) }, ...cells);
    e.style.top = i * state.height + "px";
    return e;
  };
  const draw = (from, to) => {
    if (from === undefined) {
      const top = $("rows").getBoundingClientRect().top;
      from = Math.max(0, Math.floor(-top / state.height) - 10);
      to = Math.min(state.shown.length, Math.ceil((innerHeight - top) / state.height) + 10);
    }
    for (const [i, e] of drawn) if (i < from || i >= to) { e.remove(); drawn.delete(i); }
    const fresh = [];
    for (let i = from; i < to; i++) if (!drawn.has(i)) { drawn.set(i, rowAt(i)); fresh.push(drawn.get(i)); }
    $("rows").append(...fresh);
  };
  let frame = 0;
  const later = (f) => { if (!frame) frame = requestAnimationFrame(() => { frame = 0; f(); }); };

  const mark = () => {
    for (const [i, e] of drawn) e.setAttribute("aria-selected", String(i === state.cursor));
    if (drawn.has(state.cursor)) $("rows").setAttribute("aria-activedescendant", "row-" + state.cursor);
    else $("rows").removeAttribute("aria-activedescendant");
  };
  const moveTo = (i) => {
    if (!state.shown.length) return;
    state.cursor = Math.max(0, Math.min(state.shown.length - 1, i));
    const top = $("rows").getBoundingClientRect().top + state.cursor * state.height, roof = $("bar").offsetHeight + (state.narrow ? 0 : 36);
    if (top < roof) scrollBy(0, top - roof);
    else if (top + state.height > innerHeight - 8) scrollBy(0, top + state.height - innerHeight + 8);
    draw();
    if ($("detail").hidden) mark();
    else open(state.cursor);
  };
  const open = (i) => {
    const was = state.columns.length;
    state.cursor = i;
    state.selected = state.shown[i].row;
    detail(state.selected);
    document.body.classList.add("reading");
    if ($("detail").hidden) { $("detail").hidden = false; layout(); }
    $("detail").scrollTop = 0;
    if (was === state.columns.length) draw();
    mark();
  };
  const close = () => {
    state.selected = null;
    $("detail").hidden = true;
    document.body.classList.remove("reading");
    layout();
    mark();
    $("rows").focus({ preventScroll: true });
  };
  const show = (tab) => {
    state.tab = tab;
    state.selected = null;
    $("detail").hidden = true;
    document.body.classList.remove("reading");
    update();
    const top = $("main").getBoundingClientRect().top - $("bar").offsetHeight;
    if (top < 0) scrollBy(0, top);
  };

  const facts = (pairs) => make("dl", {}, ...pairs.filter(([, v]) => v !== "" && v !== undefined && v !== null).flatMap(([k, v]) => [make("dt", {}, k), make("dd", {}, v)]));
  const finding = (at, row, meant) => {
    const s = shapes[row.findings[at]], line = row.findings[at + 1], file = row.findings[at + 2], c = s.control;
    const where = [fill(s.object, row), fill(s.path, row)].filter(Boolean).join("  "), value = fill(s.value, row);
    const label = s.status === 0 ? severities[s.severity] : statuses[s.status];
    return make("details", { class: "finding", open: meant !== null && meant[row.findings[at]] },
      make("summary", {}, make("span", { class: "sev " + (s.status === 0 ? severityClass(s.severity) : "gN") }, label), make("span", {}, make("b", {}, c.id), " " + fill(s.message, row) + (s.known ? " (known)" : ""))),
      make("div", { class: "body" }, make("p", {}, make("b", {}, c.title), c.why ? ". " + c.why : ""),
        facts([["where", where && make("span", { class: "mono" }, where + (value ? " = " + value : ""))], ["file", line ? make("span", { class: "mono" }, fill(file, row) + ":" + line) : ""],
          ["fix", S[s.intent]], ["why this severity", S[s.rule]], ["see", c.references]])));
  };
  const findingsOf = (row) => {
    const meant = posture.shapeTest(chosen()), groups = pillars.map(() => []);
    for (let i = 0; i < row.findings.length; i += 3) groups[shapes[row.findings[i]].control.pillar].push(i);
    const boxes = groups.flatMap((list, p) => list.length === 0 ? [] : [make("details", { class: "group", open: !meant || list.some((i) => meant[row.findings[i]]) },
      make("summary", {}, row.pillars ? chip(row.pillars[p]) : "", pillars[p], make("span", { class: "dim" }, count(list.length))), ...list.map((i) => finding(i, row, meant)))]);
    if (!boxes.length) return [make("p", { class: "dim" }, "Nothing was found.")];
    const fold = (open) => () => { for (const b of $("detail").querySelectorAll(".group")) b.open = open; };
    return [make("div", { class: "tools" }, make("h3", {}, "Findings"), make("button", { type: "button", onclick: fold(true) }, "expand all"), make("button", { type: "button", onclick: fold(false) }, "collapse all")), ...boxes];
  };
  const list = (title, tag, items) => items.length ? [make("h3", {}, title), make(tag, {}, ...items.map((t) => make("li", {}, t)))] : [];
  const lifted = (index) => {
    const [id, ...rest] = S[index].split(" "), c = controls.find((o) => o.id === id);
    return id + (c ? " " + c.title : "") + ": " + rest.join(" ");
  };
  const detail = (row) => {
    const title = (badge, name, below) => make("div", { class: "title" }, badge, make("div", {}, make("h2", {}, name), make("p", { class: "dim" }, below)), make("button", { class: "close", type: "button", onclick: close, title: "close (Escape)", "aria-label": "close" }, "✕"));
    const filtered = (label, id, value) => make("button", { type: "button", onclick: () => pick({ [id]: value }) }, label);
    if (state.tab === "controls") {
      $("detail").replaceChildren(title(make("span", { class: "chip " + severityClass(row.base) }, severities[row.base]), row.id, row.title), make("p", {}, row.why),
        facts([["pillar", pillars[row.pillar]], ["see", row.references], ["fails on", count(row.fails)], ["unknown on", row.unknown ? count(row.unknown) : ""]]), filtered("list the functions", "control", String(row.index)));
    } else if (state.tab === "scopes") {
      $("detail").replaceChildren(title(chip(row.grade), row.name, tail(row.kind, row.kind !== "namespace" && row.namespace, row.framework, row.version, row.context)),
        ...(row.functions ? [filtered(count(row.functions) + " functions", "namespace", row.namespace)] : []), ...findingsOf(row));
    } else {
      $("detail").replaceChildren(title(chip(row.grade), row.name, tail(row.namespace, row.framework, row.kind, row.context)),
        make("div", { class: "scores" }, ...pillars.map((p, i) => make("span", {}, chip(row.pillars[i], p), " " + p))),
        facts([["exposure", tail(row.exposure, row.auth && "authentication " + row.auth)], ["called by", row.routes.map((r) => fill(r, row)).join(", ")], ["Pod Security", row.pss], ["blast radius", row.blast < 0 ? "" : blastText(row.blast)]]),
        ...list("How far an intruder gets", "ol", row.paths.map((p) => fill(p, row))), ...list("What lifts the grade", "ol", row.lifts.map(lifted)), ...findingsOf(row));
    }
  };

  const options = (id, name, list) => $(id).replaceChildren(make("option", { value: "" }, name), ...list.map(([v, t]) => make("option", { value: v }, t)));
  const unique = (key, rows) => [...new Set(rows.map((r) => r[key]).filter(Boolean))].sort().map((v) => [v, v]);
  options("grade", "every grade", grades.map((g, i) => [String(i), "grade " + g]));
  options("severity", "every severity", [...[4, 3, 2, 1].map((s) => [String(s), s === 4 ? "critical" : severities[s] + " and worse"]), ["unknown", "undecided"]]);
  options("namespace", "every namespace", unique("namespace", functions.concat(scopes)));
  options("framework", "every framework", unique("framework", functions.concat(scopes)));
  options("pillar", "every pillar", pillars.map((p, i) => [String(i), p]));
  options("control", "every control", controls.filter((c) => c.fails + c.unknown).sort((a, b) => a.id < b.id ? -1 : 1).map((c) => [String(c.index), c.id + " " + c.title]));
  options("exposure", "every exposure", unique("exposure", functions));
  options("blast", "every blast radius", [...blasts.entries()].reverse().map(([i, b]) => [String(i), "blast " + i + " " + b]));

  const clear = () => { for (const id of ["search", ...fields]) $(id).value = ""; };
  const pick = (filters) => {
    clear();
    for (const [id, value] of Object.entries(filters)) $(id).value = value;
    show("functions");
  };
  const bars = (id, label, rows) => {
    const most = Math.max(1, ...rows.map((r) => r.parts.reduce((n, p) => n + p[0], 0)));
    $(id).className = "bars";
    $(id).style.setProperty("--label", label);
    $(id).replaceChildren(...rows.map((r) => {
      const track = make("span", { class: "track" });
      for (const [n, cls] of r.parts) if (n) { const part = make("i", { class: "b" + cls }); part.style.width = n / most * 100 + "%"; track.append(part); }
      return make("button", { type: "button", title: r.title, onclick: r.click }, make("span", { class: "name" }, ...r.name), track, make("span", { class: "n" }, count(r.n)));
    }));
  };
  const how = (test) => functions.reduce((n, r) => n + (test(r) ? 1 : 0), 0);
  bars("grades", "34px", grades.map((g, i) => {
    const n = how((r) => r.grade >= 0 && (r.grade & 7) === i);
    return { name: [chip(i)], title: "functions with grade " + g, n, parts: [[n, g]], click: () => pick({ grade: String(i) }) };
  }));
  bars("pillars", "88px", pillars.map((p, i) => {
    const parts = [4, 3, 2, 1, 0].map((k) => [how((r) => r.grade >= 0 && (r.pillars[i] & 7) === k), grades[k]]);
    return { name: [p], title: p + ": " + parts.map(([n, g]) => `${g} ${count(n)}`).join(", "), n: parts[0][0] + parts[1][0], parts, click: () => { state.sort.functions = [4 + i, 1]; pick({ pillar: String(i) }); } };
  }));
  bars("blasts", "94px", [...blasts.entries()].reverse().map(([i, b]) => {
    const n = how((r) => r.blast === i);
    return { name: [blastText(i)], title: "functions with blast radius " + b, n, parts: [[n, i > 0 ? grades[i - 1] : "A"]], click: () => pick({ blast: String(i) }) };
  }));
  bars("top", "minmax(120px, 60%)", controls.filter((c) => c.fails).sort((a, b) => (b.base > 2) - (a.base > 2) || b.fails - a.fails || b.base - a.base || (a.id < b.id ? -1 : 1)).slice(0, 7).map((c) => ({
    name: [make("b", {}, c.id), " " + c.title], title: `${c.id} ${c.title} (${severities[c.base]})`, n: c.fails, parts: [[c.fails, c.base ? grades[c.base] : "N"]], click: () => pick({ control: String(c.index) }),
  })));
  const total = (n) => functions.concat(scopes).reduce((k, r) => k + n(r), 0);
  const tile = (n, what, cls, filters) => make("button", { type: "button", class: "tile", onclick: () => pick(filters) }, make("b", { class: n ? cls : "" }, count(n)), make("span", {}, what));
  $("tiles").append(tile(functions.length, "functions", "", {}), tile(how((r) => (r.grade & 7) === 4 && r.grade >= 0), "with grade F", "gF", { grade: "4" }),
    tile(total((r) => r.open[4]), "critical findings", "gF", { severity: "4" }), tile(total((r) => r.open[3]), "high findings", "gD", { severity: "3" }),
    tile(how((r) => r.exposure === "internet"), "open to the internet", "gD", { exposure: "internet" }), tile(how((r) => r.blast === 5), "endanger the cluster", "gF", { blast: "5" }),
    tile(data.unknown, "undecided", "gC", { severity: "unknown" }));

  $("meta").textContent = [data.sources.join(", "), data.generatedAt.replace("T", " ").replace("Z", " UTC"), ("fn9s " + data.version).trim(), count(data.fail) + " failures"].filter(Boolean).join(" · ");
  if (data.notes.length) {
    const lines = make("ul"), box = make("details", {}, make("summary", {}, count(data.notes.length) + (data.notes.length === 1 ? " thing" : " things") + " could not be read"), lines);
    box.ontoggle = () => { if (!lines.childElementCount) lines.append(...data.notes.slice(0, 1000).map((n) => make("li", {}, n)), ...(data.notes.length > 1000 ? [make("li", {}, "and " + count(data.notes.length - 1000) + " more")] : [])); };
    $("notes").append(box);
  }
  const dark = () => { const t = document.documentElement.dataset.theme; return t ? t === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; };
  const named = () => { $("theme").textContent = dark() ? "light" : "dark"; $("theme").title = "change to " + $("theme").textContent; };
  $("theme").onclick = () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; named(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", named);
  named();
  $("print").onclick = () => print();
  for (const b of document.querySelectorAll("[data-tab]")) b.onclick = () => show(b.dataset.tab);
  for (const id of fields) $(id).onchange = update;
  $("sort").onchange = () => sortBy(...$("sort").value.split(" ").map(Number));
  let waiting = 0;
  $("search").oninput = () => { clearTimeout(waiting); waiting = setTimeout(update, 80); };
  $("reset").onclick = () => { clear(); update(); };
  $("more").onclick = () => { $("more").setAttribute("aria-expanded", String($("filters").classList.toggle("open"))); layout(); };

  // On paper there is no scrolling.
  const pages = 2000;
  addEventListener("beforeprint", () => {
    draw(0, Math.min(pages, state.shown.length));
    if (state.shown.length > pages) $("count").textContent += `; the first ${count(pages)} are printed`;
  });
  addEventListener("afterprint", update);
  addEventListener("scroll", () => later(draw), { passive: true });
  addEventListener("resize", () => later(layout));
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape" && !$("detail").hidden) close();
    if (e.key === "/" && !["INPUT", "SELECT"].includes(document.activeElement.tagName)) { e.preventDefault(); $("search").focus(); $("search").select(); }
    if (e.key === "ArrowDown" && document.activeElement === $("search")) { e.preventDefault(); $("rows").focus({ preventScroll: true }); moveTo(Math.max(0, state.cursor)); return; }
    if (document.activeElement !== $("rows")) return;
    const page = Math.max(1, Math.floor((innerHeight - $("bar").offsetHeight - 40) / state.height) - 1);
    const to = { ArrowDown: state.cursor + 1, j: state.cursor + 1, ArrowUp: state.cursor - 1, k: state.cursor - 1, PageDown: state.cursor + page, PageUp: state.cursor - page, Home: 0, End: state.shown.length - 1 }[e.key];
    if (to !== undefined) { e.preventDefault(); moveTo(to); }
    if (e.key === "Enter" && state.cursor >= 0) { e.preventDefault(); open(state.cursor); }
  });
  update();
})();
