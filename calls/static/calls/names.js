// Puts people's names where the list has their ids only: names are in another collection, and a list does not wait.
(() => {
  const places = [...document.querySelectorAll("[data-person]")];
  const source = document.querySelector("[data-names]");
  if (!places.length || !source) return;
  const query = new URLSearchParams([...new Set(places.map((place) => place.dataset.person))].map((id) => ["id", id]));
  fetch(`${source.dataset.names}?${query}`)
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then((names) => places.forEach((place) => {
      const name = names[place.dataset.person];
      if (name) { place.title = place.dataset.person; place.textContent = name; }
    }));
})();
