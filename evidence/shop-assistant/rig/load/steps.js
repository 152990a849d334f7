// Stepped load against POST /chat: users without think time, more of them at each level.
import { check } from 'k6';

import { ask } from './questions.js';

const levels = __ENV.LEVELS.split(',').map(Number);

export const options = {
  scenarios: {
    chat: {
      executor: 'ramping-vus',
      startVUs: levels[0],
      stages: levels.flatMap((target) => [
        { duration: '1s', target },
        { duration: __ENV.HOLD, target },
      ]),
    },
  },
  thresholds: { http_req_failed: ['rate<0.01'], checks: ['rate>0.99'] },
};

export default function () {
  check(ask(), {
    'answer is not degraded': (r) => r.status === 200 && r.json('degraded') === false,
  });
}
