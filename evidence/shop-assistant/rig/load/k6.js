// Constant arrival rate against POST /chat; the same question mix as the Locust test.
import http from 'k6/http';
import { check } from 'k6';

const mix = JSON.parse(open('./mix.json'));
const names = JSON.parse(open('../service/data/catalogue.json')).map((product) => product.name);

export const options = {
  scenarios: {
    chat: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: __ENV.DURATION,
      preAllocatedVUs: 60,
      maxVUs: 120,
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<2500'],
    checks: ['rate>0.99'],
    dropped_iterations: ['count<10'],
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'count'],
};

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

export default function () {
  const body = JSON.stringify({ session: `k6-${__VU}-${__ITER}`, ...draw() });
  const response = http.post(`${__ENV.GATEWAY}/chat`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'POST /chat' },
  });
  check(response, {
    'status is 200': (r) => r.status === 200,
    'answer is not empty': (r) => r.status === 200 && r.json('answer').length > 0,
    'answer is not degraded': (r) => r.status === 200 && r.json('degraded') === false,
  });
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY]: JSON.stringify(data, null, 2) };
}
