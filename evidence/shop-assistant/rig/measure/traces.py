"""Ask the question mix at the forecast rate, while the gateway writes its traces."""

import argparse
import asyncio
import os

import httpx

from load.mix import Mix


async def ask_all(rate: float, seconds: float) -> int:
    """Send the mix at a constant rate; return how many answers were no success."""
    mix, failed = Mix(seed=23), 0

    async def ask(http: httpx.AsyncClient) -> None:
        nonlocal failed
        failed += (await http.post("/chat", json=mix.draw())).is_error

    loop = asyncio.get_running_loop()
    client = httpx.AsyncClient(base_url=os.environ["RIG_GATEWAY"], timeout=10, trust_env=False)
    async with client as http, asyncio.TaskGroup() as group:
        started = loop.time()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(started + number / rate - loop.time())
            group.create_task(ask(http))
    return failed


def main() -> None:
    """Ask, and say how many requests failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, required=True, help="questions per second")
    parser.add_argument("--seconds", type=float, required=True, help="how long")
    options = parser.parse_args()
    failed = asyncio.run(ask_all(options.rate, options.seconds))
    print(f"{options.rate * options.seconds:.0f} questions, {failed} failed")


if __name__ == "__main__":
    main()
