"""Runs the programs of crates/consil-logic/tests/programs through ProbLog 2.3 and through Consilience, and compares.

    python3 -m venv venv && venv/bin/pip install 'problog==2.3.*' pysdd
    venv/bin/python crates/consil-bench/conformance/problog_conformance.py [--all] [--seconds N] [PATH ...]

Two programs agree if both give the same answers with the same probabilities (to 1e-6; answers of probability zero need
not be listed), or if both have an error. differences.toml lists the programs on which they differ on purpose, with the
reason; the exit status is 1 if any other differs, or if a listed one agrees after all. Without ProbLog the status is 2.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tomllib
import warnings

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROGRAMS = ROOT / "crates/consil-logic/tests/programs"
TOLERANCE = 1e-6


def canonical(term):
    """A term in one notation: functors quoted, floats to nine digits, all variables alike."""
    from problog.logic import Constant, Var

    if term is None or isinstance(term, (int, Var)):
        return "_"
    if isinstance(term, Constant):
        if isinstance(term.value, float):
            return f"{term.value:.9g}" if "." in f"{term.value:.9g}" else f"{term.value:.9g}.0"
        return str(term.value)
    functor = str(term.functor)
    if len(functor) > 1 and functor[0] == functor[-1] == "'":
        functor = functor[1:-1].replace("\\'", "'")
    if functor == "-" and len(term.args) == 1 and isinstance(term.args[0], Constant):
        return "-" + canonical(term.args[0])
    if not term.args:
        return repr(functor)
    return f"{functor!r}({','.join(map(canonical, term.args))})"


def problog_answers(path, seconds):
    """The answers by their canonical terms, or a text that says what went wrong."""
    from problog import get_evaluatable
    from problog.program import PrologFile

    def too_long(*_):
        raise TimeoutError(f"no answer in {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        result = get_evaluatable().create_from(PrologFile(str(path))).evaluate()
        return {canonical(answer): probability for answer, probability in result.items()}
    except BaseException as error:  # ProbLog's own errors, and Python's recursion and time limits
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)


def our_answers(paths):
    command = ["cargo", "run", "--quiet", "-p", "consil-logic", "--example", "answers", "--", *map(str, paths)]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [json.loads(line, parse_constant=lambda _: None) for line in output.splitlines()]


def read(text):
    from problog.program import PrologString

    return canonical(next(iter(PrologString(f"answer(({text}))."))).args[0])


def compare(theirs, ours):
    """Nothing if they agree, else what differs."""
    if isinstance(theirs, str):
        return None if "error" in ours else f"ProbLog has an error: {theirs.splitlines()[0][:120]}"
    if "error" in ours:
        return f"Consilience has an error: {ours['error'].splitlines()[0]}"
    try:
        mine = {read(answer): probability for answer, probability in ours["answers"]}
    except Exception as error:
        return f"ProbLog cannot read an answer of Consilience: {error}"
    for answer in sorted(mine.keys() | theirs.keys()):
        a, b = mine.get(answer) or 0.0, theirs.get(answer) or 0.0
        if abs(a - b) > TOLERANCE:
            return f"{answer}: Consilience {a:.9g}, ProbLog {b:.9g}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=pathlib.Path, default=[PROGRAMS])
    parser.add_argument("--all", action="store_true", help="print every program, not only those that differ")
    parser.add_argument("--seconds", type=int, default=60, help="how long ProbLog may take for one program")
    arguments = parser.parse_args()
    try:
        import problog.version
    except ImportError:
        print("ProbLog is absent, nothing was compared: pip install 'problog==2.3.*' pysdd", file=sys.stderr)
        return 2
    version = problog.version.version
    if not version.startswith("2.3."):
        print(f"This is ProbLog {version}; the comparison is with 2.3.*", file=sys.stderr)
        return 2
    warnings.filterwarnings("ignore")
    sys.setrecursionlimit(20000)
    expected = tomllib.loads((HERE / "differences.toml").read_text())
    files = [file for path in arguments.paths for file in ([path] if path.is_file() else sorted(path.rglob("*.pl")))]
    files = [file.resolve() for file in files if file.parent.name != "files"]
    agree, listed, wrong = 0, 0, 0
    for file, ours in zip(files, our_answers(files), strict=True):
        name = str(file.relative_to(PROGRAMS)) if file.is_relative_to(PROGRAMS) else file.name
        difference = compare(problog_answers(file, arguments.seconds), ours)
        reason = expected.get(name)
        if difference is None and reason is None:
            agree += 1
            if arguments.all:
                print(f"agree      {name}")
        elif difference is not None and reason is not None:
            listed += 1
            print(f"on purpose {name}: {reason}")
        else:
            wrong += 1
            print(f"DIFFER     {name}: {difference or 'listed in differences.toml, and yet they agree'}")
    compared = agree + wrong
    share = 100 * agree / compared if compared else 0.0
    print(f"ProbLog {version}: {agree} of {compared} agree ({share:.1f} %); {listed} differ on purpose")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
