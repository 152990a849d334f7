"""Keep the manifest of the search indexes, as the gateway wrote it when it built them."""

from client import Rig
from measure.output import output_path


def main() -> None:
    """Fetch the manifest and write it unchanged."""
    path = output_path(__doc__)
    path.write_bytes(Rig().index())


if __name__ == "__main__":
    main()
