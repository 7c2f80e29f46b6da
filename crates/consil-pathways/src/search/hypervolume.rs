//! The volume that a front dominates, exactly, for one to three objectives.

use super::pareto::front;

/// Why a hypervolume cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HypervolumeError {
    /// A point has another number of objectives than the reference.
    #[error("a point has {found} objectives and the reference point {wanted}")]
    Length {
        /// Objectives of the point.
        found: usize,
        /// Objectives of the reference.
        wanted: usize,
    },
    /// The exact method is for one to three objectives.
    #[error("the hypervolume is computed for 1 to 3 objectives, and there are {found}")]
    Objectives {
        /// How many.
        found: usize,
    },
}

/// The volume of all that `points` dominate up to `reference`, all objectives minimised; points that do not lie below the reference in every objective
/// add nothing.
///
/// Two objectives are a sum of rectangles; three are slices along the third, each the area of what lies below (the slicing of While et al., 2006),
/// in time n² log n.
///
/// # Errors
/// When lengths differ, or there are more than three objectives or none.
pub fn hypervolume(points: &[Vec<f64>], reference: &[f64]) -> Result<f64, HypervolumeError> {
    let wanted = reference.len();
    if let Some(point) = points.iter().find(|point| point.len() != wanted) {
        return Err(HypervolumeError::Length { found: point.len(), wanted });
    }
    let inside = |point: &&Vec<f64>| point.iter().zip(reference).all(|(x, r)| x < r);
    let inside: Vec<Vec<f64>> = points.iter().filter(inside).cloned().collect();
    match reference {
        [r] => Ok(inside.iter().map(|point| r - point[0]).fold(0.0, f64::max)),
        [r0, r1] => {
            let pairs = inside.iter().map(|point| (point[0], point[1])).collect();
            Ok(area(pairs, (*r0, *r1)))
        }
        [r0, r1, r2] => {
            let mut kept: Vec<Vec<f64>> = front(&inside).into_iter().map(|i| inside[i].clone()).collect();
            kept.sort_by(|a, b| a[2].total_cmp(&b[2]));
            let mut volume = 0.0;
            for i in 0..kept.len() {
                let depth = kept.get(i + 1).map_or(*r2, |next| next[2]) - kept[i][2];
                if depth > 0.0 {
                    let below = kept[..=i].iter().map(|point| (point[0], point[1])).collect();
                    volume += depth * area(below, (*r0, *r1));
                }
            }
            Ok(volume)
        }
        _ => Err(HypervolumeError::Objectives { found: wanted }),
    }
}

fn area(mut pairs: Vec<(f64, f64)>, (right, top): (f64, f64)) -> f64 {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut area, mut lowest) = (0.0, top);
    for (x, y) in pairs {
        if y < lowest {
            area += (right - x) * (lowest - y);
            lowest = y;
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Inclusion and exclusion over all subsets: exponential, and obviously right.
    fn by_inclusion(points: &[Vec<f64>], reference: &[f64]) -> f64 {
        let mut volume = 0.0;
        for subset in 1u32..1 << points.len() {
            let mut box_volume = 1.0;
            for (m, r) in reference.iter().enumerate() {
                let chosen = points.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1);
                let corner = chosen.map(|(_, point)| point[m]).fold(f64::NEG_INFINITY, f64::max);
                box_volume *= (r - corner).max(0.0);
            }
            volume += if subset.count_ones() % 2 == 1 { box_volume } else { -box_volume };
        }
        volume
    }

    proptest! {
        #[test]
        fn slicing_agrees_with_inclusion_and_exclusion(
            points in prop::collection::vec(prop::collection::vec(0.0..1.2f64, 3), 1..8),
        ) {
            for m in 1..=3 {
                let points: Vec<Vec<f64>> = points.iter().map(|point| point[..m].to_vec()).collect();
                let reference = vec![1.0; m];
                let found = hypervolume(&points, &reference).unwrap();
                prop_assert!((found - by_inclusion(&points, &reference)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_front_of_zdt1_has_its_closed_form() {
        // f₂ = 1 − √f₁ up to (1.1, 1.1): 1.21 − ∫₀¹ (1 − √x) dx = 1.21 − 1/3, less the staircase of 2,000 points (below 1/2000).
        let points: Vec<Vec<f64>> =
            (0..=2000).map(|i| f64::from(i) / 2000.0).map(|x| vec![x, 1.0 - x.sqrt()]).collect();
        let found = hypervolume(&points, &[1.1, 1.1]).unwrap();
        assert!((found - (1.21 - 1.0 / 3.0)).abs() < 1.0 / 2000.0, "{found}");
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        assert_eq!(hypervolume(&[vec![1.0]], &[1.0, 2.0]), Err(HypervolumeError::Length { found: 1, wanted: 2 }));
        assert_eq!(hypervolume(&[], &[1.0; 4]), Err(HypervolumeError::Objectives { found: 4 }));
        assert_eq!(hypervolume(&[vec![2.0, 0.0]], &[1.0, 1.0]), Ok(0.0));
    }
}
