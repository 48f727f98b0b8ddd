"""A certificate for the ports of a server on this machine, made in a process that ends.

    python -m lector.local.certificate CERTIFICATE KEY

What it imports would stay in whoever starts the server. It is needed once in the life of a folder.
"""

import signal
import sys
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from lector.local.data_folder import write_private
from lector.local.process import StackError, run, with_parent_death_signal


def make(certificate_file: Path, key_file: Path) -> None:
    """Make a key and a certificate that vouches for itself alone, in files only we can read.

    Raises:
        StackError: they could not be made.

    """
    command = [sys.executable, "-m", "lector.local.certificate"]
    prefix = with_parent_death_signal(signal.SIGKILL)
    done = run([*prefix, *command, str(certificate_file), str(key_file)])
    if done.returncode:
        raise StackError(f"no certificate could be made:\n{done.stdout}")


def main(certificate_file: Path, key_file: Path) -> None:
    """Make them here; the key is written first.

    The certificate is good for ever, whatever this machine's clock says: it is as secret as its
    key, and both are thrown away with the data folder.
    """
    from cryptography import x509  # noqa: PLC0415 - only here, not where `make` is called
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lector")])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9999, 12, 31, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    pkcs8, unencrypted = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_private(key_file, key.private_bytes(pem, pkcs8, unencrypted).decode())
    write_private(certificate_file, certificate.public_bytes(pem).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
