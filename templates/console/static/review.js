// Reviewing a sample by keyboard: 1, 2, 3 choose, Ctrl+Enter keeps, n goes to the next. Nothing is
// sent by a single key, and nothing happens while somebody types.
const form = document.querySelector("form.marking");

if (form) {
  const marks = form.querySelectorAll("input[name=mark]");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.ctrlKey) {
      if (event.key === "Enter" && form.contains(event.target)) form.requestSubmit();
      return;
    }
    if (!form.dataset.next || event.target.closest("textarea, select, input:not([type=radio])")) return;
    const chosen = marks[Number(event.key) - 1];
    if (chosen) {
      chosen.checked = true;
      chosen.focus();
    } else if (event.key === "n") {
      location.assign(form.dataset.next);
    }
  });
}
