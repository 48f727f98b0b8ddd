"""What a cluster starts each image with: exactly the variables that its manifest names."""

import re
from collections.abc import Mapping

import yaml

from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout
from tests.support.parts import Parts

CALLER_SECRET = "of those who call"
_REFERENCE = re.compile(r"{{ configMap:lector:(\w+) }}")
_SERVE = ("-m", "lector.runtime.serve")


def values(services: Parts) -> dict[str, str]:
    """A value for whatever a manifest may name; the real parts, on this machine."""
    return {
        **services.settings,
        "S3_REGION": "us-east-1",
        "REPORT_KEY": "5e" * 32,
        "S3_PUBLIC_ENDPOINT": "",
        "ALLOWED_HOSTS": "",
        "CORS_ORIGINS": "",
        "API_AUTH": "",
        "ADMIN_TOKEN": "first-token",
        "REQUESTS_PER_MINUTE": "1200",
        "TRACE_URL_TEMPLATE": "",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
        "LECTOR_TRACES": "",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "TELEGRAM_BOT_TOKEN": "",
        "TELEGRAM_CHAT_ID": "",
        "CALLER_SECRET": CALLER_SECRET,
        "TELEGRAM_PAGES": "0",
        "TELEGRAM_UPLOADS": "0",
        "NOTIFY_ALLOW_PRIVATE": "",
        "SOURCE_BUCKETS": "",
        "NOTIFY_SINK": "http://127.0.0.1:9/",
        "READERS_FILE": "",
        "READER": "",
        "READER_SLOTS": "",
        "MODEL_CHOICES": "",
        "READER_CHOICES": "",
        "READERS_SET_UP": "",
        "TESSERACT_LANGUAGES": "",
        "MODEL_PROMPT_PRICE_USD": "0",
        "MODEL_COMPLETION_PRICE_USD": "0",
        "WAKE_URLS": "",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "none",
        "OPENAI_MODEL": "none",
        "CLUSTER_DOMAIN": "cluster.local",
        "NATS_REPLICAS": "1",
        "FUNCTION_URLS": ",".join(f"{name}=http://127.0.0.1:9" for name in FUNCTIONS),
        "FUNCTION_CAPACITY": "render=2,register=2,llm=2",
        "SWEEP_SINK": "http://127.0.0.1:9/",
    }


def environment(name: str, values: Mapping[str, str], services: Parts) -> dict[str, str]:
    """The variables that a function's func.yaml or another process's manifest names."""
    role = name if name in FUNCTIONS else "bridge"
    given = {
        **values,
        "DATABASE_URL": services.embedded.postgres.url_as(f"lector_{role}"),
        "LISTEN_DATABASE_URL": services.embedded.postgres.url_as("lector_bridge"),
    }
    return {
        key: given[key] if key in given else _resolve(value) for key, value in _named(name).items()
    }


def arguments(name: str) -> tuple[str, ...]:
    """What its container is started with."""
    if name == "tesseract":
        return ("-m", "lector.tesseract.endpoint")
    return _SERVE if name in FUNCTIONS else ("-m", "lector.bridge", name)


def _resolve(value: str) -> str:
    """A value that a manifest takes from the ConfigMap of the quickstart."""
    if not (found := _REFERENCE.fullmatch(value)):
        return value
    literals: dict[str, str] = {}
    for folder in ("base", "overlays/quickstart"):
        kustomization = (checkout() / "knative" / folder / "kustomization.yaml").read_text()
        for generator in yaml.safe_load(kustomization)["configMapGenerator"]:
            literals |= dict(line.split("=", 1) for line in generator.get("literals", ()))
    return literals[found[1]]


def _named(name: str) -> dict[str, str]:
    if name in FUNCTIONS:
        func = yaml.safe_load((checkout() / "functions" / name / "func.yaml").read_text())
        return {env["name"]: env["value"] for env in func["run"]["envs"]}
    folder = "overlays/quickstart" if name == "tesseract" else "base"
    manifest = (checkout() / "knative" / folder / f"{name}.yaml").read_text()
    pod = next(iter(yaml.safe_load_all(manifest)))["spec"]["template"]["spec"]
    named = {env["name"]: env.get("value", "") for env in pod["containers"][0]["env"]}
    named.pop("PORT", None)
    # The SinkBinding puts K_SINK in.
    return {**named, "K_SINK": ""} if name == "postgres-source" else named
