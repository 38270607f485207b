/* Draws the charts of a page at once where they are few, else when they come into view, and all
   before it is printed, without eval: Vega interprets its own expressions. A page's sentences and tables say the same without it. */

(() => {
  "use strict";

  const config = JSON.parse(document.querySelector("meta[name=chart-config]").content);
  const options = {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: false,
    logLevel: vega.Error,
    config,
  };
  const drawn = new Map();
  const keyOf = (place) => place.getAttribute("aria-labelledby") + place.dataset.chart;

  const draw = async (place) => {
    const spec = place.dataset.chart, key = keyOf(place);
    const before = drawn.get(key);
    if (before) {
      place.replaceChildren(before);
      return;
    }
    await vegaEmbed(place, JSON.parse(spec), options);
    drawn.set(key, place.firstElementChild);
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "300px" });

  const FEW = 12; // printing does not wait for charts that are not drawn yet

  const watch = (root) => {
    const places = root.querySelectorAll("[data-chart]");
    for (const place of places) {
      const atOnce = places.length <= FEW && place.checkVisibility();
      if (atOnce || drawn.has(keyOf(place))) draw(place);
      else seen.observe(place);
    }
  };

  const drawAll = () => {
    for (const place of document.querySelectorAll("[data-chart]:empty")) {
      if (!place.checkVisibility()) continue; // folded away: not printed, and without a width
      seen.unobserve(place);
      draw(place);
    }
  };

  watch(document);
  window.addEventListener("beforeprint", drawAll);
  document.addEventListener("htmx:afterSwap", () => watch(document));
})();
