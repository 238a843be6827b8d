// Keeps the numbers of the day true. The page is whole without it: only texts are set here.
const box = document.querySelector("[data-live-from]");
const places = new Map();
for (const place of document.querySelectorAll("[data-live]")) {
  places.set(place.dataset.live, [...(places.get(place.dataset.live) ?? []), place]);
}
const words = [...box.querySelectorAll("[data-when]")];
const pause = box.querySelector("[data-pause]");
const resume = box.querySelector("[data-resume]");
const refresh = box.querySelector("[data-refresh]");
const OFFLINE_AFTER = 60_000;
let stream = null;
let paused = false;
let lost = 0;

function show(state) {
  for (const word of words) word.hidden = word.dataset.when !== state;
  words[0].parentElement.hidden = false;
  pause.hidden = paused;
  resume.hidden = !paused;
  refresh.hidden = state === "live" || state === "reconnecting";
  box.classList.toggle("stale", state === "reconnecting" || state === "offline");
}

function take(event) {
  const told = JSON.parse(event.data);
  if (told.away) return trouble();
  lost = 0;
  show("live");
  for (const [name, text] of Object.entries(told.texts)) {
    for (const place of places.get(name) ?? []) place.textContent = text;
  }
}

function trouble() {
  lost ||= Date.now();
  const closed = stream?.readyState === EventSource.CLOSED;
  show(closed || Date.now() - lost > OFFLINE_AFTER ? "offline" : "reconnecting");
}

function open() {
  if (stream || paused || document.hidden) return;
  stream = new EventSource(box.dataset.liveFrom);
  stream.onmessage = take;
  stream.onerror = trouble;
}

function close() {
  stream?.close();
  stream = null;
}

pause.addEventListener("click", () => {
  paused = true;
  close();
  show("paused");
  resume.focus();
});
resume.addEventListener("click", () => {
  paused = false;
  show("reconnecting");
  open();
  pause.focus();
});
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", open);
show("reconnecting");
open();
