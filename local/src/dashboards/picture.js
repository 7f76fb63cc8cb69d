// Draws `boards` (each with its panels and their answers) with the library `echarts`.
"use strict";

const colours = ["#3b7dd8", "#e58f2a", "#3aa57a", "#c8507a", "#7a62c9", "#8f9aa6", "#c2b23a", "#4fb3c8", "#a56a3a", "#d85c3b"];
const shades = ["#e8f0fb", "#3b7dd8"];
// What has one meaning has one colour in all charts.
const meanings = {
  Critical: "#a3231f", High: "#e0663c", Medium: "#e6b23c", Low: "#7fb0de",
  success: "#3aa57a", failure: "#d85c3b", accept: "#3aa57a", reject: "#d85c3b", Other: "#b9c2cb",
};
const coloured = (name, rest) => ({ name, ...rest, ...(name in meanings && { itemStyle: { color: meanings[name] } }) });

function element(name, parent, text, style) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  parent.append(made);
  return made;
}

function shown(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "number") return value.toLocaleString("en");
  return typeof value === "object" ? JSON.stringify(value) : String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*$/, "$1 $2");
}

// A key of a bucket, or a field of an event: ports and the like are names, not quantities.
const named = (value) => (typeof value === "number" ? String(value) : shown(value));
const unique = (values) => [...new Set(values)];
const moment = (answer, time) =>
  new Date(time).toISOString().slice(0, answer.interval < 60000 ? 19 : 16).replace("T", " ");

// Where the axis, the series and the first metric stand in a row.
function columns(answer) {
  const at = (schema) => answer.columns.findIndex((column) => column.schema === schema);
  return { across: at("segment"), series: at("group"), metric: at("metric") };
}

// All places of an axis: of time, also those where nothing happened.
function places(answer, across) {
  const keys = unique(answer.rows.map((row) => row[across]));
  if (answer.columns[across].kind !== "date_histogram") return keys.map(named);
  const all = [];
  for (let time = Math.min(...keys); time <= Math.max(...keys); time += answer.interval) all.push(moment(answer, time));
  return all;
}

const place = (answer, across, row) =>
  answer.columns[across].kind === "date_histogram" ? moment(answer, row[across]) : named(row[across]);

// A time axis names its day once, below.
function day(answer, across, all) {
  const days = unique(all.map((place) => place.slice(0, 10)));
  if (answer.columns[across].kind !== "date_histogram" || days.length > 1) return {};
  return { name: days[0], nameLocation: "middle", nameGap: 24, axisLabel: { formatter: (place) => place.slice(11), hideOverlap: true } };
}

function bars(answer, lying) {
  const { across, series, metric } = columns(answer);
  const names = series < 0 ? [answer.columns[metric].label] : unique(answer.rows.map((row) => named(row[series])));
  const all = places(answer, across);
  const at = new Map(all.map((name, index) => [name, index]));
  const data = new Map(names.map((name) => [name, new Array(all.length).fill(null)]));
  for (const row of answer.rows)
    data.get(series < 0 ? names[0] : named(row[series]))[at.get(place(answer, across, row))] = row[metric];
  const dated = day(answer, across, all);
  const categories = { type: "category", data: all, inverse: lying, axisLabel: { width: 170, overflow: "truncate" }, ...dated };
  const values = { type: "value", splitNumber: 4, axisLabel: { hideOverlap: true, formatter: (value) => value.toLocaleString("en", { notation: "compact" }) } };
  return {
    color: colours,
    tooltip: { trigger: "axis", confine: true },
    legend: { show: names.length > 1, type: "scroll", top: 0 },
    grid: { left: 8, right: 16, top: names.length > 1 ? 30 : 10, bottom: dated.name ? 20 : 4, containLabel: true },
    xAxis: lying ? values : categories,
    yAxis: lying ? categories : values,
    series: names.map((name) => coloured(name, { type: "bar", stack: "all", barMaxWidth: 36, data: data.get(name), animation: false })),
  };
}

function donut(answer) {
  const { across, metric } = columns(answer);
  const data = answer.rows.map((row) => coloured(named(row[across]), { value: row[metric] }));
  return {
    color: colours,
    tooltip: { confine: true },
    legend: { type: "scroll", orient: "vertical", left: "58%", top: "middle", height: "90%", itemWidth: 14, textStyle: { width: 110, overflow: "truncate" } },
    series: [{ type: "pie", radius: ["40%", "70%"], center: ["29%", "50%"], label: { show: false }, data, animation: false }],
  };
}

function heatmap(answer) {
  const { across, series, metric } = columns(answer);
  const x = places(answer, across);
  const y = unique(answer.rows.map((row) => named(row[series])));
  const data = answer.rows.map((row) => [x.indexOf(place(answer, across, row)), y.indexOf(named(row[series])), row[metric]]);
  const most = Math.max(...data.map((cell) => cell[2]));
  return {
    tooltip: { confine: true, formatter: ({ value }) => `${x[value[0]]}<br>${y[value[1]]}: ${shown(value[2])}` },
    grid: { left: 8, right: 16, top: 8, bottom: 52, containLabel: true },
    xAxis: { type: "category", data: x, axisLabel: { hideOverlap: true }, ...day(answer, across, x) },
    yAxis: { type: "category", data: y, inverse: true, axisLabel: { width: 170, overflow: "truncate" } },
    visualMap: { min: 0, max: most, text: [shown(most), "0"], orient: "horizontal", left: "center", bottom: 0, itemHeight: 80, itemWidth: 12, inRange: { color: shades } },
    series: [{ type: "heatmap", data, animation: false, itemStyle: { borderColor: "#fff", borderWidth: 1 } }],
  };
}

function numbers(answer, body) {
  body.classList.add("numbers");
  for (const [index, column] of answer.columns.entries()) {
    const number = element("div", body, undefined, "number");
    element("b", number, shown(answer.rows[0][index]));
    element("span", number, column.label);
  }
}

function table(answer, body) {
  const drawn = element("table", body);
  const head = element("tr", element("thead", drawn));
  for (const column of answer.columns) element("th", head, column.label, column.schema === "metric" ? "value" : undefined);
  const rows = element("tbody", drawn);
  const most = 50;
  for (const row of answer.rows.slice(0, most)) {
    const line = element("tr", rows);
    for (const [index, column] of answer.columns.entries())
      element("td", line, column.schema === "metric" ? shown(row[index]) : named(row[index]), column.schema === "metric" ? "value" : undefined);
  }
  if (answer.rows.length > most) element("p", body, `and ${answer.rows.length - most} rows more`, "more");
}

const charts = {
  histogram: (answer) => bars(answer, false),
  horizontal_bar: (answer) => bars(answer, true),
  pie: donut,
  heatmap,
};

function draw(panel, body) {
  if (panel.kind === "markdown") body.innerHTML = panel.text;
  else if (panel.kind === "metric") numbers(panel.answer, body);
  else if (panel.kind in charts) {
    const chart = echarts.init(body, null, { renderer: "svg" });
    chart.setOption(charts[panel.kind](panel.answer));
    addEventListener("resize", () => chart.resize());
  } else table(panel.answer, body);
}

for (const board of boards) {
  const link = element("a", document.querySelector("#boards"), board.title);
  link.href = `#${board.id}`;
  document.querySelector("#boards").append(" | ");
  const section = element("section", document.querySelector("main"));
  section.id = board.id;
  element("h2", section, board.title);
  element("p", section, board.description, "about");
  const grid = element("div", section, undefined, "grid");
  for (const panel of board.panels) {
    const [x, y, width, height] = panel.place;
    const box = element("div", grid, undefined, "panel");
    box.id = panel.id;
    box.style.gridArea = `${y + 1} / ${x + 1} / span ${height} / span ${width}`;
    element("h3", box, panel.title).title = panel.title;
    draw(panel, element("div", box, undefined, "body"));
  }
}
