"""The bootstrap of the Chinchilla refit, by SciPy and by consil-pathways, over the same resamples in one run.

    cargo build --release -p consil-pathways --example bootstrap
    CONSIL_DATA=... OPENBLAS_NUM_THREADS=1 python bootstrap_peer.py PATH_TO_THE_BUILT_EXAMPLE

SciPy gets analytic gradients, the optimum of all runs as its start, each distinct run once with its weight, and two scales of the objective: as it is, and
divided by delta, which suits its stopping rule better. Both sides run on one thread; times are CPU seconds of the process.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3


def runs():
    path = os.path.join(os.environ["CONSIL_DATA"], "pathways/chinchilla/svg_extracted_data.csv")
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    n = np.array([float(row["Model Size"]) for row in rows])
    c = np.array([float(row["Training FLOP"]) for row in rows])
    loss = np.array([float(row["loss"]) for row in rows])
    kept = loss < np.sort(loss)[-5]
    return np.log(n[kept]), np.log(c[kept] / (6 * n[kept])), np.log(loss[kept])


def objective(theta, log_n, log_d, log_loss, weight, scale):
    a, b, e, alpha, beta = theta
    terms = np.stack([a - alpha * log_n, b - beta * log_d, np.full_like(log_n, e)])
    largest = terms.max(0)
    shares = np.exp(terms - largest)
    total = shares.sum(0)
    residual = largest + np.log(total) - log_loss
    size = np.abs(residual)
    value = np.where(size <= DELTA, 0.5 * residual**2, DELTA * (size - 0.5 * DELTA))
    slope = scale * weight * np.clip(residual, -DELTA, DELTA) * shares / total
    gradient = np.array([slope[0].sum(), slope[1].sum(), slope[2].sum(), -(slope[0] * log_n).sum(), -(slope[1] * log_d).sum()])
    return scale * (weight * value).sum(), gradient


def by_scipy(counts, start, scale):
    log_n, log_d, log_loss = runs()
    thetas, values = [], []
    began = time.process_time()
    for count in counts:
        kept = count > 0
        data = (log_n[kept], log_d[kept], log_loss[kept], count[kept].astype(float), scale)
        fit = minimize(objective, start, args=data, jac=True, method="BFGS")
        thetas.append(fit.x)
        values.append(fit.fun / scale)
    return time.process_time() - began, np.array(thetas), np.array(values)


def main():
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    plain = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True)
    ours_seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    ours = json.loads(plain.stdout)
    counts = np.array(json.loads(subprocess.run([sys.argv[1], "--counts"], check=True, capture_output=True, text=True).stdout)["counts"])
    start = np.array(ours["estimates"])
    start[:3] = np.log(start[:3])
    values = np.array(ours["values"])
    print(f"resamples {len(counts)}, objective of the fit {ours['value']:.13f}")
    print(f"consil  {ours_seconds:6.2f} CPU s  (reading the file and the first fit from all starts included), {ours['mean-evaluations']:.1f} evaluations each")
    print("        standard errors", [f"{value:.5g}" for value in ours["standard-errors"]])
    for scale in (1.0, 1.0 / DELTA):
        seconds, thetas, theirs = by_scipy(counts, start, scale)
        natural = np.hstack([np.exp(thetas[:, :3]), thetas[:, 3:]])
        difference = values / theirs - 1
        print(f"SciPy   {seconds:6.2f} CPU s  (objective times {scale:g}): {seconds / ours_seconds:.1f} times as long")
        print("        standard errors", [f"{value:.5g}" for value in natural.std(0, ddof=1)])
        print(f"        ours above theirs at most by {difference.max():.1e} of the value, below by {-difference.min():.1e};"
              f" within 1e-6: {100 * np.mean(np.abs(difference) < 1e-6):.2f} %")


main()
