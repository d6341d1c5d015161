import math
import random
import struct
import zlib
from functools import lru_cache

RATE = 8000
BYTES_PER_FRAME = 2
HEADER_SIZE = 44
VOICES = 4
PHRASE_SECONDS = 4


class WaveAudio:
    """A WAV file (8 kHz, 16 bit, mono) that sounds like somebody mumbling; the same for the same recording.

    It is made piece by piece when it is read, so its length costs no memory.
    """

    def __init__(self, recording_sid: str, seconds: int) -> None:
        self._phrase = _phrase(zlib.crc32(recording_sid.encode()) % VOICES)
        self._data_size = seconds * RATE * BYTES_PER_FRAME
        self.size = HEADER_SIZE + self._data_size

    def read(self, start: int, stop: int) -> bytes:
        header = _header(self._data_size)[start:stop]
        first = max(0, start - HEADER_SIZE)
        last = max(0, min(stop, self.size) - HEADER_SIZE)
        offset = first % len(self._phrase)
        repeats = (offset + last - first) // len(self._phrase) + 1
        return header + (self._phrase * repeats)[offset : offset + last - first]


def _header(data_size: int) -> bytes:
    rate, width = RATE, BYTES_PER_FRAME
    riff = struct.pack("<4sI4s", b"RIFF", HEADER_SIZE - 8 + data_size, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * width, width, 8 * width)
    return riff + form + struct.pack("<4sI", b"data", data_size)


@lru_cache(maxsize=VOICES)
def _phrase(voice: int) -> bytes:
    """Four seconds of syllables: a pitch with two overtones under a swelling and fading envelope."""
    dice = random.Random(voice)  # noqa: S311
    samples: list[int] = []
    while len(samples) < PHRASE_SECONDS * RATE:
        length = dice.randrange(RATE // 8, RATE // 4)
        pitch = dice.uniform(100, 220)
        samples.extend(_syllable(pitch, length))
        samples.extend([0] * dice.randrange(RATE // 50, RATE // 12))
    del samples[PHRASE_SECONDS * RATE :]
    return struct.pack(f"<{len(samples)}h", *samples)


def _syllable(pitch: float, length: int) -> list[int]:
    step = 2 * math.pi * pitch / RATE
    return [
        int(
            6000
            * math.sin(math.pi * index / length)
            * (math.sin(step * index) + 0.5 * math.sin(3 * step * index) + 0.25 * math.sin(7 * step * index))
        )
        for index in range(length)
    ]
