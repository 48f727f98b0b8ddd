"""The model that cluster-test has in a pod: it stands alone, and answers as a model does."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from lector.local.process import free_port
from tests.cluster import scale, scripted_model

pytestmark = pytest.mark.unit


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """It as the pod has it: out of the ConfigMap, with Python and nothing else."""
    [config] = [o for o in scale.model("registry/llm") if o["kind"] == "ConfigMap"]
    script = tmp_path / "model.py"
    script.write_text(config["data"]["model.py"])
    port = free_port()
    process = subprocess.Popen([sys.executable, "-I", str(script), str(port)])
    try:
        transport = httpx2.HTTPTransport(retries=8)  # until it listens
        with httpx2.Client(transport=transport) as client:
            client.get(f"http://127.0.0.1:{port}/health").raise_for_status()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def test_each_completion_is_the_sentence_and_ends_well(url: str) -> None:
    with httpx2.Client() as client:
        for _ in range(2):
            answer = client.post(f"{url}/v1/chat/completions", json={"messages": []}).json()
            [choice] = answer["choices"]
            assert choice["message"]["content"] == scripted_model.SENTENCE
            assert choice["finish_reason"] == "stop"


def test_only_who_reads_may_go_to_it() -> None:
    policies = [o for o in scale.model("registry/llm") if o["kind"] == "NetworkPolicy"]
    readers = {"matchLabels": {"lector.dev/model": "true"}}
    [ingress] = [p["spec"] for p in policies if p["spec"]["policyTypes"] == ["Ingress"]]
    [egress] = [p["spec"] for p in policies if p["spec"]["policyTypes"] == ["Egress"]]
    assert ingress["ingress"] == [
        {"from": [{"podSelector": readers}], "ports": [{"port": 8000, "protocol": "TCP"}]}
    ]
    assert egress["podSelector"] == readers
    assert egress["egress"][0]["to"] == [{"podSelector": ingress["podSelector"]}]
