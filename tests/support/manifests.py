"""The manifests as kustomize renders them."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lector.local.tools import checkout

Manifest = dict[str, Any]
OVERLAYS = ("quickstart", "production", "broker", "dev")


@cache
def rendered(overlay: str, components: str = "") -> list[Manifest]:
    """Every object of an overlay with components over it; `make manifests` prints the same."""
    printed = subprocess.run(
        [checkout() / "knative" / "deploy.sh", "render"],
        env={
            **os.environ,
            "OVERLAY": overlay,
            "COMPONENTS": components,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return [manifest for manifest in yaml.safe_load_all(printed) if manifest]


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """The objects of a kind (`serving Service` for Knative's), by name."""
    group, _, name = kind.rpartition(" ")
    return {
        manifest["metadata"]["name"]: manifest
        for manifest in manifests
        if manifest["kind"] == name and manifest["apiVersion"].partition(".")[0] == (group or "v1")
    }


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The pod template of everything that runs pods, by kind and name."""
    return {
        f"{manifest['kind']} {manifest['metadata']['name']}": manifest["spec"]["template"]
        for manifest in manifests
        if "template" in manifest.get("spec", {})
    }
