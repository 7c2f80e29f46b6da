"""Measures what the examples reach, by the program as a user runs it, and prints tables in Markdown.

    cargo build --release -p consil-cli
    python3 crates/consil-bench/figures/figures.py demo            # five seeds
    CONSIL_DATA=… python3 crates/consil-bench/figures/figures.py mnist-sum see-and-hear speakers

Needs Python 3.9 and nothing else. `--consil PATH` names another binary, `--seeds 1,2,3` other seeds; `--runs DIR` keeps the run folders.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPEAKERS = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]


def percent(share):
    return f"{100 * share:.2f} %"


def spread(shares):
    """Mean, standard deviation (of the sample) and least of several shares."""
    deviation = statistics.stdev(shares) if len(shares) > 1 else 0.0
    return f"{100 * statistics.mean(shares):.2f} ± {100 * deviation:.2f} %, least {percent(min(shares))}"


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


class Program:
    def __init__(self, path, runs):
        self.path, self.runs = path, runs

    def json(self, *words):
        command = [str(self.path), *words, "--json", "--quiet", "--runs", self.runs]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)


def demo(consil, seeds):
    runs = [consil.json("demo", "--seed", str(seed)) for seed in seeds]
    rows = []
    for seed, run in zip(seeds, runs):
        for side in ("central", "federated"):
            score = run[side]
            concepts = [percent(score["concepts"][modality]) for modality in ("image", "speech", "gesture")]
            seconds = f"{run['seconds']:.1f}" if side == "central" else ""
            rows.append([seed, side, percent(score["result_accuracy"]), *concepts, seconds])
    table(["seed", "training", "result", "image", "speech", "gesture", "seconds, both"], rows)
    for side in ("central", "federated"):
        print(f"- {side}: result {spread([run[side]['result_accuracy'] for run in runs])}")
        for modality in ("image", "speech", "gesture"):
            print(f"  - {modality}: {spread([run[side]['concepts'][modality] for run in runs])}")
    print(f"- seconds: median {statistics.median(run['seconds'] for run in runs):.1f}")
    print(f"- distinct test items: {runs[0]['distinct_test']}\n", flush=True)


def train(consil, example, seeds, *changes):
    spec = f"examples/{example}/consil.toml"
    words = [word for change in changes for word in ("--set", change)]
    return [consil.json("train", spec, "--set", f"seed={seed}", *words) for seed in seeds]


def accuracy(run):
    return run["test"]["result_accuracy"]


def mnist_sum(consil, seeds):
    runs = train(consil, "mnist-sum", seeds)
    rows = []
    for seed, run in zip(seeds, runs):
        record = json.loads((ROOT / run["run"] / "result.json").read_text())
        epoch = record["seconds"] / epochs_of(run)
        rows.append([seed, percent(accuracy(run)), f"{epoch:.1f}", percent(record["logic_share"])])
    table(["seed", "sum", "seconds an epoch", "share of the rules in a step"], rows)
    print(f"- sum: {spread([accuracy(run) for run in runs])}\n", flush=True)


def epochs_of(run):
    records = (ROOT / run["run"] / "metrics.jsonl").read_text().splitlines()
    return max(json.loads(line).get("epoch", 0) for line in records)


def see_and_hear(consil, seeds):
    runs = train(consil, "see-and-hear", seeds)
    table(["seed", "sum", "image", "speech"], [row(seed, run) for seed, run in zip(seeds, runs)])
    print(f"- sum: {spread([accuracy(run) for run in runs])}\n", flush=True)


def row(name, run):
    concepts = run["test"]["concepts"]
    return [name, percent(accuracy(run)), percent(concepts["image"]), percent(concepts["speech"])]


def speakers(consil, seeds):
    runs = {}
    for speaker in SPEAKERS:
        change = f'data.pool.spoken.test={{ speaker = ["{speaker}"] }}'
        runs[speaker] = train(consil, "see-and-hear", seeds[:1], change)[0]
    table(["speaker left out", "sum", "image", "speech"], [row(name, run) for name, run in runs.items()])
    print(f"- sum, over the six: {spread([accuracy(run) for run in runs.values()])}\n", flush=True)


MEASURES = {"demo": (demo, "1,2,3,4,5"), "mnist-sum": (mnist_sum, "1,2,3"), "see-and-hear": (see_and_hear, "1,2,3"), "speakers": (speakers, "1")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="+", choices=list(MEASURES))
    parser.add_argument("--consil", type=pathlib.Path, default=ROOT / "target/release/consil")
    parser.add_argument("--seeds", help="such as 1,2,3")
    parser.add_argument("--runs", help="where run folders are kept; without it they are removed")
    args = parser.parse_args()
    if not args.consil.exists():
        sys.exit(f"{args.consil} is not there; say cargo build --release -p consil-cli")
    with tempfile.TemporaryDirectory() as scratch:
        consil = Program(args.consil, args.runs or scratch)
        for name in args.what:
            measure, seeds = MEASURES[name]
            if name != "demo" and "CONSIL_DATA" not in os.environ:
                print(f"{name} skipped: CONSIL_DATA not set\n")
                continue
            print(f"### {name}\n")
            measure(consil, [int(seed) for seed in (args.seeds or seeds).split(",")])


if __name__ == "__main__":
    main()
