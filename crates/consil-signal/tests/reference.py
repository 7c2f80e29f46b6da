"""Writes the golden files of `tests/golden` with numpy and scipy, independently of the Rust code.

    python tests/reference.py

The log-mel reference follows librosa's conventions: periodic Hann window, centred frames with zero padding, power
spectrum, triangular filters (Slaney scale with unit area; HTK scale with unit height), natural logarithm.
"""

import pathlib

import numpy as np
import scipy.signal

GOLDEN = pathlib.Path(__file__).parent / "golden"


def chirp(n, rate):
    t = np.arange(n) / rate
    return (0.6 * np.sin(2 * np.pi * (200 * t + 900 * t**2)) + 0.2 * np.cos(2 * np.pi * 1700 * t)).astype(np.float32)


def hz_to_mel(f, htk):
    f = np.asarray(f, float)
    if htk:
        return 2595 * np.log10(1 + f / 700)
    return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1e-9) / 1000) / (np.log(6.4) / 27))


def mel_to_hz(m, htk):
    if htk:
        return 700 * (10 ** (m / 2595) - 1)
    return np.where(m < 15, m * 200 / 3, 1000 * np.exp((np.log(6.4) / 27) * (m - 15)))


def filters(rate, n_fft, n_mels, fmin, fmax, htk):
    corners = mel_to_hz(np.linspace(hz_to_mel(fmin, htk), hz_to_mel(fmax, htk), n_mels + 2), htk)
    ramps = corners[:, None] - np.fft.rfftfreq(n_fft, 1 / rate)[None, :]
    widths = np.diff(corners)
    lower = -ramps[:-2] / widths[:-1, None]
    upper = ramps[2:] / widths[1:, None]
    bank = np.maximum(0, np.minimum(lower, upper))
    return bank if htk else bank * (2 / (corners[2:] - corners[:-2]))[:, None]


def log_mel(x, rate, n_fft, hop, n_mels, fmin, fmax, htk):
    padded = np.pad(x.astype(float), n_fft // 2)
    window = scipy.signal.get_window("hann", n_fft, fftbins=True)
    frames = [padded[i * hop : i * hop + n_fft] * window for i in range(1 + len(x) // hop)]
    power = np.abs(np.fft.rfft(frames)) ** 2
    return np.log(1e-6 + power @ filters(rate, n_fft, n_mels, fmin, fmax, htk).T)


def write(name, values):
    np.savetxt(GOLDEN / name, np.atleast_2d(values), fmt="%.7g")


GOLDEN.mkdir(exist_ok=True)
write("log_mel_slaney.txt", log_mel(chirp(2000, 8000), 8000, 256, 128, 16, 0, 4000, htk=False))
write("log_mel_htk.txt", log_mel(chirp(3000, 16000), 16000, 400, 160, 10, 60, 7600, htk=True))
x = chirp(300, 8000)
write("resample_3_5.txt", scipy.signal.resample_poly(x, 3, 5, window=("kaiser", 5.0)))
write("resample_441_160.txt", scipy.signal.resample_poly(x[:60], 441, 160, window=("kaiser", 5.0)))
