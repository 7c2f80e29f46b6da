"""Writes the demo data next to this file: handwritten digits, spoken digits and drawn signs.

    apt-get install espeak-ng
    pip install numpy scipy scikit-learn
    python generate.py

Made once with espeak-ng 1.51, numpy 2.4, scipy 1.17 and scikit-learn 1.9; `SHA256SUMS` holds what the program embeds.
ATTRIBUTION.md says where each part comes from and how it was chosen.
"""

import gzip
import hashlib
import io
import pathlib
import struct
import subprocess
import warnings

import numpy as np
import scipy.io.wavfile
import scipy.signal
import sklearn.datasets

HERE = pathlib.Path(__file__).parent
SEED = 7

# ---------------------------------------------------------------------------------------------------------------- files


def write_gz(name, payload):
    with open(HERE / name, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(payload)


def write_idx(name, array):
    """The idx format of MNIST: type byte, number of axes, big-endian lengths, elements."""
    kind = {np.dtype(np.uint8): 0x08, np.dtype(np.int8): 0x09}[array.dtype]
    head = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    write_gz(name, head + array.tobytes())


# --------------------------------------------------------------------------------------------------- handwritten digits


def digits():
    """The 1,797 images of 8×8 pixels with levels 0…16; a random quarter is the test part."""
    data = sklearn.datasets.load_digits()
    order = np.random.default_rng(SEED).permutation(len(data.target))
    n_test = len(order) // 4
    for part, rows in [("test", np.sort(order[:n_test])), ("train", np.sort(order[n_test:]))]:
        write_idx(f"digits-{part}-images.idx.gz", data.images[rows].astype(np.uint8))
        write_idx(f"digits-{part}-labels.idx.gz", data.target[rows].astype(np.uint8))


# -------------------------------------------------------------------------------------------------------- spoken digits

WORDS = "zero one two three four five six seven eight nine".split()
ACCENTS = ["en-us", "en-gb", "en-us-nyc"]
VARIANTS = (
    "m1 m2 m3 m4 m5 m6 m7 m8 f2 f3 f5 adam Alex Annie boris caleb Denis Diogo edward2 Gene iven john linda Mario max "
    "Michael michel miguel mike paul quincy rob robert sandro steph victor Zac"
).split()
N_TEST_VOICES = 9
RATE = 8_000


def say(voice, word, words_per_minute, pitch):
    """A clip at 8 kHz from the first to the last frame within 32 dB of the loudest, with its peak at 0.9."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "--stdout", word]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a piped WAV does not know its length
        rate, x = scipy.io.wavfile.read(io.BytesIO(wav))
    x = scipy.signal.resample_poly(x / 32768, RATE, rate)
    envelope = np.sqrt(np.convolve(x**2, np.ones(80) / 80, "same"))
    loud = np.flatnonzero(envelope > envelope.max() * 10 ** (-32 / 20))
    x = x[max(0, loud[0] - 40) : loud[-1] + 40]
    return np.round(x / np.abs(x).max() * 0.9 * 32767).astype(int)


# The step sizes of IMA ADPCM (Interactive Multimedia Association, 1992), and changes of the index for three bits: these
# follow the clips with a signal-to-noise ratio of 16 dB on average, the usual -1, -1, 1, 2 with 13 dB.
STEPS = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
    130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166,
    1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845,
    8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
]  # fmt: skip
INDEX_CHANGE = [-1, -1, 2, 4]


def adpcm(samples):
    """3-bit codes, first code in the lowest bits; code = sign · 4 + magnitude, change = ±(2 · magnitude + 1) · step / 4."""
    predicted, index, bits, n_bits, packed = 0, 30, 0, 0, bytearray()
    for sample in samples:
        step = STEPS[index]
        difference = int(sample) - predicted
        magnitude = min(3, abs(difference) * 2 // step)
        change = (2 * magnitude + 1) * step // 4
        predicted = max(-32768, min(32767, predicted + (-change if difference < 0 else change)))
        index = max(0, min(88, index + INDEX_CHANGE[magnitude]))
        bits |= (magnitude | (4 if difference < 0 else 0)) << n_bits
        n_bits += 3
        while n_bits >= 8:
            packed.append(bits & 255)
            bits >>= 8
            n_bits -= 8
    if n_bits:
        packed.append(bits)
    return bytes(packed)


def spoken():
    """Ten words from each voice; the voices of the test part speak in no training clip."""
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(VARIANTS))
    lines, codes = ["label,voice,split,samples"], b""
    for nth, at in enumerate(order):
        voice = f"{ACCENTS[at % len(ACCENTS)]}+{VARIANTS[at]}"
        speed, pitch = int(rng.integers(165, 195)), int(rng.integers(30, 70))
        for label, word in enumerate(WORDS):
            samples = say(voice, word, speed, pitch)
            lines.append(f"{label},{voice},{'test' if nth < N_TEST_VOICES else 'train'},{len(samples)}")
            codes += adpcm(samples)
    (HERE / "spoken.csv").write_text("\n".join(lines) + "\n")
    write_gz("spoken.adpcm3.gz", codes)


# ---------------------------------------------------------------------------------------------------------- drawn signs

STEPS_PER_GESTURE = 32
GESTURE_RATE = 16.0  # samples per second
OVERSAMPLING = 16


def minimum_jerk(t, begin, end):
    """0 → 1 between two moments along the smoothest path of a hand (Flash and Hogan, 1985)."""
    s = np.clip((t - begin) / (end - begin), 0, 1)
    return 10 * s**3 - 15 * s**4 + 6 * s**5


def rotation(rng, degrees):
    """A random rotation by up to so many degrees about each axis (Rodrigues)."""
    x, y, z = rng.uniform(-degrees, degrees, 3) * np.pi / 180
    generator = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = max(np.sqrt(x * x + y * y + z * z), 1e-9)
    return np.eye(3) + np.sin(angle) / angle * generator + (1 - np.cos(angle)) / angle**2 * generator @ generator


class Person:
    def __init__(self, rng):
        self.size = rng.uniform(0.14, 0.30)  # length of a stroke in metres
        self.stroke = rng.uniform(0.34, 0.55)  # seconds
        self.pause = rng.uniform(0.02, 0.12)  # seconds between strokes
        self.forearm = rng.uniform(0.24, 0.34)  # metres from elbow to hand
        self.grip = rotation(rng, 20)
        self.leftward = rng.random() < 0.2  # draws the horizontal stroke from right to left
        self.accelerometer_bias = rng.normal(0, 0.25, 3)
        self.gyroscope_bias = rng.normal(0, 0.05, 3)


def gesture(rng, person, sign):
    """One drawing as [32, 6]: acceleration with gravity in m/s², angular velocity in rad/s, both in the hand's frame.

    x points right, y up, z from the drawn plane to the person. A plus is a horizontal stroke, a lifted return to the top and
    a downward stroke; a minus is the horizontal stroke, after which the hand comes back or rests.
    """
    n = STEPS_PER_GESTURE * OVERSAMPLING
    t = np.arange(n) / (GESTURE_RATE * OVERSAMPLING)
    size = person.size * rng.uniform(0.8, 1.2)
    stroke, pause = person.stroke * rng.uniform(0.85, 1.15), person.pause * rng.uniform(0.5, 1.5)
    begin = rng.uniform(0.08, 0.35)
    across = -1 if person.leftward else 1
    x = across * size * (minimum_jerk(t, begin, begin + stroke) - 0.5)
    y, z = np.zeros(n), np.zeros(n)
    back = begin + stroke + pause
    if sign == "plus":
        back_end = back + stroke * rng.uniform(0.6, 0.9)
        down = back_end + pause
        x -= across * size / 2 * minimum_jerk(t, back, back_end)
        y += size * rng.uniform(0.4, 0.6) * minimum_jerk(t, back, back_end)
        z += 0.04 * (minimum_jerk(t, back, (back + back_end) / 2) - minimum_jerk(t, (back + back_end) / 2, back_end))
        y -= size * rng.uniform(0.85, 1.1) * minimum_jerk(t, down, down + stroke * rng.uniform(0.8, 1.1))
    elif rng.random() < 0.5:
        rest = rng.uniform(0.2, 1.0)
        x -= across * size * rest * minimum_jerk(t, back, back + stroke * rng.uniform(1.0, 1.6))
        y -= 0.06 * rng.uniform(0, 1) * minimum_jerk(t, back, back + stroke)
    tilt = rng.uniform(-0.15, 0.15)  # a stroke is never quite level
    x, y = x * np.cos(tilt) - y * np.sin(tilt), x * np.sin(tilt) + y * np.cos(tilt)
    position = np.stack([x, y, z], 1)
    rate = GESTURE_RATE * OVERSAMPLING
    velocity = np.gradient(position, 1 / rate, axis=0)
    acceleration = np.gradient(velocity, 1 / rate, axis=0) + [0, 9.81, 0]
    turning = np.stack([velocity[:, 1], -velocity[:, 0], 0.3 * velocity[:, 0]], 1) / person.forearm
    sway = np.cumsum(rng.normal(0, 0.02, (n, 3)), 0)
    tremor = 0.15 * np.sin(2 * np.pi * rng.uniform(7, 8) * t + rng.uniform(0, 2 * np.pi))[:, None] * rng.normal(0, 1, 3)
    hold = person.grip @ rotation(rng, 8)
    acceleration = (acceleration + tremor) @ hold.T + person.accelerometer_bias
    turning = (turning + 0.3 * sway) @ hold.T + person.gyroscope_bias
    coarse = np.concatenate([acceleration, turning], 1).reshape(STEPS_PER_GESTURE, OVERSAMPLING, 6).mean(1)
    return coarse + rng.normal(0, [0.35] * 3 + [0.12] * 3, coarse.shape)


def gestures():
    """20 people draw each sign ten times for training; 6 other people for the test. Stored as round(6·a) and round(20·ω)."""
    rng = np.random.default_rng(SEED)
    scale = np.array([6.0] * 3 + [20.0] * 3)
    person = 0
    for part, n_people in [("train", 20), ("test", 6)]:
        series, labels = [], []
        for _ in range(n_people):
            who = Person(rng)
            for i in range(20):
                series.append(np.clip(np.round(gesture(rng, who, ["plus", "minus"][i % 2]) * scale), -127, 127))
                labels.append((i % 2, person))
            person += 1
        write_idx(f"gestures-{part}-series.idx.gz", np.array(series).astype(np.int8))
        write_idx(f"gestures-{part}-labels.idx.gz", np.array(labels).astype(np.uint8))


if __name__ == "__main__":
    digits()
    spoken()
    gestures()
    files = sorted(HERE.glob("*.gz")) + [HERE / "spoken.csv"]
    sums = "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in files)
    (HERE / "SHA256SUMS").write_text(sums)
    for file in files:
        print(f"{file.stat().st_size:8} {file.name}")
    print(f"{sum(f.stat().st_size for f in files):8} in all")
