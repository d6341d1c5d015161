// Follows a call that is not over: asks for the part of its page that changes, and stops when nothing more comes.
(() => {
  const INTERVAL = 2500;
  const place = document.getElementById("live");
  if (!place || !place.dataset.live) return;

  const isPlaying = () => [...place.querySelectorAll(".desk-player")].some((player) => player.dataset.playing);

  async function refresh() {
    if (document.hidden || isPlaying()) return true;
    const answer = await fetch(place.dataset.live, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok || answer.redirected) return answer.status >= 500;
    const html = await answer.text();
    if (html !== place.dataset.shown) {
      place.dataset.shown = html;
      place.innerHTML = html;
      place.dispatchEvent(new CustomEvent("desk:shown", { bubbles: true }));
    }
    return !place.querySelector("[data-settled]");
  }

  async function follow() {
    let goesOn = true;
    try {
      goesOn = await refresh();
    } catch (error) {
      console.warn("The call could not be refreshed", error);
    }
    if (goesOn) setTimeout(follow, INTERVAL);
  }

  setTimeout(follow, INTERVAL);
})();
