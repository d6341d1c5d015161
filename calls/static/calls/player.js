// A player for recordings: nothing is fetched before somebody presses play, as listening is logged.
(() => {
  const BARS = 120;
  // Longer ones are not fetched as a whole for the picture alone.
  const LONGEST_DRAWN = 15 * 60;

  const clock = (seconds) => {
    const whole = Math.floor(seconds || 0);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  function start(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "yes";
    const [play, range, output, canvas, problem] = ["button.play", "input", "output", "canvas", ".problem"].map((each) =>
      box.querySelector(each),
    );
    const icon = play.querySelector("span");
    const audio = new Audio();
    audio.preload = "none";
    let peaks = null;
    const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(box.dataset.seconds));

    function show() {
      range.max = length();
      range.value = audio.currentTime;
      range.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(length())}`);
      output.textContent = `${clock(audio.currentTime)} / ${clock(length())}`;
      draw();
    }

    function draw() {
      const scale = window.devicePixelRatio || 1;
      const { clientWidth: width, clientHeight: height } = canvas;
      canvas.width = width * scale;
      canvas.height = height * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const style = getComputedStyle(box);
      const [played, ahead] = ["--played", "--ahead"].map((name) => style.getPropertyValue(name).trim());
      const at = length() ? audio.currentTime / length() : 0;
      for (let bar = 0; bar < BARS; bar += 1) {
        const tall = Math.max(2, (peaks ? peaks[bar] : 0.12) * height);
        pen.fillStyle = bar / BARS < at ? played : ahead;
        pen.fillRect((bar * width) / BARS, (height - tall) / 2, Math.max(1, width / BARS - 1.5), tall);
      }
    }

    async function listen() {
      if (!audio.src) {
        audio.src = box.dataset.audio;
        if (Number(box.dataset.seconds) <= LONGEST_DRAWN) picture(box.dataset.audio).then(
          (found) => { peaks = found; draw(); },
          (error) => console.warn("No waveform", error),
        );
      }
      problem.hidden = true;
      await audio.play();
    }

    play.addEventListener("click", () => {
      if (!audio.paused) { audio.pause(); return; }
      listen().catch(() => {
        problem.textContent = "Twilio does not give out this recording just now. Try again, or sync the call.";
        problem.hidden = false;
        audio.removeAttribute("src");
      });
    });
    range.addEventListener("input", () => { audio.currentTime = Number(range.value); show(); });
    box.querySelectorAll("[data-speed]").forEach((button) =>
      button.addEventListener("click", () => {
        audio.playbackRate = audio.defaultPlaybackRate = Number(button.dataset.speed);
        box.querySelectorAll("[data-speed]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      }),
    );
    const state = () => {
      const isPlaying = !audio.paused && !audio.ended;
      icon.textContent = isPlaying ? "pause" : "play_arrow";
      play.setAttribute("aria-label", isPlaying ? "Pause the recording" : "Play the recording");
      if (isPlaying) box.dataset.playing = "yes"; else delete box.dataset.playing;
      show();
    };
    ["play", "playing", "pause", "ended", "timeupdate", "loadedmetadata"].forEach((name) => audio.addEventListener(name, state));
    new ResizeObserver(draw).observe(canvas);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["class"] });
    show();
  }

  async function picture(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    const decoder = new OfflineAudioContext(1, 1, 44100);
    const samples = (await decoder.decodeAudioData(await answer.arrayBuffer())).getChannelData(0);
    const step = Math.max(1, Math.floor(samples.length / BARS));
    const peaks = Array.from({ length: BARS }, (_, bar) => {
      let most = 0;
      for (let at = bar * step; at < Math.min((bar + 1) * step, samples.length); at += 1) most = Math.max(most, Math.abs(samples[at]));
      return most;
    });
    const loudest = Math.max(...peaks) || 1;
    return peaks.map((peak) => peak / loudest);
  }

  const startAll = () => document.querySelectorAll(".desk-player").forEach(start);
  document.addEventListener("desk:shown", startAll);
  startAll();
})();
