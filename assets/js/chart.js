// Charts: canvas renderer and rich-text tooltips, so that nothing needs inline styles. Loaded only where a chart stands.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { options } from "./chart-options.js";

use([BarChart, LineChart, HeatmapChart, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

function follow(data, event) {
  if (event.seriesType === "heatmap") return data.cells[event.dataIndex]?.[3];
  return data.series[event.seriesIndex]?.links?.[event.dataIndex];
}

export function draw(element) {
  if (element.dataset.drawn) return;
  element.dataset.drawn = "1";
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const canvas = element.querySelector(".chart-canvas");
  const chart = init(canvas, null, { renderer: "canvas" });
  const paint = () => chart.setOption(options(data, getComputedStyle(document.documentElement), document.documentElement), true);
  paint();
  chart.on("click", (event) => {
    const link = data.series ? follow(data, event) : follow({ ...data, series: [] }, event);
    if (link) location.assign(link);
  });
  chart.on("mousemove", (event) => {
    chart.getZr().setCursorStyle(follow({ series: [], ...data }, event) ? "pointer" : "default");
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  document.addEventListener("theme:changed", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  window.addEventListener("beforeprint", () => chart.resize());
}
