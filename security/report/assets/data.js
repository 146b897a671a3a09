"use strict";
// What the page shows: rows out of the data that stands in the page, and which of them words and filters leave.
const posture = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const S = data.strings, grades = ["A", "B", "C", "D", "F"], severities = ["info", "low", "medium", "high", "critical"];
  const FAIL = 0, UNKNOWN = 1;

  // Names of the subject stand in texts as marks, so that functions share the texts.
  const put = (text, name, namespace) => text.split("\u0001").join(name).split("\u0002").join(namespace);
  const fill = (index, row) => put(S[index], row.name, row.namespace);

  const controls = data.controls.map((c, index) => ({
    index, id: c[0], pillar: c[1], base: c[2], title: c[3], why: c[4], references: c[5], fails: 0, unknown: 0, name: c[0], namespace: "", findings: [],
  }));
  const shapes = data.shapes.map((s) => {
    const status = s[1] & 7, severity = s[1] >> 3 & 7, known = (s[1] & 64) !== 0, sums = (s[1] & 128) !== 0;
    return {
      control: controls[s[0]], status, severity, known, open: status === FAIL && !known, counts: status === FAIL && !known && !sums,
      message: s[2], object: s[3], path: s[4], value: s[5], rule: s[6], intent: s[7],
    };
  });

  // Findings of a row are a flat list: shape, line and file of each.
  const tally = (row) => {
    row.open = [0, 0, 0, 0, 0];
    row.unknown = 0;
    for (let i = 0; i < row.findings.length; i += 3) {
      const s = shapes[row.findings[i]];
      if (s.status === UNKNOWN) row.unknown++;
      else if (s.counts) row.open[s.severity]++;
    }
    return row;
  };
  const functions = data.functions.map((f) => tally({
    context: S[f[0]], namespace: S[f[1]], framework: S[f[2]], name: f[3], kind: S[f[4]], grade: f[5], pillars: f[6],
    pss: S[f[7]], exposure: S[f[8]], auth: S[f[9]], blast: f[10], lifts: f[11], routes: f[12], paths: f[13], findings: f[14],
  }));
  const scopes = data.scopes.map((s) => tally({
    kind: S[s[0]], namespace: S[s[1]], name: s[2], context: S[s[3]], framework: S[s[4]], version: S[s[5]], grade: s[6], findings: s[7], blast: -1, functions: 0,
  }));
  const spaces = new Map(scopes.filter((s) => s.kind === "namespace").map((s) => [s.context + "\n" + s.name, s]));
  for (const f of functions) {
    const s = spaces.get(f.context + "\n" + f.namespace);
    if (s) s.functions++;
  }
  for (const row of functions.concat(scopes)) {
    const seen = new Set();
    for (let i = 0; i < row.findings.length; i += 3) {
      const s = shapes[row.findings[i]], unknown = s.status === UNKNOWN;
      if (!unknown && !s.open || seen.has(s.control.index * 2 + unknown)) continue;
      seen.add(s.control.index * 2 + unknown);
      s.control[unknown ? "unknown" : "fails"]++;
    }
  }

  // Words are looked for in the texts that rows share, once each, and in texts with names only where a word could reach
  // from the text into the name.
  let texts = null;
  const prepare = () => {
    const marked = new Map();
    texts = shapes.map((s) => {
      const all = [s.control.id, s.control.title, S[s.message], S[s.object], S[s.path], S[s.value]].join(" ").toLowerCase().split(/\s+/);
      const own = all.filter((w) => /[\u0001\u0002]/.test(w) && w.length > 1);
      return {
        plain: all.filter((w) => !/[\u0001\u0002]/.test(w)).join(" "),
        marked: [...new Set(own)].map((w) => {
          if (!marked.has(w)) marked.set(w, { text: w, beside: [...w].filter((c, i) => c > "\u0002" && (w[i - 1] < "\u0003" || w[i + 1] < "\u0003")), near: false });
          return marked.get(w);
        }),
      };
    });
    texts.marked = [...marked.values()];
  };
  const ownText = (row) => {
    if (row.text === undefined) {
      const files = new Set();
      for (let i = 2; i < row.findings.length; i += 3) if (row.findings[i]) files.add(row.findings[i]);
      row.low = [row.name.toLowerCase(), row.namespace.toLowerCase()];
      row.text = [row.name, row.namespace + "/" + row.name, row.framework, row.kind, row.context, row.pss, row.exposure, row.id, row.title, row.why, ...[...files].map((f) => fill(f, row))].join(" ").toLowerCase();
    }
    return row.text;
  };
  const search = (typed) => {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return () => true;
    if (!texts) prepare();
    const tests = words.map((word) => {
      const shared = texts.map((t) => t.plain.includes(word));
      const near = new Set(texts.marked.filter((m) => !m.beside.length || m.beside.some((c) => word.includes(c))));
      const mixed = texts.map((t) => t.marked.filter((m) => near.has(m)));
      return (row) => {
        if (ownText(row).includes(word)) return true;
        const tried = new Set();
        for (let i = 0; i < row.findings.length; i += 3) {
          const n = row.findings[i];
          if (shared[n]) return true;
          for (const m of mixed[n]) {
            if (tried.has(m)) continue;
            tried.add(m);
            if (put(m.text, row.low[0], row.low[1]).includes(word)) return true;
          }
        }
        return false;
      };
    });
    return (row) => tests.every((t) => t(row));
  };

  // shapeTest says which findings a filter means; nothing when it means none in particular.
  const shapeTest = ({ severity, pillar, control }) => {
    if (severity === "" && pillar === "" && control === "") return null;
    return shapes.map((s) => (severity === "unknown" ? s.status === UNKNOWN : severity !== "" ? (control === "" ? s.counts : s.open) && s.severity >= Number(severity) : s.open || s.status === UNKNOWN)
      && (pillar === "" || s.control.pillar === Number(pillar)) && (control === "" || s.control.index === Number(control)));
  };
  const filter = (tab, chosen) => {
    const words = search(chosen.words), meant = shapeTest(chosen);
    if (tab === "controls") {
      return (c) => (chosen.severity === "" || (chosen.severity === "unknown" ? c.unknown > 0 : c.base >= Number(chosen.severity)))
        && (chosen.pillar === "" || c.pillar === Number(chosen.pillar)) && (chosen.control === "" || c.index === Number(chosen.control)) && words(c);
    }
    return (row) => {
      if (chosen.grade !== "" && (row.grade < 0 || (row.grade & 7) !== Number(chosen.grade))) return false;
      if (chosen.framework !== "" && row.framework !== chosen.framework || chosen.namespace !== "" && row.namespace !== chosen.namespace) return false;
      if (tab === "functions" && (chosen.exposure !== "" && row.exposure !== chosen.exposure || chosen.blast !== "" && row.blast !== Number(chosen.blast))) return false;
      if (meant) {
        let found = false;
        for (let i = 0; i < row.findings.length && !found; i += 3) found = meant[row.findings[i]];
        if (!found) return false;
      }
      return words(row);
    };
  };
  return { data, S, grades, severities, statuses: ["fail", "unknown", "pass", "n/a", "accepted"], pillars: data.pillars, blasts: data.blasts, controls, shapes, functions, scopes, fill, filter, shapeTest };
})();
