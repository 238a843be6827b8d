// The editor of words, and the player of a call's text. Pages work without it: every button is a submit.

const WAIT = 300; // milliseconds after the last key until the server is asked how it comes out
const SAVE = 10_000; // milliseconds between saves of what changed; of drafts alone, since a save voids approvals
const SPEAK = 3_000; // milliseconds between two announcements of the counter

function player(root) {
  if (!("speechSynthesis" in window)) return;
  for (const button of root.querySelectorAll("[data-speak]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const busy = speechSynthesis.speaking;
      speechSynthesis.cancel();
      if (busy) return;
      const said = new SpeechSynthesisUtterance(button.dataset.speak);
      said.lang = button.dataset.lang;
      speechSynthesis.speak(said);
    });
  }
}

/** Lays the same text with its tags marked behind the textarea. */
function highlighter(area) {
  const behind = document.createElement("pre");
  behind.setAttribute("aria-hidden", "true");
  behind.lang = area.lang;
  area.before(behind);
  area.parentElement.classList.add("lit");
  const follow = () => {
    behind.scrollTop = area.scrollTop;
  };
  area.addEventListener("scroll", follow);
  return () => {
    const parts = area.value.split(/(\{\{.*?\}\}|\{%.*?%\})/s);
    behind.replaceChildren(
      ...parts.map((part, place) => {
        if (place % 2 === 0) return part;
        const mark = document.createElement("mark");
        if (part.startsWith("{%")) mark.className = "if";
        mark.textContent = part;
        return mark;
      }),
      "\n",
    );
    follow();
  };
}

function editor(form) {
  const area = form.elements.source;
  const subject = form.elements.subject;
  const revision = form.elements.revision;
  const count = document.getElementById("count");
  const state = document.getElementById("saved");
  const paint = highlighter(area);
  const text = () => `${subject ? subject.value : ""}\n${area.value}`;
  let kept = text();
  let tried = kept;
  let shown = "";
  let timer = 0;
  let asking = null;
  let spoken = "";
  let spokenAt = 0;
  let speaking = 0;
  let leaving = false;
  let stale = false;

  const post = (address, more, signal) => {
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    return fetch(address, { method: "POST", body, signal, redirect: "error" });
  };

  /** Says the counter where it changed, and not more often than somebody can listen. */
  const announce = (said) => {
    clearTimeout(speaking);
    if (said === spoken) return;
    const rest = spokenAt + SPEAK - performance.now();
    if (rest > 0) {
      speaking = setTimeout(() => announce(said), rest);
      return;
    }
    count.textContent = said;
    spoken = said;
    spokenAt = performance.now();
  };

  const preview = async () => {
    asking?.abort();
    const own = new AbortController();
    asking = own;
    tried = text();
    try {
      const answer = await post(form.dataset.preview, { show: shown }, own.signal);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("tried");
      const old = document.getElementById("tried");
      if (!fresh || !old || own.signal.aborted) return;
      const wasOpen = old.querySelector("details")?.open;
      const focused = document.activeElement?.closest("#tried [data-show]")?.dataset.show;
      old.replaceWith(document.adoptNode(fresh));
      if (wasOpen) fresh.querySelector("details").open = true;
      if (focused) fresh.querySelector(`[data-show="${focused}"]`)?.focus();
      player(fresh);
      announce(`${fresh.dataset.status} · ${fresh.dataset.wrong}`);
    } catch (error) {
      if (error.name !== "AbortError") tried = "";
    }
  };

  const changed = () => {
    paint();
    if (text() !== kept && !stale) state.textContent = form.dataset.unsaved;
    clearTimeout(timer);
    timer = setTimeout(preview, WAIT);
  };

  const save = async () => {
    const mine = text();
    if (!("autosave" in form.dataset) || area.readOnly || stale || leaving || mine === kept) return;
    try {
      const answer = await post(form.action, { do: "autosave" });
      if (answer.status === 409) {
        stale = true;
        state.textContent = form.dataset.stale;
      } else if (answer.ok) {
        const told = await answer.json();
        revision.value = told.revision;
        kept = mine;
        if (text() === mine) state.textContent = told.said;
      }
    } catch {
      // The network is away: the next round tries again, and leaving warns.
    }
  };

  const insert = (name) => {
    area.focus();
    area.setRangeText(`{{ ${name} }}`, area.selectionStart, area.selectionEnd, "end");
    changed();
  };

  const goTo = (link) => {
    const field = "subject" in link.dataset && subject ? subject : area;
    const lines = field.value.split("\n");
    const before = lines.slice(0, Number(link.dataset.line) - 1);
    const start = before.reduce((sum, line) => sum + line.length + 1, 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[before.length] ?? "").length);
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-insert], [data-line], [data-show]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if ("insert" in target.dataset) insert(target.dataset.insert);
    else if ("line" in target.dataset) goTo(target);
    else {
      shown = target.dataset.show;
      preview();
    }
  });
  for (const field of [area, subject]) field?.addEventListener("input", changed);
  form.addEventListener("keydown", (event) => {
    const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
    if (saves && !area.readOnly) form.requestSubmit(form.querySelector("[value=save]"));
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && text() !== kept) event.preventDefault();
  });
  setInterval(save, SAVE);
  paint();
  spoken = count.textContent;
  if (tried !== text()) preview();
}

const form = document.getElementById("words");
if (form) editor(form);
player(document);
