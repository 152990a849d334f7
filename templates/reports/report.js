// What the report adds where scripts run: filter, search, deep links, copy as Markdown, what-if.
// The page is complete without it. It asks nothing of the network and writes text as text only.
// engine.script() shortens it and names the rules that this file keeps for that.
(() => {
  "use strict";
  const $ = id => document.getElementById(id);
  const every = css => [...document.querySelectorAll(css)];
  const block = $("review-data"), data = JSON.parse(block.textContent);

  // Numbers as whole multiples of 2^-900: their sums are exact in any order.
  const exact = x => BigInt(x * 2 ** 900);

  // Products and square roots are rounded alike everywhere, Math.pow is not. Steps of a quarter.
  const power = (x, e) => {
    let y = 1;
    for (x = Math.max(x, 1e-9); e >= 1; e--) y *= x;
    for (x = Math.sqrt(Math.sqrt(x)); e > 0; e -= .25) y *= x;
    return y;
  };

  // Monday to Friday, after the day itself, up to the year 9999.
  const workday = (at, days) => {
    const left = Math.ceil(+days.toFixed(6)), day = (new Date(at).getUTCDay() + 6) % 7,
      end = Math.min(day, 4) + left, shift = Math.floor(end / 5) * 7 + end % 5 - day;
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
      total += weight;
      earned += weight * exact(credit);
      blockers += flags & 1;
      if (turned ? !credit : state > 1) order.push({
        id, owner, effort, waits: flags & 1 && to != "waived" && !(flags & (turned ? 4 : 2)),
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
      readiness: total && Number(100n * earned / (total << 900n)),
      effort: Number(work) / 2 ** 900, earliest: Math.max(...steps.map(x => x.done)),
    };
  };
  // For whoever recomputes it, as the tests do that hold it against the engine.
  block.suppose = suppose;

  const make = (tag, given, ...inside) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inside);
    return made;
  };
  const option = (value, name) => make("option", {value}, name);
  // As words.py writes them, which rounds halves to even.
  const fixed = x => +(x * 8 % 4 == 1 ? x - .001 : x).toFixed(2);
  const number = x => x < .1 ? +x.toPrecision(2) : fixed(x).toLocaleString("en");
  const days = x => fixed(x) + (x == 1 ? " day" : " days");
  const date = x => x > 0 ? new Date(x).toUTCString().slice(5, 16).replace(/^0/, "") : "now";
  const anchor = id => "item-" + id.replace(/[^\w.-]/gu, "-");

  const rows = new Map(data.items.map(row => [anchor(row[0]), row]));
  const cards = every("details[id^=item-]"), texts = cards.map(x => x.textContent.toLowerCase());

  // Filter and search.
  const find = $("find"), show = $("show"), shown = $("shown");
  const filter = () => {
    const words = find.value.toLowerCase().split(" "), kind = show.value;
    let count = 0;
    cards.forEach((card, i) => {
      const [, area, flags, state] = rows.get(card.id) || [];
      const fits = kind == "blocker" ? flags & 1 && state : kind == "open" ? state > 1 : !kind || area == kind;
      const gone = !fits || !words.every(word => texts[i].includes(word));
      count += !card.classList.toggle("gone", gone);
    });
    shown.textContent = count ? `${count} of ${cards.length} items shown` : "Nothing found";
  };
  data.areas.forEach((name, value) => show.lastElementChild.append(option(value, name)));
  find.oninput = show.onchange = filter;
  $("expand").onclick = $("collapse").onclick = e => {
    for (const card of cards) if (!card.matches(".gone")) card.open = e.target.id == "expand";
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
  onclick = e => reveal(e.target.closest("a")?.hash);

  // What if.
  const is = {}, reviewed = suppose(data), before = reviewed.order.map(x => x.id);
  const panel = $("what-if"), opener = $("opener"), banner = $("supposed"), sum = $("sum");
  const weights = every("#what-if select"), lists = [], titles = {};
  const brief = x => `${x.decision}, readiness ${x.readiness}` + (x.steps[0] ? `, ${x.becomes} by ${date(x.earliest)}` : "");
  const decide = () => {
    const given = weights.map(x => +x.value), now = suppose(data, is, given);
    const changes = Object.keys(is).map(id => ` --if ${id}=${is[id]}`);
    ["harm", "risk", "gap"].forEach((name, i) => given[i] == 1 || changes.push(` --weights ${name}=${given[i]}`));
    const both = (label, say) => make("div", {}, make("dt", {}, label),
      make("dd", {}, make("b", {}, say(now)), "reviewed: " + say(reviewed)));
    $("figures").replaceChildren(
      both("Decision", x => x.decision),
      both("Open blockers", x => `${x.steps.length} of ${x.blockers}`),
      both("Readiness", x => x.readiness + " of 100"),
      both("Earliest " + now.becomes, x => date(x.earliest)),
      both("Work until then", x => days(x.effort)),
    );
    $("command").textContent = "readiness rank" + changes.join("");
    $("order").replaceChildren(...now.order.map(x => {
      const was = before.indexOf(x.id) + 1;
      return make("li", {}, make("a", {href: "#" + anchor(x.id)}, titles[x.id] || x.id), make("p", {},
        `priority ${number(x.priority)}, reviewed: ${was ? "place " + was : "proven"}`,
        x.waits ? `; ${data.owners[x.owner]}, ${days(x.effort)}, done by ${date(x.done)}` : ""));
    }));
    banner.hidden = !changes[0];
    sum.textContent = changes[0] ? `A supposition, not the review: ${brief(now)}. Reviewed: ${brief(reviewed)}.` : "";
  };
  for (const card of cards) {
    const [id,, flags, state] = rows.get(card.id) || [];
    if (!state) continue;
    titles[id] = card.firstChild.firstChild.data;
    const list = make("select", {}, option("", "as reviewed"));
    if (state > 1) list.append(option("proven", "proven"));
    if (state != 2) list.append(option("failed", "failed"));
    if (state > 1 && (flags & 3) == 1) list.append(option("waived", "accepted as a risk"));
    list.onchange = () => {
      delete is[id];
      if (list.value) is[id] = list.value;
      card.firstElementChild.dataset.if = list.value && " supposed: " + list.selectedOptions[0].text;
      decide();
    };
    lists.push(list);
    card.firstElementChild.after(make("label", {className: "if"}, `Suppose ${id} is `, list));
  }
  for (const list of weights) {
    for (let value = 0; value <= 3; value += .25) list.append(option(value, value));
    list.onchange = decide;
  }
  const reset = () => {
    for (const list of weights) list.value = 1;
    for (const list of lists) if (list.value) {
      list.value = "";
      list.onchange();
    }
    decide();
  };
  for (const button of every(".reset")) button.onclick = reset;
  opener.onclick = () => opener.ariaExpanded = !(panel.hidden = !panel.hidden);

  // The memo as Markdown that shows what it says: no mention, link, image or HTML comes of it.
  const plain = node => node.innerText.trim().replace(/\s+/g, " ").replace(/[\\\x60*_~[\]<>|&$]/g, x => `&#${x.charCodeAt()};`).replace(/[@#]|:(?=\/\/)/g, "$&\u200b");
  const memo = () => [
    `## ${reviewed.decision}: ` + every("h1, .lead").map(plain).join("\n\n"),
    every(".said li, .said .warn, .card .figures div").map(x => "- " + plain(x)).join("\n"),
    ...every("#improvements, #domains, #deferrals").flatMap(h2 => [
      "### " + plain(h2),
      [...h2.parentNode.querySelectorAll("tr")].map((row, i) => {
        const cells = [...row.cells].map(plain);
        return `| ${cells.join(" | ")} |` + (i ? "" : "\n" + "|---".repeat(cells.length) + "|");
      }).join("\n"),
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
      shown.textContent = "Copy the selection";
    }
  };

  $("tools").hidden = false;
  filter();
  reset();
  reveal(location.hash);
})();
