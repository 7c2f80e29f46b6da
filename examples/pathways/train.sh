#!/bin/sh
# Twelve trainings of the spec beside this script: widths from 2 to 24, from 3,000 to 60,000 images, all else the same.
# Usage: train.sh RUNS, with `consil` on the path and MNIST fetched (`consil data fetch mnist`).
set -eu
here=$(dirname "$0")
seed=1
while read -r width images; do
    consil train "$here/consil.toml" --runs "$1" --quiet \
        --set "seed=$seed" \
        --set "data.compose.train=$images" \
        --set "head.encoder.image=[{ conv = $width, kernel = 3 }, 'relu', { max-pool = 2 }, { conv = $((2 * width)), kernel = 3 }, 'relu', { max-pool = 2 }, 'flatten']"
    seed=$((seed + 1))
done <<SIZES
2 3000
2 9000
2 27000
4 3000
4 9000
4 27000
8 3000
8 9000
8 27000
12 9000
12 27000
24 60000
SIZES
