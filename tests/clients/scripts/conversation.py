"""How a script talks with the test that started it: one JSON document on standard input, one JSON
document a line on standard output, the last of which has `event` `result`."""

import json
import sys
from typing import Any


def given() -> dict[str, Any]:
    """What the test hands over."""
    return json.load(sys.stdin)


def tell(event: str, **members: Any) -> None:
    """Tells the test something at once."""
    print(json.dumps({"event": event, **members}), flush=True)
