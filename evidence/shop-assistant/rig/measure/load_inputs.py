"""Ask the gateway, right after a load test, what it was asked."""

from client import Rig
from measure.output import output_path, write_json


def main() -> None:
    """Write what the cache saw since the gateway started, which prompt it asked the model with,
    and how many questions differed.
    """
    path = output_path(__doc__)
    rig = Rig()
    cache = rig.cache()
    write_json(
        path,
        {
            "prompt": rig.prompt(),
            "lookups": cache["lookups"],
            "hits": cache["hits"],
            "hit_ratio": round(cache["hits"] / cache["lookups"], 4),
            "distinct": rig.distinct_questions(),
        },
    )


if __name__ == "__main__":
    main()
