"""The time of every message of a JetStream stream, moved: a folder that lay for years seems young.

A stream drops what is older than its limit as soon as its server starts. So whoever keeps a data
folder for a test has to make its messages younger before that. The files are those that
nats-server 2.15 writes; a later one reads them, too, or loses everybody's messages.

A block file is a row of records: length (4 bytes, little-endian; the highest bit says that there
are headers), sequence (8), time in nanoseconds (8), length of the subject (2), the subject, the
headers' length (4, if there are any), headers, message, and a checksum (8): HighwayHash-64 over all
from the sequence on but the lengths, with a key of the stream's name and the block's number.
"""

import hashlib
import struct
from pathlib import Path

_HEAD = struct.Struct("<IQQH")
_CHECKSUM_BYTES = 8
_HAS_HEADERS = 1 << 31
_64_BITS = 2**64 - 1


def move(jetstream: Path, by_ns: int) -> int:
    """Make all messages below this folder younger by so many nanoseconds; how many there are.

    Raises:
        ValueError: a checksum is wrong, or a record is of a form that is not known here.

    """
    moved = 0
    for block in sorted(jetstream.glob("**/msgs/*.blk")):
        stream = block.parent.parent.name
        key = hashlib.sha256(f"{stream}-{int(block.stem)}".encode()).digest()
        content = bytearray(block.read_bytes())
        moved += _move_records(content, key, by_ns)
        block.write_bytes(content)
    for index in jetstream.glob("**/msgs/index.db"):
        index.unlink()  # it is made anew from the blocks, and tells the times, too
    return moved


def _move_records(content: bytearray, key: bytes, by_ns: int) -> int:
    start = moved = 0
    while start < len(content):
        length, sequence, time_ns, subject_bytes = _HEAD.unpack_from(content, start)
        end = start + (length & ~_HAS_HEADERS)
        if sequence >> 62:
            raise ValueError("a record of a message that was deleted is not known here")
        if _checksum(content, start, end, key) != content[end - _CHECKSUM_BYTES : end]:
            raise ValueError(f"the checksum of message {sequence} is wrong")
        _HEAD.pack_into(content, start, length, sequence, time_ns + by_ns, subject_bytes)
        content[end - _CHECKSUM_BYTES : end] = _checksum(content, start, end, key)
        start, moved = end, moved + 1
    return moved


def _checksum(content: bytearray, start: int, end: int, key: bytes) -> bytes:
    length, _, _, subject_bytes = _HEAD.unpack_from(content, start)
    subject = start + _HEAD.size
    rest = subject + subject_bytes + (4 if length & _HAS_HEADERS else 0)
    parts = (
        content[start + 4 : subject - 2],
        content[subject : subject + subject_bytes],
        content[rest : end - _CHECKSUM_BYTES],
    )
    return highway_hash(key, b"".join(parts)).to_bytes(8, "little")


# --- HighwayHash, 64 bits, as https://github.com/google/highwayhash has it --------------------

_MUL0 = (0xDBE6D5D5FE4CCE2F, 0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3)
_MUL1 = (0x3BD39E10CB0EF593, 0xC0ACF169B5F18A8C, 0xBE5466CF34E90C6C, 0x452821E638D01377)
_PACKET_BYTES = 32


def highway_hash(key: bytes, data: bytes) -> int:
    """The hash of `data` under a key of 32 bytes."""
    state = _Highway(key)
    whole = len(data) - len(data) % _PACKET_BYTES
    for lanes in struct.iter_unpack("<4Q", data[:whole]):
        state.update(lanes)
    if whole < len(data):
        state.update_last(data[whole:])
    return state.finish()


class _Highway:
    def __init__(self, key: bytes) -> None:
        lanes: tuple[int, ...] = struct.unpack("<4Q", key)
        self._v0: list[int] = [m ^ lane for m, lane in zip(_MUL0, lanes, strict=True)]
        self._v1: list[int] = [m ^ _swap_halves(lane) for m, lane in zip(_MUL1, lanes, strict=True)]
        self._mul0: list[int] = list(_MUL0)
        self._mul1: list[int] = list(_MUL1)

    def update(self, lanes: tuple[int, ...]) -> None:
        v0, v1, mul0, mul1 = self._v0, self._v1, self._mul0, self._mul1
        for n, lane in enumerate(lanes):
            v1[n] = (v1[n] + mul0[n] + lane) & _64_BITS
            mul0[n] ^= (v1[n] & 0xFFFFFFFF) * (v0[n] >> 32)
            v0[n] = (v0[n] + mul1[n]) & _64_BITS
            mul1[n] ^= (v0[n] & 0xFFFFFFFF) * (v1[n] >> 32)
        for target, source in ((v0, v1), (v1, v0)):
            for n in (0, 2):
                low, high = _mix(source[n], source[n + 1])
                target[n] = (target[n] + low) & _64_BITS
                target[n + 1] = (target[n + 1] + high) & _64_BITS

    def update_last(self, rest: bytes) -> None:
        """What is left at the end: fewer bytes than a packet has."""
        size, tail = len(rest), len(rest) % 4
        self._v0 = [(v + (size << 32) + size) & _64_BITS for v in self._v0]
        self._v1 = [_rotate_halves(v, size) for v in self._v1]
        packet = bytearray(rest[: size - tail].ljust(_PACKET_BYTES, b"\0"))
        if size & 16:
            packet[28:] = rest[-4:]
        elif tail:
            last = rest[-tail:]
            packet[16:19] = bytes((last[0], last[tail >> 1], last[tail - 1]))
        self.update(struct.unpack("<4Q", packet))

    def finish(self) -> int:
        for _ in range(4):
            self.update(tuple(_swap_halves(self._v0[n]) for n in (2, 3, 0, 1)))
        return (self._v0[0] + self._v1[0] + self._mul0[0] + self._mul1[0]) & _64_BITS


def _swap_halves(lane: int) -> int:
    return lane >> 32 | (lane & 0xFFFFFFFF) << 32


def _rotate_halves(lane: int, by: int) -> int:
    halves = (lane & 0xFFFFFFFF, lane >> 32)
    low, high = ((half << by | half >> (32 - by)) & 0xFFFFFFFF for half in halves)
    return low | high << 32


def _mix(low: int, high: int) -> tuple[int, int]:
    """The bytes of two lanes in the order in which HighwayHash mixes them."""
    b = low.to_bytes(8, "little") + high.to_bytes(8, "little")
    first = bytes((b[3], b[12], b[2], b[5], b[14], b[1], b[15], b[0]))
    second = bytes((b[11], b[4], b[10], b[13], b[9], b[6], b[8], b[7]))
    return int.from_bytes(first, "little"), int.from_bytes(second, "little")
