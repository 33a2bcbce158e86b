// Live push tells what changed (a topic), never content: the element then fetches its own part through its normal view.
export function attachLive() {
  const address = document.querySelector('meta[name="live-url"]')?.content;
  const watched = [...document.querySelectorAll("[data-live]")];
  if (!address || !watched.length || !window.EventSource) return;
  const topics = new Map(watched.map((element) => [element.dataset.topic, element.dataset.live]));
  const query = [...topics.values()].map((signed) => `topic=${encodeURIComponent(signed)}`).join("&");
  const source = new EventSource(`${address}?${query}`, { withCredentials: true });
  const due = new Map();
  source.addEventListener("message", (event) => {
    for (const topic of topicsOf(event.data)) {
      // Many events in one breath are one refresh.
      if (due.has(topic)) continue;
      due.set(topic, setTimeout(() => refresh(topic), 120));
    }
  });
  function refresh(topic) {
    due.delete(topic);
    document.querySelectorAll(`[data-topic="${CSS.escape(topic)}"]`).forEach((element) => window.htmx.trigger(element, "live"));
  }
  window.addEventListener("pagehide", () => source.close());
}

function topicsOf(data) {
  if (!data.startsWith("{") && !data.startsWith("[")) return data.split(/\s+/);
  const message = JSON.parse(data);
  return Array.isArray(message) ? message : (message.topics ?? [message.topic]);
}
