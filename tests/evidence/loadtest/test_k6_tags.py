"""Tags of k6's metrics are the same labels in a summary as in its samples."""

from __future__ import annotations

import pytest

from readiness.evidence.loadtest.k6 import split_key

KEYS = {
    "http_req_duration": (),
    "http_req_duration{name:chat}": (("endpoint", "chat"),),
    "http_req_duration{url:http://shop/chat}": (("endpoint", "http://shop/chat"),),
    "http_req_duration{ name:chat, url:http://shop/1 }": (("endpoint", "chat"), ("url", "http://shop/1")),
    "http_req_duration{endpoint:/chat,name:chat}": (("endpoint", "/chat"), ("name", "chat")),
    "http_req_duration{expected_response:true,method:POST}": (("method", "POST"), ("response", "expected")),
    "checks{intent:'order status',}": (("intent", "order status"),),
    "http_reqs{}": (),
}


@pytest.mark.parametrize("key", KEYS)
def test_tags_of_a_key(key: str) -> None:
    assert split_key(key) == (key.partition("{")[0], KEYS[key])
