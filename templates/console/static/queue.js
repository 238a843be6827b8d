// A digit chooses what a reply is, Ctrl+Enter settles it; nothing is settled by a digit alone. Rows are
// moved through by the keys of every page; whoever turned those off has turned these off as well.
const form = document.querySelector("form.classify");
const isOn = document.querySelector('script[src$="-shortcuts.js"]') !== null;

function isTyping(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

if (form && isOn) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.ctrlKey) {
      if (event.key === "Enter") form.requestSubmit();
    } else if (!isTyping(event.target) && /^\d$/.test(event.key)) {
      const radio = form.querySelector(`[data-key="${event.key}"]`);
      if (radio) {
        radio.checked = true;
        radio.focus();
      }
    }
  });
}
