"use strict";
// The picture of a run. All text comes from the JSON in #data and is set as text, never as markup.
(() => {
  const run = JSON.parse(document.getElementById("data").textContent);
  const events = run.events;
  const SVG = "http://www.w3.org/2000/svg";
  const ROW = 22, SEQ = 68, COL = 17, TASK = 24, BAR = 17, INDENT = 150, HEAD = 108, AHEAD = 40;
  const $ = (id) => document.getElementById(id);

  const html = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const svg = (tag, attributes, tip) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (tip !== undefined) {
      node.setAttribute("data-tip", "");
      const title = document.createElementNS(SVG, "title");
      title.textContent = tip;
      node.append(title);
    }
    return node;
  };
  const marks = (event) => event.marks || [];
  const cpuOf = (event) => event.cpu === undefined ? -1 : event.cpu;

  // -- columns ----------------------------------------------------------------------------------------------

  // Where there is less room, kworkers make place for words, then services and tasks that are never in a window; lanes
  // of words move closer together.

  const cpus = run.columns.filter((one) => one.kind === "cpu").map((one) => Number(one.name.slice(3)));
  const windowed = new Set(run.bands.filter((band) => /^W[0-9]$/.test(band.what)).map((band) => band.task));
  let column, columns, bars, indent, TEXT, WIDTH;

  function layOut(width) {
    const narrow = width < 640;
    column = new Map();
    columns = run.columns.filter((one) => one.kind === "cpu" || windowed.has(one.name)
      || (!narrow && (width >= 1100 || !one.name.startsWith("kworker/"))));
    let edge = SEQ;
    columns.forEach((one, number) => {
      const width = one.kind === "task" ? TASK : COL;
      if (number && one.kind !== columns[number - 1].kind) edge += 6;
      column.set(keyOf(one), edge + width / 2);
      edge += width;
    });
    edge += 6;
    bars = run.bars.map((bar) => { const x = edge + BAR / 2; edge += BAR; return { ...bar, x }; });
    TEXT = edge + 10;
    const words = narrow ? 300 : 360, gaps = Math.max(1, cpus.length - 1);
    indent = Math.min(INDENT, Math.max(28, Math.floor((width - TEXT - words) / gaps)));
    WIDTH = laneOf(cpus[cpus.length - 1]) + words;
    top.style.width = field.style.width = `max(100%, ${WIDTH}px)`;
    heads();
    drawn = "";
  }
  const keyOf = (one) => `${one.kind === "task" ? "task" : "actor"} ${one.name}`;
  const laneOf = (cpu) => TEXT + Math.max(0, cpus.indexOf(cpu)) * indent;
  const actorX = (event) => column.get(`actor ${cpuOf(event) >= 0 ? `cpu${event.cpu}` : event.actor}`);

  // -- rows: the events that are shown, and gaps ------------------------------------------------------------

  let rows = [], visible = [], rowOf = new Map(), at = 0;
  const indexOf = new Map(events.map((event, index) => [event.seq, index]));
  const kept = {
    focus: (event) => event.focus || marks(event).length > 0,
    messages: (event) => event.focus || marks(event).length > 0 || event.kind === "send" || event.kind === "receive",
    all: () => true,
  };
  const anyFocus = events.some((event) => event.focus);

  function arrange() {
    const keep = anyFocus || $("filter").value !== "focus" ? kept[$("filter").value] : kept.all;
    rows = []; visible = []; rowOf = new Map();
    let gap = [];
    const close = () => {
      if (!gap.length) return;
      for (const index of gap) rowOf.set(events[index].seq, rows.length);
      rows.push({ gap: gap.length, first: gap[0] });
      gap = [];
    };
    events.forEach((event, index) => {
      if (!keep(event)) { gap.push(index); return; }
      close();
      rowOf.set(event.seq, rows.length);
      visible.push(index);
      rows.push({ index });
    });
    close();
    $("slider").max = String(Math.max(0, visible.length - 1));
    field.style.height = `${rows.length * ROW + 8}px`;
    drawn = "";
  }

  /** Where on the page an event is, hidden ones in their gap; before the first and after the last at the ends. */
  function y(seq) {
    if (seq < 0) return rows.length * ROW;
    const row = rowOf.get(seq);
    if (row !== undefined) return row * ROW + ROW / 2;
    return events.length && seq < events[0].seq ? 0 : rows.length * ROW;
  }

  // -- the picture -------------------------------------------------------------------------------------------

  const picture = $("picture");
  const top = html("div", "top");
  const field = html("div", "field");
  let drawn = "";
  top.style.height = `${HEAD}px`;
  picture.append(top, field);

  function heads() {
    top.replaceChildren();
    const canvas = svg("svg", { width: TEXT, height: HEAD, "aria-hidden": "true" });
    const turned = (x, text) => {
      const node = svg("text", { transform: `translate(${x + 4},${HEAD - 5}) rotate(-90)` });
      node.textContent = text.length > 16 ? `${text.slice(0, 15)}…` : text;
      const title = document.createElementNS(SVG, "title");
      title.textContent = text;
      node.append(title);
      return node;
    };
    for (const one of columns) canvas.append(turned(column.get(keyOf(one)), one.name));
    for (const bar of bars) canvas.append(turned(bar.x, bar.name));
    top.append(canvas);
    const seen = new Map(cpus.map((cpu) => [cpu, new Set()]));
    for (const event of events) if (cpuOf(event) >= 0 && event.task) seen.get(event.cpu).add(event.task);
    cpus.forEach((cpu, number) => {
      const names = [...seen.get(cpu)];
      const head = html("div", "cpu", indent < 36 ? String(cpu) : indent < 90 ? `cpu${cpu}` : `cpu${cpu}${names.length ? ` ${names[0]}${names.length > 1 ? " …" : ""}` : ""}`);
      head.title = names.join(", ");
      head.style.left = `${laneOf(cpu)}px`;
      head.style.maxWidth = `${(number + 1 < cpus.length ? laneOf(cpus[number + 1]) : WIDTH) - laneOf(cpu) - 8}px`;
      top.append(head);
    });
  }

  function draw() {
    const from = Math.max(0, Math.floor((picture.scrollTop - HEAD) / ROW) - AHEAD);
    const until = Math.min(rows.length, Math.ceil((picture.scrollTop + picture.clientHeight) / ROW) + AHEAD);
    const want = `${from} ${until} ${at}`;
    if (want === drawn) return;
    drawn = want;
    const canvas = svg("svg", { width: WIDTH, height: (until - from) * ROW + 8, "aria-hidden": "true" });
    canvas.style.top = `${from * ROW}px`;
    const low = from * ROW, high = until * ROW;
    const clip = (value) => Math.min(Math.max(value, low - ROW), high + ROW) - low;
    const apart = (a, b) => Math.max(a, b) < low - ROW || Math.min(a, b) > high + ROW;
    const line = (x, a, b, className, tip) => canvas.append(svg("line", { x1: x, x2: x, y1: clip(a), y2: clip(b), class: className }, tip));

    for (const one of columns) if (one.kind !== "task") line(column.get(`actor ${one.name}`), low, high, "lane");
    for (const cpu of cpus) line(laneOf(cpu) - 5, low, high, "lane text");
    for (const band of run.bands) drawBand(band, canvas, line, clip, apart);
    for (const bar of bars) drawBar(bar, canvas, clip, apart);
    for (const arrow of run.arrows) drawArrow(arrow, canvas, clip, apart);
    const fresh = [];
    for (let row = from; row < until; row += 1) {
      fresh.push(drawRow(row));
      if (rows[row].index !== undefined) drawDot(events[rows[row].index], row, canvas, low);
    }
    if (run.race) drawRace(run.race, canvas, clip);
    field.replaceChildren(...fresh, canvas);
  }

  function drawBand(band, canvas, line, clip, apart) {
    const x = column.get(`task ${band.task}`);
    const end = band.end === undefined ? -1 : band.end;
    const a = y(band.begin), b = y(end);
    if (x === undefined || apart(a, b) || a === b) return;
    const tip = `${band.task}: ${band.what}, events ${band.begin} to ${end < 0 ? "the end" : end}`;
    if (!/^W[0-9]$/.test(band.what)) { line(x - TASK / 2 + 3, a, b, band.what, tip); return; }
    const height = clip(b) - clip(a);
    canvas.append(svg("rect", { x: x - 6, y: clip(a), width: 15, height, class: band.what.toLowerCase() }, tip));
    // A long band says again and again what it is, so that no screen is without.
    for (let at = clip(a) + Math.min(height, ROW) / 2 + 3.5; at < clip(b) - 1 && height >= 12; at += 9 * ROW) {
      const name = svg("text", { x: x + 1.5, y: at, class: "wname" });
      name.textContent = band.what;
      canvas.append(name);
    }
  }

  function drawBar(bar, canvas, clip, apart) {
    for (const phase of bar.phases) {
      const end = phase.end === undefined ? -1 : phase.end;
      const a = y(phase.begin), b = y(end);
      if (apart(a, b) || a === b) continue;
      const tip = `${bar.name} (${bar.kind}): ${run.phases[phase.what]}${phase.note ? ` (${phase.note})` : ""}, events ${phase.begin} to ${end < 0 ? "the end" : end}`;
      canvas.append(svg("rect", { x: bar.x - 5, y: clip(a), width: 10, height: clip(b) - clip(a), class: phase.what }, tip));
    }
    const freed = bar.freed === undefined ? -1 : bar.freed;
    if (freed >= 0 && !apart(y(freed), y(freed))) {
      const middle = clip(y(freed));
      canvas.append(svg("path", { d: `M${bar.x - 6} ${middle - 6}l12 12m0 -12l-12 12`, class: "gone" }, `${bar.name} is freed at event ${freed}`));
    }
  }

  function drawArrow(arrow, canvas, clip, apart) {
    const a = y(arrow.sent), b = y(arrow.received);
    if (a === b || apart(a, b)) return;
    const x1 = actorX(events[indexOf.get(arrow.sent)]), x2 = actorX(events[indexOf.get(arrow.received)]);
    if (x1 === undefined || x2 === undefined) return;
    const tip = `${arrow.message}, from event ${arrow.sent} to event ${arrow.received}`;
    const ya = clip(a), yb = clip(b);
    if (x1 === x2) {
      canvas.append(svg("path", { d: `M${x1} ${ya}C${x1 + 9} ${ya} ${x1 + 9} ${yb} ${x1 + 2} ${yb}`, class: "arrow" }, tip));
      return;
    }
    const side = Math.sign(x2 - x1);
    canvas.append(svg("path", { d: `M${x1} ${ya}C${x1 + 8 * side} ${yb} ${x1 + 8 * side} ${yb} ${x2 - 8 * side} ${yb}`, class: "arrow" }, tip));
    canvas.append(svg("path", { d: `M${x2 - 3 * side} ${yb}l${-7 * side} -3.5v7z`, class: "tip" }));
  }

  function drawDot(event, row, canvas, low) {
    const x = actorX(event), middle = row * ROW + ROW / 2 - low;
    if (x === undefined) return;
    if (marks(event).includes("stale")) {
      canvas.append(svg("path", { d: `M${x} ${middle - 7}l7 13h-14z`, class: "stale" }, event.note || "stale"));
    } else {
      canvas.append(svg("circle", { cx: x, cy: middle, r: event.focus ? 3.5 : 2.2, class: event.focus ? "dot" : "dot dim" }));
    }
  }

  function drawRace(race, canvas, clip) {
    const a = clip(y(race.other)), b = clip(y(race.late));
    canvas.append(svg("path", { d: `M14 ${a}H6V${b}H14`, class: "race" }, "the two events that conflict"));
    for (const end of [a, b]) canvas.append(svg("path", { d: `M17 ${end}l-6 -4v8z`, class: "racetip" }));
  }

  function drawRow(row) {
    const item = rows[row];
    const node = html("div", "row");
    node.style.top = `${row * ROW}px`;
    if (item.gap) {
      node.classList.add("gap");
      const what = html("span", "what", `… ${item.gap} event${item.gap === 1 ? "" : "s"}`);
      what.style.left = `${TEXT}px`;
      node.append(what);
      return node;
    }
    const event = events[item.index];
    node.classList.add(...marks(event));
    if (event.across) node.classList.add("across");
    if (!event.focus && !marks(event).length) node.classList.add("dim");
    if (item.index === at) node.classList.add("here");
    const proof = marks(event).includes("proof");
    node.append(html("span", "seq", `${proof ? "*" : ""}${event.seq}`));
    const what = html("span", "what");
    const words = html("span", "", event.text);
    what.append(words);
    if (event.remark) words.append(html("span", "remark", `  ${event.remark}`));
    if (event.note) words.append(html("span", "remark", `  ${event.note}`));
    what.style.left = `${event.across ? TEXT : laneOf(event.cpu)}px`;
    node.title = sentence(event);
    node.append(what);
    return node;
  }

  // -- words -------------------------------------------------------------------------------------------------

  const where = (event) => cpuOf(event) >= 0 ? `cpu${event.cpu}${event.task ? ` (${event.task})` : ""}` : event.actor;
  const sentence = (event) => `${where(event)}: ${event.text}${event.remark ? ` ${event.remark}` : ""}${event.note ? `; ${event.note}` : ""}`;

  // -- the machine -------------------------------------------------------------------------------------------

  const states = run.states;
  const upto = states.changes.map((change) => change[0]);
  let values = states.first.slice(), applied = 0;

  /** The number of changes to apply for the state after the step of an event: the first that reaches it. */
  function stateNumber(seq) {
    let low = 0, high = upto.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upto[middle] < seq) low = middle + 1; else high = middle;
    }
    return Math.min(low + 1, upto.length);
  }

  function valuesAt(number) {
    if (number < applied) { values = states.first.slice(); applied = 0; }
    for (; applied < number; applied += 1) {
      const change = states.changes[applied];
      for (let at = 1; at < change.length; at += 2) values[change[at]] = change[at + 1];
    }
    return values;
  }

  function cell(value, changed, many) {
    const node = html("td", changed ? "changed" : "");
    if (!many) { node.textContent = value; return node; }
    value.split(" | ").forEach((part, number) => node.append(html("span", number ? "old" : "new", number ? `or ${part}` : part)));
    return node;
  }

  function table(headings, body) {
    const node = html("table");
    if (headings) {
      const head = html("thead"), line = html("tr");
      for (const text of headings) { const th = html("th", "", text); th.scope = "col"; line.append(th); }
      head.append(line);
      node.append(head);
    }
    const rest = html("tbody");
    for (const [name, ...cells] of body) {
      const line = html("tr"), th = html("th", "", name);
      th.scope = "row";
      line.append(th, ...cells);
      rest.append(line);
    }
    node.append(rest);
    return node;
  }

  function showState(event) {
    const number = stateNumber(event.seq);
    const before = valuesAt(number - 1).slice();
    const now = valuesAt(number);
    const groups = new Map();
    states.fields.forEach(([group, name], index) => {
      const key = /^cpu[0-9]+$/.test(group) ? "CPUs" : group;
      if (!groups.has(key)) groups.set(key, new Map());
      const names = groups.get(key);
      if (!names.has(name)) names.set(name, new Map());
      names.get(name).set(group, index);
    });
    const parts = [];
    const one = (index, name) => cell(now[index], now[index] !== before[index], /^(fetch|load) /.test(name));
    for (const [group, names] of groups) {
      parts.push(html("h3", "", group === "memory" ? "what memory holds" : group));
      if (group !== "CPUs") {
        parts.push(table(null, [...names].filter(([, by]) => now[by.get(group)] !== "").map(([name, by]) => [name, one(by.get(group), name)])));
        continue;
      }
      const heads = [...new Set([...names.values()].flatMap((by) => [...by.keys()]))];
      const wrap = html("div", "wrap");
      if (heads.length > 3) { wrap.tabIndex = 0; wrap.setAttribute("role", "group"); wrap.setAttribute("aria-label", "CPUs"); }
      wrap.append(table(["", ...heads], [...names].map(([name, by]) => [name, ...heads.map((cpu) => by.has(cpu) ? one(by.get(cpu), name) : html("td"))])));
      parts.push(wrap);
    }
    $("panel-title").textContent = `The machine after step ${event.step}`;
    const aside = document.querySelector("#state .wrap"), left = aside ? aside.scrollLeft : 0;
    $("state").replaceChildren(...parts);
    if (left) document.querySelector("#state .wrap").scrollLeft = left;
  }

  // -- stepping ----------------------------------------------------------------------------------------------

  function show(index, quiet) {
    if (!events.length) return;
    at = Math.min(Math.max(index, 0), events.length - 1);
    const event = events[at];
    if (rows[rowOf.get(event.seq)].gap) { $("filter").value = "all"; arrange(); tabulate(); }
    const place = visible.indexOf(at);
    $("slider").value = String(place);
    $("slider").setAttribute("aria-valuetext", `event ${event.seq}, ${sentence(event)}`);
    const now = $("now");
    now.replaceChildren(html("strong", "", `event ${event.seq}`), `, step ${event.step}, ${sentence(event)}  `, html("span", "remark", `[${event.name}]`));
    const row = rowOf.get(event.seq) * ROW;
    const room = picture.clientHeight - HEAD;
    if (row < picture.scrollTop + ROW || row > picture.scrollTop + room - 3 * ROW) picture.scrollTop = Math.max(0, row - room / 2);
    draw();
    showState(event);
    for (const line of document.querySelectorAll("#table tr.here")) line.classList.remove("here");
    const line = document.getElementById(`row-${event.seq}`);
    if (line) { line.classList.add("here"); if (!$("table").hidden) line.scrollIntoView({ block: "nearest" }); }
    if (!quiet) history.replaceState(null, "", `#event=${event.seq}`);
  }

  const step = (by) => {
    const place = visible.indexOf(at);
    show(visible[Math.min(Math.max(place + by, 0), visible.length - 1)]);
  };
  function marked(by) {
    for (let index = at + by; index >= 0 && index < events.length; index += by) {
      if (marks(events[index]).length) { show(index); return; }
    }
  }
  function find(by) {
    const wanted = $("search").value.trim().toLowerCase();
    if (!wanted) return;
    for (let count = 1; count <= events.length; count += 1) {
      const index = (at + by * count + events.length * 2) % events.length;
      const event = events[index];
      if (String(event.seq) === wanted || `${sentence(event)} ${event.name}`.toLowerCase().includes(wanted)) { show(index); return; }
    }
    $("now").textContent = `nothing has ${wanted}`;
  }

  /** The event that the address names, by number or by name; -1 for none. */
  function linked() {
    const hash = location.hash;
    if (!hash.startsWith("#event=")) return -1;
    let wanted = hash.slice(7);
    try { wanted = decodeURIComponent(wanted); } catch { return -1; }
    if (/^[0-9]+$/.test(wanted) && indexOf.has(Number(wanted))) return indexOf.get(Number(wanted));
    return events.findIndex((event) => event.name === wanted);
  }

  // -- the table ---------------------------------------------------------------------------------------------

  function tabulate() {
    const place = $("table");
    if (place.hidden) return;
    const node = html("table"), head = html("thead"), line = html("tr"), body = html("tbody");
    node.append(html("caption", "", "Events"));
    for (const text of ["event", "step", "where", "what", "remark", "marks"]) { const th = html("th", "", text); th.scope = "col"; line.append(th); }
    head.append(line);
    for (const index of visible) {
      const event = events[index];
      const tr = html("tr", marks(event).join(" "));
      tr.id = `row-${event.seq}`;
      const link = html("a", "", String(event.seq));
      link.href = `#event=${event.seq}`;
      const first = html("td");
      first.append(link);
      tr.append(first, html("td", "", String(event.step)), html("td", "", where(event)), html("td", "", event.text),
        html("td", "", [event.remark, event.note].filter(Boolean).join("; ")), html("td", "", marks(event).join(", ")));
      body.append(tr);
    }
    node.append(head, body);
    const lives = html("table"), livesBody = html("tbody");
    lives.append(html("caption", "", "Lives of ops and text"));
    for (const bar of bars) {
      for (const phase of bar.phases) {
        const tr = html("tr"), th = html("th", "", `${bar.name} (${bar.kind})`);
        th.scope = "row";
        tr.append(th, html("td", "", `${run.phases[phase.what]}${phase.note ? ` (${phase.note})` : ""}`), html("td", "", `from event ${phase.begin}`));
        livesBody.append(tr);
      }
      if (bar.freed !== undefined && bar.freed >= 0) {
        const tr = html("tr"), th = html("th", "", `${bar.name} (${bar.kind})`);
        th.scope = "row";
        tr.append(th, html("td", "", "freed"), html("td", "", `at event ${bar.freed}`));
        livesBody.append(tr);
      }
    }
    lives.append(livesBody);
    place.replaceChildren(node, lives);
  }

  function view(which) {
    $("view").value = which;
    $("picture").hidden = which !== "picture";
    $("table").hidden = which !== "table";
    tabulate();
    show(at, true);
  }

  // -- hands -------------------------------------------------------------------------------------------------

  const keys = {
    ArrowRight: () => step(1), ArrowDown: () => step(1), ArrowLeft: () => step(-1), ArrowUp: () => step(-1),
    Home: () => show(visible[0]), End: () => show(visible[visible.length - 1]),
    PageDown: () => step(10), PageUp: () => step(-10),
    n: () => marked(1), p: () => marked(-1), "/": () => $("search").focus(),
    a: () => { $("filter").value = $("filter").value === "all" ? "focus" : "all"; refilter(); },
    t: () => view($("view").value === "table" ? "picture" : "table"),
  };
  function refilter() {
    arrange();
    if (rows.length && rows[rowOf.get(events[at].seq)].gap) {
      const nearest = visible.find((index) => index >= at);
      at = nearest === undefined ? visible[visible.length - 1] : nearest;
    }
    tabulate();
    show(at);
  }
  document.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.altKey || press.metaKey) return;
    const target = press.target;
    if (target.id === "search") {
      if (press.key === "Enter") { find(press.shiftKey ? -1 : 1); press.preventDefault(); }
      if (press.key === "Escape") picture.focus();
      return;
    }
    const moves = press.key.length > 1;
    if (target.tagName === "SELECT" || (moves && (target.tagName === "INPUT" || target.tagName === "PRE" || target.tagName === "SUMMARY"))) return;
    const act = keys[press.key];
    if (act) { act(); press.preventDefault(); }
  });
  $("slider").addEventListener("input", () => show(visible[Number($("slider").value)]));
  $("first").addEventListener("click", keys.Home);
  $("last").addEventListener("click", keys.End);
  $("back").addEventListener("click", () => step(-1));
  $("forward").addEventListener("click", () => step(1));
  $("marked-back").addEventListener("click", () => marked(-1));
  $("marked-forward").addEventListener("click", () => marked(1));
  $("filter").addEventListener("change", refilter);
  $("view").addEventListener("change", () => view($("view").value));
  picture.addEventListener("scroll", draw);
  let room = picture.clientWidth;
  new ResizeObserver(() => {
    if (picture.clientWidth && picture.clientWidth !== room) { room = picture.clientWidth; layOut(room); }
    draw();
  }).observe(picture);
  field.addEventListener("click", (click) => {
    const row = rows[Math.floor((click.clientY - field.getBoundingClientRect().top) / ROW)];
    if (!row) return;
    if (row.gap) { at = row.first; $("filter").value = "all"; refilter(); } else show(row.index);
  });
  window.addEventListener("hashchange", () => { const index = linked(); if (index >= 0) { show(index, true); document.querySelector(".bar").scrollIntoView(); } });

  $("state-note").textContent = states.note;
  layOut(room);
  arrange();
  const link = linked();
  const late = run.race ? indexOf.get(run.race.late) : events.findLastIndex((event) => marks(event).includes("proof"));
  show(link >= 0 ? link : late >= 0 ? late : (run.hang ? visible[visible.length - 1] : visible[0]) || 0, true);
  if (link >= 0) document.querySelector(".bar").scrollIntoView();
})();
