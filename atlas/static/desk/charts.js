// Draws each canvas[data-chart] from the JSON that stands under its name, in the colours of the theme.
(() => {
  const drawn = new Map();

  function options(chart, style) {
    const ink = style.getPropertyValue("--desk-soft").trim();
    const line = style.getPropertyValue("--desk-line").trim();
    const sideways = chart.kind === "shares";
    const stacked = chart.kind === "stacked" || sideways;
    const axis = { stacked, beginAtZero: true, ticks: { color: ink, precision: 0 }, grid: { color: line } };
    const names = { stacked, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } };
    if (chart.unit === "%") { axis.max = 100; axis.ticks.callback = (value) => `${value}%`; }
    return {
      indexAxis: sideways ? "y" : "x",
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: stacked ? "nearest" : "index", intersect: stacked },
      scales: sideways ? { x: axis, y: names } : { x: names, y: axis },
      plugins: {
        legend: { display: chart.series.length > 1, position: "bottom", labels: { color: ink, boxWidth: 12, boxHeight: 12 } },
        tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${item.formattedValue}${chart.unit}` } },
      },
      onHover: (event, found) => { event.native.target.style.cursor = found.length && chart.links.length ? "pointer" : ""; },
      onClick: (_, found) => {
        const address = found.length && chart.links.length && chart.links[found[0].datasetIndex][found[0].index];
        if (address) window.location.assign(address);
      },
    };
  }

  function draw(canvas) {
    const source = document.getElementById(canvas.dataset.chart);
    if (!source) return;
    const chart = JSON.parse(source.textContent);
    const style = getComputedStyle(document.documentElement);
    const datasets = chart.series.map((series) => {
      const colour = style.getPropertyValue(`--desk-${series.tone}`).trim();
      return {
        label: series.name, data: series.numbers, backgroundColor: colour, borderColor: colour, spanGaps: true, tension: 0.3,
        borderWidth: chart.kind === "line" ? 2 : 0, pointRadius: 3, borderRadius: 2, maxBarThickness: 42,
      };
    });
    drawn.get(canvas)?.destroy();
    drawn.set(canvas, new Chart(canvas, {
      type: chart.kind === "line" ? "line" : "bar",
      data: { labels: chart.labels.map((label) => (label.includes("\n") ? label.split("\n") : label)), datasets },
      options: options(chart, style),
    }));
  }

  const drawAll = () => document.querySelectorAll("canvas[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
  });
  document.addEventListener("htmx:afterSettle", drawAll);
})();
