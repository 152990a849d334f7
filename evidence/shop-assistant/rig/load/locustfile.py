"""Locust users of the assistant: each asks one question every two seconds."""

import itertools
import os

from locust import FastHttpUser, constant_throughput, task

from load.mix import Mix

SEEDS = itertools.count(int(os.environ.get("RIG_SEED", "1")) * 1000)


class Shopper(FastHttpUser):
    """A shopper with think time; an answer without text counts as a failure."""

    wait_time = constant_throughput(0.5)

    def on_start(self) -> None:
        """Give every shopper a stream of questions of their own."""
        self._mix = Mix(next(SEEDS))

    @task
    def ask(self) -> None:
        """Ask one question of the mix and check the answer."""
        body = self._mix.draw()
        with self.client.post("/chat", json=body, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"HTTP {response.status_code}")
            elif not response.json()["answer"]:
                response.failure("empty answer")
            elif response.json()["degraded"]:
                response.failure("degraded answer")
