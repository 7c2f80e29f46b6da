"""FedNova and SCAFFOLD on three quadratic clients, written from the papers in NumPy, in float64.

Client i minimises F_i(w) = 1/2 sum_j a_ij (w_j - c_ij)^2 by tau_i steps of gradient descent, tau = 1, 4, 16, for ten rounds.

FedNova: Wang, Liu, Liang, Joshi, Poor (2020), "Tackling the Objective Inconsistency Problem in Heterogeneous Federated
Optimization", arXiv:2007.07481. The cumulative change of a client is -eta G_i a_i (section 4, "a general theoretical framework"); its
normalised gradient is d_i = G_i a_i / ||a_i||_1; the server moves by x <- x - tau_eff sum_i p_i eta d_i with
tau_eff = sum_i p_i ||a_i||_1 (section 5, FedNova), p_i = n_i / n. For local momentum rho,
a_i = [1 - rho^tau, 1 - rho^(tau-1), ..., 1 - rho] / (1 - rho) (section 4).

SCAFFOLD: Karimireddy, Kale, Mohri, Reddi, Stich, Suresh (2020), "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning",
arXiv:1910.06378, algorithm 1 with option II for the control variates.

    python3 strategies.py > strategies.json
"""

import json

import numpy as np

CURVATURE = np.array([[0.5, 2.0, 1.0], [1.5, 0.25, 3.0], [1.0, 1.0, 0.75]])
CENTER = np.array([[1.0, -2.0, 0.5], [-1.0, 0.75, 2.0], [0.25, 1.5, -1.25]])
SAMPLES = np.array([10.0, 40.0, 25.0])
STEPS = [1, 4, 16]
ETA = 0.05
ROUNDS = 10
# The clients that take part in each round of the second SCAFFOLD federation.
SAMPLED = [[0, 1], [1, 2], [0, 2], [0, 1, 2], [1], [0, 2], [2], [0, 1], [1, 2], [0, 1, 2]]


def gradient(i, w):
    return CURVATURE[i] * (w - CENTER[i])


def fed_nova(rho):
    """Ten rounds; local momentum as PyTorch has it: v <- rho v + g, w <- w - eta v."""
    p = SAMPLES / SAMPLES.sum()
    x, path = np.zeros(3), []
    for _ in range(ROUNDS):
        tau_eff, direction = 0.0, np.zeros(3)
        for i, tau in enumerate(STEPS):
            y, v, gradients = x.copy(), np.zeros(3), []
            for _ in range(tau):
                g = gradient(i, y)
                gradients.append(g)
                v = rho * v + g
                y = y - ETA * v
            a = np.array([1.0 - rho ** (tau - k) for k in range(tau)]) / (1.0 - rho)
            G = np.array(gradients).T
            assert np.allclose(x - ETA * (G @ a), y, atol=1e-13), "the framework's update is the optimiser's"
            l1 = np.abs(a).sum()
            direction += p[i] * (G @ a) / l1
            tau_eff += p[i] * l1
        x = x - tau_eff * ETA * direction
        path.append(x.tolist())
    return path


def scaffold(eta_g, rounds):
    n = len(STEPS)
    x, c, c_i, path = np.zeros(3), np.zeros(3), np.zeros((n, 3)), []
    for sampled in rounds:
        delta_y, delta_c = [], []
        for i in sampled:
            y = x.copy()
            for _ in range(STEPS[i]):
                y = y - ETA * (gradient(i, y) - c_i[i] + c)
            c_plus = c_i[i] - c + (x - y) / (STEPS[i] * ETA)
            delta_y.append(y - x)
            delta_c.append(c_plus - c_i[i])
            c_i[i] = c_plus
        x = x + eta_g * np.mean(delta_y, axis=0)
        c = c + len(sampled) / n * np.mean(delta_c, axis=0)
        path.append(x.tolist())
    return path


def main():
    everyone = [[0, 1, 2]] * ROUNDS
    print(
        json.dumps(
            {
                "curvature": CURVATURE.tolist(),
                "center": CENTER.tolist(),
                "samples": SAMPLES.astype(int).tolist(),
                "steps": STEPS,
                "eta": ETA,
                "sampled": SAMPLED,
                "fed-nova": fed_nova(0.0),
                "fed-nova with momentum 0.5": fed_nova(0.5),
                "scaffold": scaffold(1.0, everyone),
                "scaffold with a server rate of 0.5, some clients": scaffold(0.5, SAMPLED),
            },
            indent=1,
        )
    )


main()
