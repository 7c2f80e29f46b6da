"""The bootstrap of a Hoffmann law by SciPy, over the resamples in a file: run by `cargo bench -p consil-bench --bench pathways`.

SciPy gets analytic gradients, the optimum of all runs as its start, each distinct run once with its weight, and two scales of the objective: as it is, and
divided by delta, which suits its stopping rule better. Times are processor seconds of this process, without reading the file.
"""

import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import minimize


def objective(theta, log_n, log_d, log_loss, weight, delta, scale):
    a, b, e, alpha, beta = theta
    terms = np.stack([a - alpha * log_n, b - beta * log_d, np.full_like(log_n, e)])
    largest = terms.max(0)
    shares = np.exp(terms - largest)
    total = shares.sum(0)
    residual = largest + np.log(total) - log_loss
    size = np.abs(residual)
    value = np.where(size <= delta, 0.5 * residual**2, delta * (size - 0.5 * delta))
    slope = scale * weight * np.clip(residual, -delta, delta) * shares / total
    gradient = [slope[0].sum(), slope[1].sum(), slope[2].sum(), -(slope[0] * log_n).sum(), -(slope[1] * log_d).sum()]
    return scale * (weight * value).sum(), np.array(gradient)


def main():
    with open(sys.argv[1]) as file:
        given = json.load(file)
    log_n, log_d, log_loss = (np.array(given[name]) for name in ("log_n", "log_d", "log_loss"))
    counts = [np.array(count) for count in given["counts"]]
    answer = {"version": scipy.__version__, "scales": []}
    for scale in (1.0, 1.0 / given["delta"]):
        thetas, values = [], []
        began = time.process_time()
        for count in counts:
            kept = count > 0
            data = (log_n[kept], log_d[kept], log_loss[kept], count[kept].astype(float), given["delta"], scale)
            fit = minimize(objective, given["start"], args=data, jac=True, method="BFGS")
            thetas.append(fit.x)
            values.append(fit.fun / scale)
        seconds = time.process_time() - began
        natural = np.array(thetas)
        natural[:, :3] = np.exp(natural[:, :3])
        errors = natural.std(0, ddof=1).tolist()
        answer["scales"].append({"scale": scale, "seconds": seconds, "values": values, "standard_errors": errors})
    print(json.dumps(answer))


main()
