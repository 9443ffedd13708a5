// Loads what a live page shows anew when the console says that it has changed. Without this script, or where the console
// cannot tell, the page reloads itself.
(() => {
  "use strict";
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  const slow = 10000;
  let busy = false, again = false, timer = 0;

  // put replaces the children of an element by those of the same one in another document.
  const put = (page, selector) => {
    const here = document.querySelector(selector), there = page.querySelector(selector);
    if (here && there) here.replaceChildren(...there.childNodes);
  };

  const show = (page) => {
    const open = [...main.querySelectorAll("details")].map((d) => d.open);
    const active = main.contains(document.activeElement) && document.activeElement.getAttribute("href");
    put(page, "main");
    put(page, ".asof");
    document.title = page.title;
    main.querySelectorAll("details").forEach((d, i) => { d.open = open[i] === true; });
    if (!active) return;
    for (const a of main.querySelectorAll("a[href]")) {
      if (a.getAttribute("href") === active) { a.focus({ preventScroll: true }); break; }
    }
  };

  // writing tells whether a person has begun to write, which must not be lost.
  const writing = () => [...main.querySelectorAll("input:not([type=hidden]), textarea")]
    .some((f) => f === document.activeElement || f.value !== f.defaultValue);

  const load = async () => {
    if (writing()) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.ok && !writing()) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the console is away; the next event says that it is back */ }
    busy = false;
    if (again) { again = false; load(); }
  };

  const events = new EventSource("/events");
  events.addEventListener("hello", () => { clearInterval(timer); timer = 0; });
  events.addEventListener("changed", load);
  events.addEventListener("error", () => { timer = timer || setInterval(load, slow); });
})();
