"use strict";
// Progressive: without this script the page is a photograph with links and a list with details.
// No text ever becomes markup here: nodes that the page already holds are cloned and shown.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const photos = one(".photos"), side = one(".side"), list = one(".list"), panel = one("#panel");
  const body = one(".panel-body"), figures = all(".photo"), tools = one(".tools");
  const notes = all(".note"), outlines = all(".outline");
  const bySlug = new Map(notes.map((note) => [note.dataset.note, note]));
  const position = one(".position"), phone = matchMedia("(max-width: 56rem)");
  let chosen = null, opener = null, listScroll = 0;

  // ---- the photograph: one shown at a time, zoomed by its width, panned by scrolling ----
  const zooms = new Map();
  const shown = () => figures.find((figure) => !figure.hidden) ?? null;

  const fitWidth = (viewport, image) => {
    const style = getComputedStyle(viewport);
    const most = parseFloat(style.maxHeight) || innerHeight;
    const ratio = image.getAttribute("width") / image.getAttribute("height");
    return Math.min(viewport.clientWidth, most * ratio);
  };

  const layOut = (figure, zoom, at) => {
    const viewport = figure && one(".viewport", figure);
    if (!viewport) return;
    const stage = one(".stage", viewport), image = one("img", stage);
    const natural = image.naturalWidth || +image.getAttribute("width");
    const before = stage.clientWidth || 1;
    const box = viewport.getBoundingClientRect();
    const x = at ? at.x - box.left : viewport.clientWidth / 2;
    const y = at ? at.y - box.top : viewport.clientHeight / 2;
    const px = (viewport.scrollLeft + x) / before, py = (viewport.scrollTop + y) / before;
    const fit = fitWidth(viewport, image);
    const width = zoom === "fit" ? fit : Math.max(fit, Math.min(natural * 4, natural * zoom));
    const zoomed = width > fit + 1;
    zooms.set(figure, zoomed ? width / natural : "fit");
    viewport.classList.toggle("zoomed", zoomed);
    stage.style.width = `${width}px`;
    viewport.scrollLeft = px * width - x;
    viewport.scrollTop = py * width - y;
    if (tools && figure === shown()) one("output", tools).textContent = `${Math.round(width / natural * 100)} %`;
    const sides = all(".outline:not(.doubtful) .badge", stage).map((badge) => +badge.dataset.side).sort((a, b) => a - b);
    const middle = sides[sides.length >> 1] ?? Infinity;
    stage.classList.toggle("dense", middle * width / image.getAttribute("width") < 80);
    const scale = +image.getAttribute("width") / width;
    for (const badge of all(".badge", stage)) {
      const size = Math.min(scale, badge.dataset.side * 0.023);
      badge.setAttribute("transform", `translate(${badge.dataset.x} ${badge.dataset.y}) scale(${size.toFixed(2)})`);
    }
  };
  const zoomOf = (figure) => {
    const zoom = zooms.get(figure) ?? "fit";
    if (zoom !== "fit") return zoom;
    const stage = one(".stage", figure), image = one("img", stage);
    return stage.clientWidth / (image.naturalWidth || +image.getAttribute("width"));
  };
  const zoomBy = (factor, at) => { const f = shown(); if (f && one(".viewport", f)) layOut(f, zoomOf(f) * factor, at); };
  const act = {
    in: () => zoomBy(1.4), out: () => zoomBy(1 / 1.4),
    fit: () => layOut(shown(), "fit"), full: () => layOut(shown(), 1),
  };
  const showPhoto = (slug) => {
    for (const figure of figures) figure.hidden = figure.dataset.photo !== slug;
    for (const tab of all(".tabs button")) tab.setAttribute("aria-pressed", String(tab.dataset.photo === slug));
    layOut(shown(), zooms.get(shown()) ?? "fit");
  };
  const relayOut = () => { const f = shown(); if (f) layOut(f, zooms.get(f) ?? "fit"); };

  // Bring a note's outline into the middle of a zoomed photograph; `close` zooms in on it.
  const centre = (close) => {
    const figure = shown(), outline = figure && chosen && one(`.outline[data-note="${chosen}"]`, figure);
    if (!outline) return;
    const viewport = one(".viewport", figure), stage = one(".stage", figure);
    const box = one(".halo", outline).getBBox(), full = +one("img", stage).getAttribute("width");
    if (close) {
      const natural = one("img", stage).naturalWidth || full;
      const room = Math.min(viewport.clientWidth / box.width, viewport.clientHeight / box.height) * 0.6;
      layOut(figure, room * full / natural);
    }
    const k = stage.clientWidth / full;
    viewport.scrollLeft = (box.x + box.width / 2) * k - viewport.clientWidth / 2;
    viewport.scrollTop = (box.y + box.height / 2) * k - viewport.clientHeight / 2;
  };

  // ---- choosing a note ----
  const visible = () => notes.filter((note) => !note.hidden);
  const hashOf = () => { try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; } };

  const choose = (slug, { photo = null } = {}) => {
    const note = bySlug.get(slug);
    if (!note) return close();
    if (!chosen) listScroll = scrollY;
    chosen = slug;
    for (const other of notes) other.classList.toggle("on", other === note);
    for (const outline of outlines) outline.classList.toggle("on", outline.dataset.note === slug);
    body.replaceChildren(one(".body", note).cloneNode(true));
    const order = visible(), place = order.indexOf(note);
    const doubtful = (item) => item.dataset.status === "doubtful";
    const peers = order.filter((other) => doubtful(other) === doubtful(note));
    position.textContent = `${doubtful(note) ? "Doubtful " : ""}${peers.indexOf(note) + 1} of ${peers.length}`;
    one('[data-go="back"]').disabled = place === 0;
    one('[data-go="on"]').disabled = place === order.length - 1;
    list.hidden = true; panel.hidden = false; side.classList.add("chosen");
    photos.classList.add("picked");
    const here = shown(), wanted = photo ?? all("[data-photo]", body).map((a) => a.dataset.photo)[0];
    const inHere = here && one(`.outline[data-note="${slug}"]`, here);
    if (wanted && (photo || !inHere)) showPhoto(wanted);
    one('[data-go="spot"]').disabled = !(shown() && one(`.outline[data-note="${slug}"]`, shown()));
    // The photograph stays where it is; the details start at their beginning.
    const start = phone.matches ? photos.parentElement.offsetTop : panel.getBoundingClientRect().top + scrollY;
    if (phone.matches || scrollY > start) scrollTo(0, start);
    relayOut();
    centre(false);
    // Whoever works with the buttons stays on them.
    if (!document.activeElement?.closest(".panel-bar") || document.activeElement.disabled) body.focus({ preventScroll: true });
  };
  const close = () => {
    if (!chosen) return;
    const last = bySlug.get(chosen);
    chosen = null;
    for (const marked of all(".note.on, .outline.on")) marked.classList.remove("on");
    photos.classList.remove("picked");
    panel.hidden = true; list.hidden = false; side.classList.remove("chosen"); body.replaceChildren();
    relayOut();
    scrollTo(0, listScroll);
    const row = last && !last.hidden && one(".row", last);
    if (row) { row.focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); }
  };
  const bare = () => location.pathname + location.search;
  const go = (slug, options) => {
    // The first note is a step in the browser's history, so that Back returns to the list.
    const step = chosen ? "replaceState" : "pushState";
    history[step]({ note: true }, "", `#note-${slug}`);
    choose(slug, options);
  };
  const leave = () => { history.replaceState(null, "", `${bare()}#`); close(); };
  const step = (by) => {
    const order = visible();
    if (!order.length) return;
    const place = order.findIndex((note) => note.dataset.note === chosen);
    const next = place < 0 ? (by > 0 ? 0 : order.length - 1) : place + by;
    if (order[next]) go(order[next].dataset.note);
  };
  const follow = () => {
    const hash = hashOf();
    if (hash === "to-review") {
      for (const box of all('[data-filter="status"]')) box.checked = box.value === "review";
      filter(); close();
    } else if (hash.startsWith("note-") && bySlug.has(hash.slice(5))) {
      const doubts = bySlug.get(hash.slice(5)).closest("details.doubts");
      if (doubts) doubts.open = true;
      choose(hash.slice(5));
    } else close();
  };

  // ---- filter ----
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map(notes.map((note) => [note, plain(one(".text", note).textContent)]));
  const search = one("#search"), found = one(".found");
  const filter = () => {
    const words = plain(search?.value ?? "").split(/\s+/).filter(Boolean);
    const picked = (kind) => new Set(all(`[data-filter="${kind}"]:checked`).map((box) => box.value));
    const types = picked("type"), statuses = picked("status");
    const on = words.length || types.size || statuses.size;
    const matches = (item) => (!types.size || types.has(item.dataset.type)) && (!statuses.size || statuses.has(item.dataset.status));
    for (const note of notes) note.hidden = !(matches(note) && words.every((word) => texts.get(note).includes(word)));
    for (const outline of outlines) {
      const note = bySlug.get(outline.dataset.note);
      outline.classList.toggle("off", note ? note.hidden : Boolean(on));
    }
    for (const blanks of all(".blanks")) {
      const left = all(".note", blanks).filter((note) => !note.hidden).length;
      blanks.hidden = !left; one(".tally", blanks).textContent = left;
    }
    for (const group of all(".group")) {
      const left = all(".note", group).filter((note) => !note.hidden).length;
      group.hidden = !left;
      const count = one("h2 .count", group);
      if (count) count.textContent = left;
    }
    if (found) {
      const counted = notes.filter((note) => note.dataset.status !== "doubtful");
      const left = counted.filter((note) => !note.hidden).length;
      one("span", found).textContent = on ? `${left} of ${counted.length} notes` : "";
      one("[data-clear]", found).hidden = !on;
    }
  };

  // ---- events ----
  const modified = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button;
  let dragged = false;
  document.addEventListener("click", (event) => {
    if (modified(event)) return;
    const link = event.target.closest?.("a.row, a.outline");
    if (link && dragged) return event.preventDefault();
    if (link && bySlug.has(link.dataset.note ?? link.parentElement.dataset.note) && !link.classList.contains("elsewhere")) {
      event.preventDefault();
      const figure = link.closest(".photo");
      return go(link.dataset.note ?? link.parentElement.dataset.note, { photo: figure?.dataset.photo });
    }
    const other = event.target.closest?.("a[data-photo], .tabs button");
    if (other) { event.preventDefault(); showPhoto(other.dataset.photo); return centre(false); }
    const button = event.target.closest?.("button");
    if (button?.dataset.zoom) act[button.dataset.zoom]();
    if (button && "clear" in button.dataset) {
      if (search) search.value = "";
      for (const box of all("[data-filter]")) box.checked = false;
      filter(); search?.focus();
    }
    ({ close: leave, back: () => step(-1), on: () => step(1), spot: () => centre(true) })[button?.dataset.go]?.();
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.dataset.filter) filter();
    if (box.dataset.show === "doubtful") photos.classList.toggle("show-doubtful", box.checked);
    if (box.dataset.show === "outlines") photos.classList.toggle("plain", !box.checked);
  });
  search?.addEventListener("input", filter);

  const keys = { j: () => step(1), k: () => step(-1), z: () => centre(true), "/": () => search && (leave(), search.focus()),
    "+": act.in, "=": act.in, "-": act.out, 0: act.fit, 1: act.full };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target, typing = at.matches?.("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") {
      if (chosen) { event.preventDefault(); leave(); } else if (typing && at.value) { at.value = ""; filter(); }
      return;
    }
    if (typing) return;
    const arrow = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (arrow) {
      // In a zoomed photograph arrows pan; up and down scroll a page or panel unless in the list.
      const sideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
      if (at.closest?.(".viewport.zoomed, .scroll")) return;
      if (sideways) { event.preventDefault(); step(arrow); }
      else if (at.matches?.("a.row")) {
        const order = visible(), place = order.findIndex((note) => one(".row", note) === at);
        const next = order[place + arrow];
        if (next) { event.preventDefault(); one(".row", next).focus(); }
      }
      return;
    }
    const shortcuts = one("[data-shortcuts]");
    if (shortcuts && !shortcuts.checked) return;
    const action = keys[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });
  for (const viewport of all(".viewport")) {
    viewport.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
    }, { passive: false });
    viewport.addEventListener("dblclick", (event) => {
      const figure = viewport.closest(".photo");
      layOut(figure, (zooms.get(figure) ?? "fit") === "fit" ? Math.max(1, zoomOf(figure) * 2) : "fit", { x: event.clientX, y: event.clientY });
    });
    // A mouse drags the zoomed photograph; a finger scrolls it without our help.
    viewport.addEventListener("pointerdown", (event) => {
      dragged = false;
      if (event.pointerType !== "mouse" || event.button) return;
      const start = { x: event.clientX + viewport.scrollLeft, y: event.clientY + viewport.scrollTop };
      const origin = { x: event.clientX, y: event.clientY };
      const move = (next) => {
        if (!dragged && Math.hypot(next.clientX - origin.x, next.clientY - origin.y) < 5) return;
        dragged = true; viewport.classList.add("dragging");
        viewport.scrollLeft = start.x - next.clientX; viewport.scrollTop = start.y - next.clientY;
      };
      const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); viewport.classList.remove("dragging"); };
      addEventListener("pointermove", move); addEventListener("pointerup", end);
    });
    viewport.addEventListener("dragstart", (event) => event.preventDefault());
    one("img", viewport).addEventListener("load", relayOut);
  }
  addEventListener("resize", relayOut);
  addEventListener("popstate", follow);

  if (phone.matches) { const legend = one(".legend"); if (legend) legend.open = false; }
  if (figures.length) showPhoto(figures[0].dataset.photo);
  follow();
})();
