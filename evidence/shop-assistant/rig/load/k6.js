// Constant arrival rate against POST /chat; the same question mix as the Locust test.
import { check } from 'k6';

import { ask } from './questions.js';

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

export default function () {
  check(ask(), {
    'status is 200': (r) => r.status === 200,
    'answer is not empty': (r) => r.status === 200 && r.json('answer').length > 0,
    'answer is not degraded': (r) => r.status === 200 && r.json('degraded') === false,
  });
}

export function handleSummary(data) {
  return __ENV.SUMMARY ? { [__ENV.SUMMARY]: JSON.stringify(data, null, 2) } : {};
}
