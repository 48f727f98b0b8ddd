"""The embedded object store keeps little of what passes through it."""

from pathlib import Path

import psutil
import pytest

from lector.local.data_folder import DataFolder
from lector.local.process import Child, wait_ready
from lector.local.seaweedfs import Seaweedfs, remove_sockets
from lector.runtime import settings
from lector.runtime.transfers import Transfers

IMAGE = b"x" * 1_000_000
MOST_MIB = 160  # 230 to 300 with what Go leaves of garbage by itself


def own_mib(pid: int) -> float:
    return psutil.Process(pid).memory_full_info().uss / 1024**2


@pytest.mark.slow
def test_hundreds_of_images_do_not_stay_in_its_memory(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.in_use():
        server = Seaweedfs(folder.path / "s3", folder.secret)
        server.prepare()
        child = Child(server.part(), folder.logs)
        try:
            wait_ready(child, server.ready)
            transfers = Transfers(settings.load(settings.Objects, server.settings))
            for number in range(300):
                transfers.put(f"files/memory/{number}.jpg", IMAGE, "image/jpeg")
                assert len(transfers.get(f"files/memory/{number}.jpg")) == len(IMAGE)
            assert own_mib(child.pid) < MOST_MIB
        finally:
            child.kill()
            remove_sockets(folder.path / "s3")
