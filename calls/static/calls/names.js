// Puts words where a list has ids only: they are in another collection, and a list does not wait for them.
(() => {
  for (const source of document.querySelectorAll("[data-names]")) {
    const places = [...document.querySelectorAll(`[data-${source.dataset.of}]`)];
    const id = (place) => place.dataset[source.dataset.of];
    if (!places.length) continue;
    const query = new URLSearchParams([...new Set(places.map(id))].map((each) => ["id", each]));
    fetch(`${source.dataset.names}?${query}`)
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((names) => places.forEach((place) => {
        const name = names[id(place)];
        if (name) { place.title ||= id(place); place.textContent = name; }
      }));
  }
})();
