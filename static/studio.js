/* What htmx does not do by itself: upload progress, a size check before sending, confirmation,
   copying a key, and a word when the connection is interrupted. Every page works without it. */

(() => {
  "use strict";

  const hidden = (element, yes) => { if (element) element.hidden = yes; };

  const tooLarge = (form) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const bytes = inputs.flatMap((input) => [...input.files]).reduce((sum, f) => sum + f.size, 0);
    return bytes > Number(form.dataset.limit);
  };

  const refuse = (form, sentence) => {
    const problem = form.querySelector("[data-problem]");
    problem.textContent = sentence;
    hidden(problem, false);
  };

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]")) return;
    if (tooLarge(form)) {
      event.preventDefault();
      refuse(form, form.dataset.limitWords);
      return;
    }
    hidden(form.querySelector("[data-problem]"), true);
    hidden(form.querySelector("[data-progress]"), false);
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target.closest("[data-upload]");
    if (!form || !event.detail.lengthComputable || !event.detail.total) return;
    const share = Math.floor((100 * event.detail.loaded) / event.detail.total);
    form.querySelector("[data-progress] progress").value = share;
    form.querySelector("[data-progress-words]").textContent =
      share < 100 ? `${share} % sent` : "Reading the table…";
  });

  const interrupted = (event) => {
    const form = event.target.closest("[data-upload]");
    if (!form) {
      hidden(document.getElementById("offline"), false);
      return;
    }
    hidden(form.querySelector("[data-progress]"), true);
    refuse(form, "The upload was interrupted; nothing of it was kept. Try again.");
  };
  document.addEventListener("htmx:sendError", interrupted);
  document.addEventListener("htmx:responseError", interrupted);
  document.addEventListener("htmx:afterOnLoad", () => hidden(document.getElementById("offline"), true));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
})();
