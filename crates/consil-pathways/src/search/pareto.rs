//! Dominance: which results are better in nothing and worse in something.

/// Whether `a` is at least as good as `b` in every objective and better in one.
pub fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

/// The places of those that nobody dominates.
pub fn front(points: &[Vec<f64>]) -> Vec<usize> {
    (0..points.len()).filter(|i| !points.iter().any(|other| dominates(other, &points[*i]))).collect()
}

/// All points by rank: the front, the front of the rest, and so on (fast non-dominated sorting; Deb et al., 2002, section III.A).
pub fn fronts(points: &[Vec<f64>]) -> Vec<Vec<usize>> {
    let n = points.len();
    let mut above = vec![0; n];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); n];
    for i in 0..n {
        for j in i + 1..n {
            let (better, worse) = match () {
                () if dominates(&points[i], &points[j]) => (i, j),
                () if dominates(&points[j], &points[i]) => (j, i),
                () => continue,
            };
            below[better].push(worse);
            above[worse] += 1;
        }
    }
    let mut ranks = Vec::new();
    let mut rank: Vec<usize> = (0..n).filter(|i| above[*i] == 0).collect();
    while !rank.is_empty() {
        let mut next = Vec::new();
        for i in &rank {
            for j in &below[*i] {
                above[*j] -= 1;
                if above[*j] == 0 {
                    next.push(*j);
                }
            }
        }
        next.sort_unstable();
        ranks.push(std::mem::replace(&mut rank, next));
    }
    ranks
}

/// How far each point of a front stands from its neighbours, summed over objectives in units of the objective's range; infinite at the ends (Deb et
/// al., 2002, section III.B).
pub(super) fn crowding(points: &[&[f64]]) -> Vec<f64> {
    let mut distance = vec![0.0; points.len()];
    let n_objectives = points.first().map_or(0, |point| point.len());
    for m in 0..n_objectives {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|a, b| points[*a][m].total_cmp(&points[*b][m]));
        let (first, last) = (order[0], order[order.len() - 1]);
        let range = points[last][m] - points[first][m];
        distance[first] = f64::INFINITY;
        distance[last] = f64::INFINITY;
        for three in order.windows(3) {
            if range > 0.0 {
                distance[three[1]] += (points[three[2]][m] - points[three[0]][m]) / range;
            }
        }
    }
    distance
}
