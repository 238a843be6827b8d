// Keys for those who work with the keyboard: search, places, rows. Never sends anything.
const PLACES = { t: "/", c: "/contacts", r: "/replies" };
const WAIT = 1000;
let waiting = 0;

const typing = (event) =>
  event.isComposing || event.ctrlKey || event.metaKey || event.altKey ||
  event.target.closest("input, textarea, select, [contenteditable]");

const rows = () => [...document.querySelectorAll("table.log tbody tr")]
  .map((row) => row.querySelector("a[href]")).filter(Boolean);

function move(by) {
  const links = rows();
  if (!links.length) return;
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
  links[next].focus();
}

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const isPlace = waiting && Date.now() - waiting < WAIT && PLACES[event.key];
  waiting = 0;
  if (isPlace) location.assign(isPlace);
  else if (event.key === "g") waiting = Date.now();
  else if (event.key === "/") { event.preventDefault(); document.getElementById("find")?.focus(); }
  else if (event.key === "?") location.assign("/help#shortcuts");
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "o") document.activeElement.closest("tr")?.querySelector("a[href]")?.click();
});
