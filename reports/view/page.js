"use strict";
(async () => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const make = (name, attributes = {}, text) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const draw = (name, attributes = {}) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const shown = (value, digits = 0) =>
    value === null || value === undefined || Number.isNaN(value)
      ? "–"
      : value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f").replace("-", "\u2212");
  const place = (name) => data.map?.names[name] ?? name;

  // 16-bit differences from hour to hour, item by item: d as 2 d, negative as -2 d - 1; low bytes, then high ones;
  // deflated, in base 64.
  const unpack = async (text, hours) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const values = new Int16Array(planes.length / 2);
    for (let k = 0; k < values.length; k++) {
      const folded = planes[k] | (planes[values.length + k] << 8);
      values[k] = (k % hours === 0 ? 0 : values[k - 1]) + ((folded >> 1) ^ -(folded & 1));
    }
    return values;
  };

  const atlas = async (map) => {
    const hours = map.hours;
    const flow = await unpack(map.series.branch_mw, hours);
    const cable = await unpack(map.series.cable_mw, hours);
    const price = await unpack(map.series.price, hours);
    const mix = {};
    for (const [country, parts] of Object.entries(map.mix)) {
      mix[country] = {};
      for (const [name, text] of Object.entries(parts)) mix[country][name] = await unpack(text, hours);
    }
    const first = Date.parse(map.first_hour_utc + (map.first_hour_utc.includes(":") ? "Z" : ":00Z"));
    const when = (hour) => new Date(first + hour * 3600e3);
    const svg = byId("map");
    svg.setAttribute("viewBox", map.frame.join(" "));
    for (const [, path] of map.land) svg.append(draw("path", { d: path, class: "land" }));
    const at = (k) => map.places[k];
    const lines = map.branches.map(([name, start, end, kilovolts]) => {
      const d = `M${at(start)[2]} ${at(start)[3]}L${at(end)[2]} ${at(end)[3]}`;
      const line = draw("path", { d, class: "line", style: `--w:${kilovolts >= 400 ? 8 : 4.5}` });
      svg.append(line);
      return line;
    });
    const cables = map.cables.map(([, start, end]) => {
      const line = draw("path", { d: `M${at(start)[2]} ${at(start)[3]}L${at(end)[2]} ${at(end)[3]}`, class: "cable" });
      const arrow = draw("path", { d: "M-26 -18L30 0L-26 18Z", class: "arrow" });
      svg.append(line, arrow);
      return { line, arrow };
    });
    const dots = map.places.map(([, , x, y]) => {
      const dot = draw("circle", { cx: x, cy: y, r: 11, class: "place" });
      svg.append(dot);
      return dot;
    });
    for (const [name, x, y] of labels(map)) {
      const text = draw("text", { x, y });
      text.textContent = name;
      svg.append(text);
    }
    const ring = draw("path", { class: "picked", d: "" });
    svg.append(ring);

    const scale = ["#00224E", "#35456C", "#666970", "#948E77", "#C8B866", "#FEE838"];
    const [low, high] = map.price_range;
    const colour = (value) =>
      scale[Math.max(0, Math.min(scale.length - 1, Math.floor(((value - low) / (high - low)) * scale.length)))];
    const classes = [
      [0.5, "#B9C0C5", "below 50 % of the limit"],
      [0.8, "#5B6670", "50 to 80 %"],
      [0.995, "#E59700", "80 to 100 %"],
      [Infinity, "#8C1D18", "at the limit"],
    ];
    const showing = () => document.querySelector("input[name=show]:checked").value;
    const key = () => {
      const items = classes.map(([, fill, text]) => [fill, `line ${text}`]);
      const strip = `linear-gradient(90deg,${scale.map((fill, k) => `${fill} ${(100 * k) / 6}% ${(100 * (k + 1)) / 6}%`).join(",")})`;
      if (showing() === "price") items.push([strip, `price of a place, ${shown(low)} to ${shown(high)} USD/MWh`]);
      byId("key").replaceChildren(
        ...items.map(([fill, text]) => {
          const item = make("li");
          item.append(make("i", { style: `background:${fill};${fill === strip ? "width:90px" : ""}` }), text);
          return item;
        }),
      );
    };

    const flowAt = (k, hour) => flow[k * hours + hour];
    const load = (k, hour) => Math.abs(flowAt(k, hour)) / Math.max(1, map.branches[k][4]);
    const priceAt = (k, hour) => price[k * hours + hour] / 10;
    const rows = (id, content) =>
      byId(id).tBodies[0].replaceChildren(
        ...content.map((cells) => {
          const row = make("tr");
          cells.forEach((cell, k) => row.append(k ? make("td", { class: "n" }, cell) : make("th", { scope: "row" }, cell)));
          return row;
        }),
      );
    const size = () => Number(svg.style.getPropertyValue("--scale") || 1);
    let picked = null;
    const tell = (hour) => {
      if (!picked) return;
      const [kind, k] = picked;
      if (kind === "place") {
        byId("told").textContent = `${place(at(k)[0])} (${at(k)[1]}): ${shown(priceAt(k, hour), 1)} USD/MWh in this hour.`;
        ring.setAttribute("d", `M${at(k)[2] - 20} ${at(k)[3]}a20 20 0 1 0 40 0a20 20 0 1 0 -40 0`);
        return;
      }
      const [name, start, end] = map.branches[k];
      const value = flowAt(k, hour);
      const [from, to] = value >= 0 ? [start, end] : [end, start];
      byId("told").textContent =
        `${place(name)}: ${shown(Math.abs(value))} MW from ${place(at(from)[0])} to ${place(at(to)[0])}, ` +
        `${shown(100 * load(k, hour))} % of its limit of ${shown(map.branches[k][4])} MW.`;
      ring.setAttribute("d", lines[k].getAttribute("d"));
    };

    const show = (hour) => {
      const local = (time, shift) => new Date(time.getTime() + shift * 3600e3).toISOString().slice(11, 16);
      const time = when(hour);
      const [name, , , capacity] = map.cables[0] || ["no cable", 0, 0, 0];
      const sent = map.cables.length ? cable[hour] : 0;
      byId("moment").textContent =
        `${time.toISOString().slice(0, 10)}, ${time.toISOString().slice(11, 16)} UTC (${local(time, 5)} in Astana and Tashkent, ` +
        `${local(time, 4)} in Baku and Tbilisi).` +
        (map.cables.length ? ` ${place(name)}: ${shown(Math.abs(sent))} of ${shown(capacity)} MW${Math.abs(sent) < 0.5 ? "" : ` towards ${place(at(map.cables[0][sent < 0 ? 1 : 2])[0])}`}.` : "");
      lines.forEach((line, k) => line.setAttribute("stroke", classes.find(([limit]) => load(k, hour) < limit)[1]));
      dots.forEach((dot, k) => {
        dot.setAttribute("fill", showing() === "price" ? colour(priceAt(k, hour)) : "#5B6670");
        dot.setAttribute("r", (showing() === "price" ? 13 : 6) * size());
      });
      cables.forEach(({ line, arrow }, k) => {
        const value = cable[k * hours + hour], [, start, end, rated] = map.cables[k];
        line.setAttribute("style", `--w:${5 + 14 * (Math.abs(value) / Math.max(1, rated))}`);
        const [x, y, u, v] = [at(start)[2], at(start)[3], at(end)[2], at(end)[3]];
        const turn = (Math.atan2(v - y, u - x) * 180) / Math.PI + (value < 0 ? 180 : 0);
        arrow.setAttribute("transform", `translate(${(x + u) / 2} ${(y + v) / 2}) rotate(${turn}) scale(${size()})`);
        arrow.setAttribute("visibility", Math.abs(value) < 1 ? "hidden" : "visible");
      });
      rows("cables", map.cables.map(([title, start, end], k) => [
        place(title), shown(cable[k * hours + hour]), shown(priceAt(start, hour), 1), shown(priceAt(end, hour), 1),
      ]));
      const most = map.branches.map((_, k) => k).sort((a, b) => load(b, hour) - load(a, hour)).slice(0, 8);
      rows("loaded", most.map((k) => [place(map.branches[k][0]), shown(flowAt(k, hour)), shown(100 * load(k, hour))]));
      shares(hour);
      tell(hour);
      year(hour);
    };

    const shares = (hour) => {
      const order = Object.keys(map.colours.technology);
      const largest = Math.max(1, ...Object.values(mix).map((parts) => order.reduce((sum, name) => sum + Math.max(0, parts[name]?.[hour] ?? 0), 0)));
      byId("mix").replaceChildren(
        ...Object.entries(mix).map(([country, parts]) => {
          const block = make("div");
          const told = order.filter((name) => (parts[name]?.[hour] ?? 0) >= 50);
          const words = told.map((name) => `${name} ${shown(parts[name][hour] / 1000, 1)}`).join(", ");
          block.append(make("div", { class: "bar-name" }, `${map.countries[country] ?? country}: demand ${shown((parts.demand?.[hour] ?? 0) / 1000, 1)}; ${words || "nothing"}`));
          const bar = make("div", { class: "bar", "aria-hidden": "true" });
          for (const name of told)
            bar.append(make("i", { style: `width:${(100 * parts[name][hour]) / largest}%;background:${map.colours.technology[name]}` }));
          block.append(bar);
          return block;
        }),
      );
    };

    const canvas = byId("year");
    const days = Math.ceil(hours / 24);
    const base = document.createElement("canvas");
    base.width = days; base.height = 24;
    if (map.cables.length) {
      const ink = base.getContext("2d"), rated = Math.max(1, map.cables[0][3]);
      for (let hour = 0; hour < hours; hour++) {
        const part = cable[hour] / rated, pale = Math.round(255 * (1 - Math.min(1, Math.abs(part))));
        ink.fillStyle = part >= 0 ? `rgb(${pale},${Math.round(88 + (167 * pale) / 255)},${Math.round(176 + (79 * pale) / 255)})`
          : `rgb(${Math.round(196 + (59 * pale) / 255)},${Math.round(94 + (161 * pale) / 255)},${pale})`;
        ink.fillRect(Math.floor(hour / 24), hour % 24, 1, 1);
      }
      byId("year-note").textContent =
        `${place(map.cables[0][0])}, one column a day, midnight UTC on top: blue is from ${place(at(map.cables[0][1])[0])}, orange towards it, the deeper the fuller.`;
    } else canvas.hidden = true;
    const year = (hour) => {
      canvas.width = Math.max(days, canvas.clientWidth); canvas.height = 96;
      const ink = canvas.getContext("2d"), wide = canvas.width / days;
      ink.imageSmoothingEnabled = false;
      ink.drawImage(base, 0, 0, canvas.width, 96);
      ink.strokeStyle = "#1B1F23"; ink.lineWidth = 2;
      ink.strokeRect(Math.floor(hour / 24) * wide - 1, (hour % 24) * 4 - 1, Math.max(4, wide) + 2, 6);
    };

    const slider = byId("hour");
    slider.max = hours - 1;
    const go = (hour) => { slider.value = Math.max(0, Math.min(hours - 1, hour)); show(Number(slider.value)); };
    slider.addEventListener("input", () => show(Number(slider.value)));
    document.querySelectorAll("[data-step]").forEach((button) =>
      button.addEventListener("click", () => go(Number(slider.value) + Number(button.dataset.step))));
    document.querySelectorAll("input[name=show]").forEach((input) =>
      input.addEventListener("change", () => { key(); show(Number(slider.value)); }));
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const day = Math.floor(((event.clientX - box.left) / box.width) * days);
      go(24 * day + Math.floor(((event.clientY - box.top) / box.height) * 24));
    });
    let timer = null;
    byId("play").addEventListener("click", (event) => {
      const running = timer !== null;
      event.target.setAttribute("aria-pressed", String(!running));
      event.target.textContent = running ? "Play" : "Pause";
      if (running) { clearInterval(timer); timer = null; return; }
      timer = setInterval(() => go((Number(slider.value) + 1) % hours), 250);
    });
    const part = byId("part");
    const frame = (country) => {
      const own = map.places.filter((bus) => bus[1] === country);
      const [xs, ys] = [own.map((bus) => bus[2]), own.map((bus) => bus[3])];
      const wide = Math.max(300, ...xs.map((x) => x - Math.min(...xs))) + 160, high = wide * (map.frame[3] / map.frame[2]);
      const tall = Math.max(high, Math.max(...ys) - Math.min(...ys) + 160);
      const [x, y] = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
      return [x - (tall / high) * wide / 2, y - tall / 2, (tall / high) * wide, tall];
    };
    part.append(make("option", { value: "" }, "everything"));
    for (const country of Object.keys(mix)) part.append(make("option", { value: country }, map.countries[country] ?? country));
    part.addEventListener("change", () => {
      const view = part.value ? frame(part.value) : map.frame;
      svg.setAttribute("viewBox", view.join(" "));
      svg.style.setProperty("--scale", view[2] / map.frame[2]);
      show(Number(slider.value));
    });
    const choice = byId("find");
    const choices = [
      ...map.branches.map((branch, k) => ["line", k, place(branch[0])]),
      ...map.places.map((bus, k) => ["place", k, place(bus[0])]),
    ].sort((a, b) => a[2].localeCompare(b[2]));
    choices.forEach(([kind, k, name]) => choice.append(make("option", { value: `${kind}:${k}` }, name)));
    const pick = (kind, k) => { picked = [kind, k]; choice.value = `${kind}:${k}`; tell(Number(slider.value)); };
    choice.addEventListener("change", () => {
      const [kind, k] = choice.value.split(":");
      if (kind) pick(kind, Number(k));
    });
    lines.forEach((line, k) => {
      const hit = draw("path", { d: line.getAttribute("d"), class: "hit" });
      hit.addEventListener("pointerenter", () => pick("line", k));
      svg.insertBefore(hit, cables[0]?.line ?? dots[0]);
    });
    dots.forEach((dot, k) => dot.addEventListener("pointerenter", () => pick("place", k)));
    window.addEventListener("resize", () => year(Number(slider.value)));
    let fullest = 0;
    for (let hour = 1; hour < hours; hour++) if (map.cables.length && Math.abs(cable[hour]) > Math.abs(cable[fullest])) fullest = hour;
    key();
    go(fullest);
    document.body.dataset.ready = "map";
  };

  // The middle of each country's places names it.
  const labels = (map) => {
    const sums = {};
    for (const [, country, x, y] of map.places) {
      sums[country] ??= [0, 0, 0];
      sums[country][0] += x; sums[country][1] += y; sums[country][2] += 1;
    }
    return Object.entries(sums).filter(([, sum]) => sum[2] > 2).map(([country, [x, y, n]]) => [map.countries[country] ?? country, x / n, y / n - 60]);
  };

  const sweep = (table) => {
    const words = (name) => table.words[name] ?? name;
    const box = byId("axes");
    const choices = {};
    const values = (axis) => [...new Set(table.cases.map((one) => one.axes[axis]))];
    const add = (id, label, options, change) => {
      const select = make("select", { id });
      options.forEach(([value, text]) => select.append(make("option", { value }, text)));
      select.addEventListener("change", change);
      box.append(make("label", { for: id }, label), select);
      return select;
    };
    const across = table.axes.find((axis) => values(axis).every((value) => typeof value === "number") && values(axis).length > 1) ?? table.axes[0];
    for (const axis of table.axes.filter((name) => name !== across))
      choices[axis] = add(`axis-${table.axes.indexOf(axis)}`, words(axis), values(axis).map((value, k) => [k, String(value)]), () => show());
    const measure = add("measure", "measure", table.measures.map((name) => [name, words(name)]), () => show());
    const show = () => {
      const fitting = table.cases.filter((one) =>
        Object.entries(choices).every(([axis, select]) => one.axes[axis] === values(axis)[Number(select.value)]));
      const found = fitting.map((one) => [one.axes[across], one.measures[measure.value]]);
      const head = byId("cases").tHead, body = byId("cases").tBodies[0];
      const row = make("tr");
      row.append(make("th", { scope: "col" }, words(across)), make("th", { scope: "col", class: "n" }, words(measure.value)));
      head.replaceChildren(row);
      body.replaceChildren(...found.map(([x, y]) => {
        const line = make("tr");
        line.append(make("th", { scope: "row" }, typeof x === "number" ? shown(x) : String(x)), make("td", { class: "n" }, shown(y, 2)));
        return line;
      }));
      curve(found.filter(([x, y]) => typeof x === "number" && y !== null));
    };
    const curve = (points) => {
      const svg = byId("curve");
      svg.setAttribute("viewBox", "0 0 600 320");
      svg.replaceChildren();
      if (points.length < 2) return;
      points.sort((a, b) => a[0] - b[0]);
      const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
      const [left, right] = [Math.min(...xs), Math.max(...xs)];
      const low = Math.min(0, ...ys), high = Math.max(0, ...ys), span = high - low || 1;
      const x = (value) => 70 + (510 * (value - left)) / (right - left || 1);
      const y = (value) => 280 - (250 * (value - low)) / span;
      const put = (text, attributes) => { const node = draw("text", { "font-size": 14, fill: "#5B6670", ...attributes }); node.textContent = text; svg.append(node); };
      for (const value of [low, (low + high) / 2, high]) {
        svg.append(draw("path", { d: `M70 ${y(value)}H580`, stroke: value === 0 ? "#1B1F23" : "#D9DEE2" }));
        put(shown(value, span < 20 ? 1 : 0), { x: 62, y: y(value) + 5, "text-anchor": "end" });
      }
      svg.append(draw("path", { d: "M" + points.map(([a, b]) => `${x(a)} ${y(b)}`).join("L"), fill: "none", stroke: "#0B58B0", "stroke-width": 2.5 }));
      points.forEach(([a, b]) => {
        svg.append(draw("circle", { cx: x(a), cy: y(b), r: 5, fill: "#0B58B0" }));
        put(shown(a), { x: x(a), y: 302, "text-anchor": "middle" });
      });
    };
    show();
    document.body.dataset.ready = "sweep";
  };

  if (data.sweep) sweep(data.sweep);
  if (data.map) await atlas(data.map);
})();
