"""What spans say of calls."""

import pytest

from lector.telemetry import tracing


@pytest.mark.parametrize(
    ("url", "address", "port"),
    [
        ("https://openrouter.ai/api/v1", "openrouter.ai", 443),
        ("http://render.lector.svc/", "render.lector.svc", 80),
        ("http://127.0.0.1:8080/v1/files?limit=1", "127.0.0.1", 8080),
    ],
)
def test_a_call_tells_whom_it_goes_to(url: str, address: str, port: int) -> None:
    assert tracing.server_attributes(url) == {"server.address": address, "server.port": port}
