// From our chart data (see core/templates/ui/chart.html) to ECharts options: pure, no document access.
export function options(data, style, root) {
  const tone = (name) => style.getPropertyValue(name).trim();
  const look = {
    ink: tone("--ink"), ink2: tone("--ink-2"), ink3: tone("--ink-3"), line: tone("--line"), surface: tone("--surface"), sunk: tone("--sunk"),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => tone(`--series-${n}`)), jade: tone("--jade"), face: tone("--face"),
  };
  const format = formatter(data, root.lang || "en");
  const base = {
    animation: false, color: look.series, textStyle: { fontFamily: look.face, color: look.ink2 },
    tooltip: tooltip(look, format, data), grid: grid(data),
  };
  return data.type === "heat" ? { ...base, ...heat(data, look, format) } : { ...base, ...axes(data, look, format), ...marks(data, look) };
}

function formatter(data, language) {
  const style = { money: { style: "currency", currency: data.currency || "USD", maximumFractionDigits: 0 }, percent: { style: "percent", maximumFractionDigits: 1 } }[data.format] ?? { maximumFractionDigits: 2 };
  const full = new Intl.NumberFormat(language, style);
  const short = new Intl.NumberFormat(language, { ...style, notation: "compact", maximumFractionDigits: 1 });
  return { full: (n) => (n == null ? "–" : full.format(n)), short: (n) => short.format(n) };
}

function tooltip(look, format, data) {
  return {
    renderMode: "richText", trigger: data.type === "heat" ? "item" : "axis", confine: true,
    axisPointer: { type: data.type === "bar" ? "shadow" : "line", lineStyle: { color: look.ink3 }, shadowStyle: { color: look.ink3, opacity: 0.08 } },
    backgroundColor: look.surface, borderColor: look.line, padding: [8, 12], textStyle: { color: look.ink, fontSize: 12.5 },
    valueFormatter: (value) => format.full(Array.isArray(value) ? value.at(-1) : value),
    ...(data.type === "heat" && { formatter: ({ value }) => `${data.y[value[1]]} · ${data.x[value[0]]}\n${format.full(value[2])}` }),
  };
}

function grid(data) {
  const legend = data.type !== "heat" && data.series.length > 1;
  return { left: 4, right: 12, top: legend ? 34 : 12, bottom: data.x_label ? 24 : 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
}

function axes(data, look, format) {
  const points = data.series.some((series) => series.points);
  const value = {
    type: "value", axisLabel: { color: look.ink3, fontSize: 11.5, formatter: format.short }, splitLine: { lineStyle: { color: look.line } }, splitNumber: 4,
  };
  const plain = { axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: { color: look.ink3, fontSize: 11.5, hideOverlap: true } };
  const named = (name) => (name ? { name, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: look.ink3, fontSize: 11.5 } } : {});
  // Shares end at a hundred percent, whatever the axis would like.
  const whole = points && data.format === "percent" ? { max: 1, interval: 0.2 } : {};
  Object.assign(value, whole);
  const across = points
    ? { ...value, ...plain, splitLine: { show: false }, ...(data.x_format === "percent" ? { max: 1, interval: 0.2 } : { max: "dataMax" }), axisLabel: { ...plain.axisLabel, formatter: data.x_format === "percent" ? (n) => `${Math.round(n * 100)} %` : undefined }, ...named(data.x_label) }
    : { type: "category", data: data.x, boundaryGap: data.type === "bar", ...plain, ...named(data.x_label) };
  const legend = data.series.length > 1
    ? { legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 16, textStyle: { color: look.ink2, fontSize: 12 } } }
    : {};
  if (!data.horizontal) return { xAxis: across, yAxis: value, ...legend };
  return { xAxis: value, yAxis: { ...across, inverse: true, axisLine: { show: false } }, ...legend };
}

function marks(data, look) {
  const drawn = [];
  data.series.forEach((series, index) => {
    const color = look.series[index % 8];
    drawn.push(data.type === "bar" && !series.line ? bar(data, series, color) : line(data, series, color));
  });
  const bands = data.series.flatMap((series, index) => (series.band ? band(series, look.series[index % 8], index) : []));
  return { series: [...drawn, ...bands] };
}

function bar(data, series, color) {
  const simulated = series.simulated ? { decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4, color: "rgba(255,255,255,.55)" } } : {};
  return {
    type: "bar", name: series.name, data: series.values, stack: data.stack ? "all" : undefined, barMaxWidth: 42, barCategoryGap: "22%",
    itemStyle: { color, borderRadius: data.stack ? 0 : data.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0], ...simulated }, emphasis: { itemStyle: { opacity: 0.85 } },
  };
}

function line(data, series, color) {
  return {
    type: "line", name: series.name, data: series.points ?? series.values, symbol: "circle", symbolSize: 5, showSymbol: (series.points ?? series.values).length < 16,
    lineStyle: { color, width: 2, type: series.dash ? [5, 4] : "solid" }, itemStyle: { color },
    ...(data.type === "area" && { areaStyle: { color, opacity: 0.16 } }), stack: data.stack ? "all" : undefined,
  };
}

function band(series, color, index) {
  const quiet = { type: "line", symbol: "none", silent: true, stackStrategy: "all", lineStyle: { opacity: 0 }, stack: `band-${index}`, tooltip: { show: false }, legendHoverLink: false };
  return [
    { ...quiet, data: series.band.map(([lo]) => lo) },
    { ...quiet, data: series.band.map(([lo, hi]) => hi - lo), areaStyle: { color, opacity: 0.16 } },
  ];
}

function heat(data, look, format) {
  const values = data.cells.map((cell) => cell[2]).filter((value) => value != null);
  const axis = (names, name) => ({
    type: "category", data: names, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: look.ink3, fontSize: 11.5 }, splitArea: { show: false },
    ...(name && { name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.ink3, fontSize: 11.5 } }),
  });
  return {
    xAxis: axis(data.x, data.x_label), yAxis: { ...axis(data.y), inverse: data.inverse ?? true },
    visualMap: { show: false, min: Math.min(...values, 0), max: Math.max(...values, 1e-9), inRange: { color: [look.sunk, look.jade] } },
    series: [{
      type: "heatmap", // A full cell is dark on paper and bright at night: its figure takes the colour of the ground.
      data: data.cells.map(([x, y, value]) => ({ value: [x, y, value ?? "-"], label: { color: value > Math.max(...values) * 0.55 ? look.surface : look.ink } })), itemStyle: { borderColor: look.surface, borderWidth: 2, borderRadius: 4 },
      label: { show: data.cells.length <= 160, color: look.ink, fontSize: 11, formatter: ({ value }) => (value[2] === "-" ? "" : format.short(value[2])) }, emphasis: { itemStyle: { borderColor: look.ink } },
    }],
  };
}
