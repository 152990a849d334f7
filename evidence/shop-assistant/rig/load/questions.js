// Questions of the mix, and how one is asked: shared by `k6.js` and `steps.js`.
import http from 'k6/http';
import { randomSeed } from 'k6';
import exec from 'k6/execution';

const SEED = Number(__ENV.RIG_SEED || 1) * 1000000;
const mix = JSON.parse(open('./mix.json'));
const names = JSON.parse(open('../service/data/catalogue.json')).map((product) => product.name);

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const between = (low, high) => low + Math.floor(Math.random() * (high - low + 1));

function weighted(weights) {
  let left = Math.random();
  const names = Object.keys(weights);
  return names.find((name) => (left -= weights[name]) < 0) || names[names.length - 1];
}

function draw() {
  const locale = weighted(mix.locales);
  if (Math.random() < mix.popular_share) return { locale, text: pick(mix.popular[locale]) };
  const slots = {
    product: pick(names)[locale],
    size: between(2, 48),
    height: between(150, 200),
    order: between(10001, 10060),
  };
  const template = pick(mix.templates[locale][weighted(mix.intents)]);
  return { locale, text: template.replace(/{(\w+)}/g, (_, slot) => slots[slot]) };
}

// Ask the next question of the test and return the response. The n-th question is the same in every
// run, so that two runs differ in the service and not in what it was asked.
export function ask() {
  randomSeed(SEED + exec.scenario.iterationInTest);
  const body = JSON.stringify({ session: `k6-${__VU}-${__ITER}`, ...draw() });
  return http.post(`${__ENV.GATEWAY}/chat`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'POST /chat' },
  });
}
