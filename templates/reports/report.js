// What the report adds where scripts run: filter, search, deep links, copy as Markdown, what-if.
// The page is complete without it. It asks nothing of the network and writes text as text only.
// engine.script() shortens it and names the rules that this file keeps for that.
(() => {
  "use strict";
  const $ = id => document.getElementById(id);
  const every = css => [...document.querySelectorAll(css)];
  const block = $("review-data"), data = JSON.parse(block.textContent), {items, owners} = data;

  // Numbers as whole multiples of 2^-900: their sums are exact in any order.
  const scale = 900, exact = x => BigInt(x * 2 ** scale);

  // Products and square roots are rounded alike everywhere, Math.pow is not. Steps of a quarter.
  const power = (x, e) => {
    let y = 1;
    for (x = Math.max(x, 1e-9); e >= 1; e--) y *= x;
    for (x = Math.sqrt(Math.sqrt(x)); e > 0; e -= .25) y *= x;
    return y;
  };

  // Monday to Friday, after the day itself, up to the year 9999.
  const workday = (at, days) => {
    const left = Math.ceil(+days.toFixed(6)), day = (new Date(at).getUTCDay() + 6) % 7;
    const end = Math.min(day, 4) + left, shift = Math.floor(end / 5) * 7 + end % 5 - day;
    return left > 0 ? Math.min(at + shift * 864e5, Date.UTC(9999, 11, 31)) : at;
  };

  // Decide again, to the bit as decision/whatif.py does. `is` says by id what to suppose: proven,
  // failed or waived; a, b and c are the exponents of harm, risk and gap. rendering/whatif.py
  // tells what a row is; rows stand in the order of ids, and sorting leaves equals in it.
  const suppose = ({day, items}, is = {}, [a, b, c] = [1, 1, 1]) => {
    const busy = {}, order = [];
    let total = 0n, earned = 0n, work = 0n, blockers = 0;
    for (const [id,, flags, state, harm, risk, was, parts, effort, owner, left] of items) {
      if (!state) continue;
      const to = is[id], turned = to == "proven" ? state > 1 : to == "failed" && state != 2;
      const credit = turned ? +(to == "proven") : was, weight = BigInt(harm * risk);
      const gap = turned || left == null ? (1 - credit) * (1 + parts / 3) : left;
      const held = to == "waived" || flags & (turned ? 4 : 2);
      total += weight;
      earned += weight * exact(credit);
      blockers += flags & 1;
      if (turned ? !credit : state > 1) order.push({
        id, owner, effort, waits: flags & 1 && !held,
        priority: a == 1 && b == 1 && c == 1 ? harm * risk / 100 * gap
          : +(power(harm, a) * power(risk / 100, b) * power(gap, c)).toPrecision(9),
      });
    }
    order.sort((x, y) => y.waits - x.waits || y.priority - x.priority);
    const steps = order.filter(x => x.waits);
    for (const step of steps) {
      work += exact(step.effort);
      busy[step.owner] = (busy[step.owner] || 0) + step.effort;
      step.done = workday(Date.parse(day), busy[step.owner]);
    }
    const becomes = order[steps.length] ? "GO WITH CONDITIONS" : "GO";
    return {
      decision: steps[0] ? "NO-GO" : becomes, becomes, order, steps, blockers,
      readiness: total && Number(100n * earned / (total << BigInt(scale))),
      effort: Number(work) / 2 ** scale, earliest: Math.max(...steps.map(x => x.done)),
    };
  };
  // For whoever recomputes it, as the tests do that hold it against the engine.
  block.suppose = suppose;

  const make = (tag, given, ...inside) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inside);
    return made;
  };
  // As words.py writes them, which rounds halves to even.
  const fixed = x => +(x * 8 % 4 == 1 ? x - .001 : x).toFixed(2);
  const number = x => x < .1 ? +x.toPrecision(2) : fixed(x).toLocaleString("en");
  const days = x => fixed(x) + (x == 1 ? " day" : " days");
  const date = x => x > 0 ? new Date(x).toUTCString().slice(5, 16).replace(/^0/, "") : "now";
  const anchor = id => "item-" + id.replace(/[^\w.-]/gu, "-");

  const rows = new Map(items.map(row => [anchor(row[0]), row]));
  const cards = every("details[id^=item-]"), texts = cards.map(x => x.textContent.toLowerCase());

  // Filter and search.
  const find = $("find"), show = $("show"), shown = $("shown");
  const filter = () => {
    const words = find.value.toLowerCase().split(" "), kind = show.value;
    let count = 0;
    cards.forEach((card, index) => {
      const [, area, flags, state] = rows.get(card.id) || [];
      const fits = kind == "blocker" ? flags & 1 && state : kind == "open" ? state > 1 : !kind || area == kind;
      const here = fits && words.every(word => texts[index].includes(word));
      card.classList.toggle("gone", !here);
      if (here) count++;
    });
    shown.textContent = count ? `${count} of ${cards.length} items shown` : "Nothing found";
  };
  data.areas.forEach((name, value) => show.lastElementChild.append(make("option", {value}, name)));
  find.oninput = show.onchange = filter;
  for (const name of ["expand", "collapse"]) $(name).onclick = () => {
    for (const card of cards) if (!card.matches(".gone")) card.open = name == "expand";
  };

  // Deep links, to an item that is closed or filtered away too.
  const reveal = hash => {
    const card = cards.find(x => "#" + x.id == hash);
    if (!card) return;
    if (card.matches(".gone")) {
      find.value = show.value = "";
      filter();
    }
    card.open = true;
    card.scrollIntoView();
  };
  onhashchange = () => reveal(location.hash);
  onclick = event => reveal(event.target.closest("a")?.hash);

  // What if.
  const is = {}, reviewed = suppose(data), before = reviewed.order.map(x => x.id);
  const words = {"": "as reviewed", proven: "proven", failed: "failed", waived: "accepted as a risk"};
  const panel = $("what-if"), opener = $("opener"), banner = $("supposed"), sum = $("sum");
  const weights = every("#what-if select"), lists = [], titles = {};
  const decide = () => {
    const given = weights.map(x => +x.value), now = suppose(data, is, given);
    const both = (label, say) => make("div", {}, make("dt", {}, label),
      make("dd", {}, make("b", {}, say(now)), "reviewed: " + say(reviewed)));
    $("figures").replaceChildren(
      both("Decision", x => x.decision),
      both("Open blockers", x => `${x.steps.length} of ${x.blockers}`),
      both("Readiness", x => x.readiness + " of 100"),
      both("Earliest GO", x => date(x.earliest)),
      both("Work to GO", x => days(x.effort)),
    );
    $("order").replaceChildren(...now.order.map(x => {
      const was = before.indexOf(x.id) + 1;
      const path = x.waits ? `; ${owners[x.owner]}, ${days(x.effort)}, done by ${date(x.done)}` : "";
      return make("li", {}, make("a", {href: "#" + anchor(x.id)}, titles[x.id] || x.id), make("p", {},
        `priority ${number(x.priority)}, reviewed: ${was ? "place " + was : "proven"}${path}`));
    }));
    const changes = Object.keys(is).map(id => `--if ${id}=${is[id]}`);
    ["harm", "risk", "gap"].forEach((name, i) => given[i] == 1 || changes.push(`--weights ${name}=${given[i]}`));
    $("command").textContent = "readiness rank " + changes.join(" ");
    banner.hidden = !changes[0];
    sum.textContent = changes[0] ? `A supposition, not the review: ${now.decision} (reviewed: ${reviewed.decision}), readiness ${now.readiness} (${reviewed.readiness}), earliest GO ${date(now.earliest)} (${date(reviewed.earliest)})` : "";
  };
  for (const card of cards) {
    const [id,, flags, state] = rows.get(card.id) || [];
    if (!state) continue;
    titles[id] = card.querySelector("h3").textContent;
    const offered = ["", state > 1 && "proven", state != 2 && "failed", state > 1 && (flags & 3) == 1 && "waived"];
    const list = make("select", {}, ...offered.filter(x => x + "" === x).map(value => make("option", {value}, words[value])));
    list.onchange = () => {
      card.firstElementChild.dataset.if = list.value && " supposed: " + words[is[id] = list.value];
      if (!list.value) delete is[id];
      decide();
    };
    lists.push(list);
    card.firstElementChild.after(make("label", {className: "if"}, `Suppose ${id} is `, list));
  }
  for (const list of weights) {
    for (let value = 0; value <= 3; value += .25) list.append(make("option", {value}, value));
    list.value = 1;
    list.onchange = decide;
  }
  for (const button of every(".reset")) button.onclick = () => {
    for (const list of lists) if (list.value) {
      list.value = "";
      list.onchange();
    }
    for (const list of weights) list.value = 1;
    decide();
  };
  opener.onclick = () => opener.setAttribute("aria-expanded", !(panel.hidden = !panel.hidden));

  // The memo as Markdown that shows what it says: no mention, link, image or HTML comes of it.
  const plain = node => node.innerText.trim().replace(/\s+/g, " ").replace(/[\\\x60*_~[\]<>|&!$]/g, x => `&#${x.charCodeAt()};`).replace(/[@#]|:(?=\/\/)/g, "$&\u200b");
  const memo = () => [
    `## ${reviewed.decision}: ` + every("h1, .lead").map(plain).join("\n\n"),
    every(".said li, .said .warn, .card .figures div").map(x => "- " + plain(x)).join("\n"),
    ...every("#improvements, #domains, #deferrals").flatMap(heading => [
      "### " + plain(heading),
      ...[...heading.parentNode.querySelectorAll("table")].map(table => [...table.rows].map((row, index) => {
        const cells = [...row.cells];
        return `| ${cells.map(plain).join(" | ")} |` + (index ? "" : "\n" + "|---".repeat(cells.length) + "|");
      }).join("\n")),
    ]),
    plain(sum),
  ].join("\n\n");
  const copied = $("copied");
  $("copy").onclick = async () => {
    copied.value = memo();
    try {
      await navigator.clipboard.writeText(copied.value);
      shown.textContent = "Copied";
    } catch {
      copied.parentNode.hidden = false;
      copied.select();
      shown.textContent = "Copy the selected text";
    }
  };

  $("tools").hidden = false;
  filter();
  decide();
  reveal(location.hash);
})();
