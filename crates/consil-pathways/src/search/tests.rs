use std::f64::consts::PI;

use consil_random::Key;

use super::*;

fn reals(n: usize, low: f64, high: f64) -> Space {
    Space::new((0..n).map(|i| (format!("x{i}"), Gene::Real { low, high })).collect()).unwrap()
}

fn values(genome: &Genome) -> Vec<f64> {
    genome.iter().map(|allele| if let Allele::Real(x) = allele { *x } else { panic!("{allele:?}") }).collect()
}

/// ZDT1 (Zitzler, Deb and Thiele, 2000): 30 variables, front f₂ = 1 − √f₁.
fn zdt1(genome: &Genome) -> Option<Vec<f64>> {
    let x = values(genome);
    let g = 1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64;
    Some(vec![x[0], g * (1.0 - (x[0] / g).sqrt())])
}

/// ZDT3: a front in five pieces.
fn zdt3(genome: &Genome) -> Option<Vec<f64>> {
    let x = values(genome);
    let g = 1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64;
    let share = x[0] / g;
    Some(vec![x[0], g * (1.0 - share.sqrt() - share * (10.0 * PI * x[0]).sin())])
}

/// DTLZ2 (Deb, Thiele, Laumanns and Zitzler, 2002) with three objectives: the front is the unit sphere's octant.
fn dtlz2(genome: &Genome) -> Option<Vec<f64>> {
    let x = values(genome);
    let g: f64 = x[2..].iter().map(|x| (x - 0.5).powi(2)).sum();
    let (a, b) = (0.5 * PI * x[0], 0.5 * PI * x[1]);
    Some(vec![(1.0 + g) * a.cos() * b.cos(), (1.0 + g) * a.cos() * b.sin(), (1.0 + g) * a.sin()])
}

fn last_front(evaluated: &[Evaluated], n: usize) -> Vec<Vec<f64>> {
    let points: Vec<Vec<f64>> = evaluated[evaluated.len() - n..].iter().filter_map(|e| e.objectives.clone()).collect();
    front(&points).into_iter().map(|i| points[i].clone()).collect()
}

#[test]
fn nsga2_converges_on_zdt1_as_published() {
    // Deb et al. (2002), table II: real-coded NSGA-II, 100 × 250 evaluations, mean distance to the front 0.033482 on ZDT1.
    let mut searcher = Nsga2::new(reals(30, 0.0, 1.0), Nsga2Config::default(), Key::new(1));
    let all = search(&mut searcher, 25_000, &mut zdt1);
    let found = last_front(&all, 100);
    let distance = |point: &Vec<f64>| {
        (0..=500)
            .map(|i| f64::from(i) / 500.0)
            .map(|x| (point[0] - x).hypot(point[1] - 1.0 + x.sqrt()))
            .fold(9.0, f64::min)
    };
    let mean = found.iter().map(distance).sum::<f64>() / found.len() as f64;
    assert!(mean < 0.033482, "mean distance to the front: {mean}");
    // The front's own volume up to (1.1, 1.1) is 1.21 − 1/3; a hundred points cannot fill more than about 0.6 % less.
    let volume = hypervolume(&found, &[1.1, 1.1]).unwrap();
    assert!(volume > 0.86 && volume < 1.21 - 1.0 / 3.0, "{volume}");
    let spread = found.iter().map(|point| point[0]).fold(0.0, f64::max);
    assert!(spread > 0.95, "the whole front is covered: {spread}");
}

#[test]
fn nsga2_finds_the_five_pieces_of_zdt3() {
    let mut searcher = Nsga2::new(reals(30, 0.0, 1.0), Nsga2Config::default(), Key::new(2));
    let found = last_front(&search(&mut searcher, 25_000, &mut zdt3), 100);
    // The pieces in f₁ (Zitzler et al., 2000).
    let pieces = [(0.0, 0.083), (0.182, 0.258), (0.409, 0.454), (0.618, 0.653), (0.823, 0.852)];
    for (from, to) in pieces {
        let there = found.iter().filter(|point| point[0] > from - 0.01 && point[0] < to + 0.01).count();
        assert!(there >= 5, "{there} points between {from} and {to}");
    }
}

#[test]
fn nsga2_comes_near_the_sphere_of_dtlz2() {
    let mut searcher = Nsga2::new(reals(12, 0.0, 1.0), Nsga2Config::default(), Key::new(3));
    let found = last_front(&search(&mut searcher, 20_000, &mut dtlz2), 100);
    let radius = found.iter().map(|p| p.iter().map(|x| x * x).sum::<f64>().sqrt()).sum::<f64>() / found.len() as f64;
    assert!((1.0..1.15).contains(&radius), "mean radius {radius}, and the front's is 1");
    // Up to (1.1, 1.1, 1.1) the octant's own volume is 1.331 − π/6 = 0.807; random search at this budget has far less.
    let volume = hypervolume(&found, &[1.1; 3]).unwrap();
    assert!(volume > 0.62 && volume < 1.331 - PI / 6.0, "{volume}");
}

#[test]
fn nsga2_beats_random_search_over_mixed_genes_on_five_seeds() {
    // Depth, width, a category and a rate: a smooth loss against its cost, neither of which any gene decides alone.
    let space = Space::new(vec![
        ("depth".into(), Gene::Integer { low: 1, high: 12 }),
        ("width".into(), Gene::Integer { low: 8, high: 512 }),
        ("pool".into(), Gene::Category { names: vec!["max".into(), "mean".into(), "none".into()] }),
        ("rate".into(), Gene::LogReal { low: 1e-5, high: 1e-1 }),
    ])
    .unwrap();
    let mut evaluate = |genome: &Genome| {
        let [Allele::Integer(depth), Allele::Integer(width), Allele::Category(pool), Allele::Real(rate)] = genome[..]
        else {
            return None;
        };
        let size = depth as f64 * (width * width) as f64;
        let off = (rate / 1e-3).log10().powi(2) + [0.3, 0.0, 1.0][pool];
        Some(vec![size.powf(-0.3) + 0.05 * off + 0.01 * (depth as f64 - 5.0).powi(2), size.ln()])
    };
    let config = Nsga2Config { population: 20, ..Nsga2Config::default() };
    let contest = against_random(&space, config, 400, &[1, 2, 3, 4, 5], None, &mut evaluate).unwrap();
    assert_eq!(contest.wins(), 5, "{:?}", contest.rounds.iter().map(|r| (r.nsga2, r.random)).collect::<Vec<_>>());
    assert!(contest.rounds.iter().all(|round| round.nsga2 <= 1.0 && !round.front.is_empty() && round.failed == 0));
}

#[test]
fn the_first_generation_has_one_genome_in_each_stretch_of_each_gene() {
    let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let space = Space::new(vec![
        ("x".into(), Gene::Real { low: 0.0, high: 12.0 }),
        ("n".into(), Gene::Integer { low: 0, high: 11 }),
        ("c".into(), Gene::Category { names }),
    ])
    .unwrap();
    let drawn = space.draw_stratified(12, &mut Key::new(1).stream());
    let mut stretches = [vec![0; 12], vec![0; 12], vec![0; 4]];
    for genome in &drawn {
        let [Allele::Real(x), Allele::Integer(n), Allele::Category(c)] = genome[..] else { panic!("{genome:?}") };
        stretches[0][x as usize] += 1;
        stretches[1][n as usize] += 1;
        stretches[2][c] += 1;
    }
    assert_eq!(stretches, [vec![1; 12], vec![1; 12], vec![3; 4]]);
}

#[test]
fn no_genome_is_asked_for_twice_until_the_space_is_used_up() {
    let space = Space::new(vec![
        ("m".into(), Gene::Integer { low: 0, high: 5 }),
        ("n".into(), Gene::Integer { low: 0, high: 5 }),
    ])
    .unwrap();
    let mut searcher = Nsga2::new(space, Nsga2Config::steady_state(6), Key::new(1));
    let mut evaluate = |genome: &Genome| {
        let [Allele::Integer(m), Allele::Integer(n)] = genome[..] else { return None };
        Some(vec![m as f64, (5 - m) as f64 + n as f64])
    };
    // 36 genomes are all there are; the search goes on past them.
    let all = search(&mut searcher, 60, &mut evaluate);
    assert_eq!(all.len(), 60);
    // Among the last few that are left, chance may not find the new one in its redraws.
    for (i, evaluated) in all[..24].iter().enumerate() {
        assert!(!all[..i].iter().any(|earlier| earlier.genome == evaluated.genome), "{i}: {:?}", evaluated.genome);
    }
}

#[test]
fn the_steady_state_form_gets_further_with_few_evaluations() {
    // Mean volume over ten seeds on ZDT1 with ten variables and 150 evaluations, against generations with Deb's indices.
    let volume = |config: Nsga2Config| {
        let run = |seed: u64| {
            let mut searcher = Nsga2::new(reals(10, 0.0, 1.0), config, Key::new(seed));
            let all = search(&mut searcher, 150, &mut zdt1);
            let points: Vec<Vec<f64>> = all.into_iter().filter_map(|e| e.objectives).collect();
            hypervolume(&points, &[1.1, 6.0]).unwrap()
        };
        (1..=10).map(run).sum::<f64>() / 10.0
    };
    let (steady, generations) =
        (volume(Nsga2Config::steady_state(12)), volume(Nsga2Config { population: 12, ..Nsga2Config::default() }));
    assert!(steady > generations + 0.1, "{steady} against {generations}");
}

#[test]
fn the_rank_sum_test_has_the_published_tails() {
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    // Five against five: one of 252 orders has U = 25, and two have U of 24 or more (Mann and Whitney, 1947, table I: 0.004 and 0.008).
    near(rank_sum_test(&[6.0, 7.0, 8.0, 9.0, 10.0], &[1.0, 2.0, 3.0, 4.0, 5.0]), 1.0 / 252.0);
    near(rank_sum_test(&[5.0, 7.0, 8.0, 9.0, 10.0], &[1.0, 2.0, 3.0, 4.0, 6.0]), 2.0 / 252.0);
    near(rank_sum_test(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
    // All alike: every order gives the same sum.
    near(rank_sum_test(&[1.0; 4], &[1.0; 4]), 1.0);
    // Against counting all subsets, with ties.
    let (a, b) = ([3.0, 1.0, 4.0, 4.0], [1.0, 5.0, 2.0]);
    let all: Vec<f64> = a.iter().chain(&b).copied().collect();
    let rank = |x: f64| {
        let count = |of: fn(f64, f64) -> bool| all.iter().filter(|y| of(**y, x)).count() as f64;
        count(|y, x| y < x) + (count(|y, x| y == x) + 1.0) / 2.0
    };
    let sum = |subset: u32| (0..7).filter(|i| subset >> i & 1 == 1).map(|i| rank(all[i])).sum::<f64>();
    let fours: Vec<f64> = (0..128u32).filter(|subset| subset.count_ones() == 4).map(sum).collect();
    let as_high = fours.iter().filter(|found| **found >= sum(0b1111)).count();
    near(rank_sum_test(&a, &b), as_high as f64 / fours.len() as f64);
}

fn evaluations_until(
    target: f64,
    budget: usize,
    seed: u64,
    from: f64,
    space: Space,
    f: impl Fn(&[f64]) -> f64,
) -> usize {
    let config = CmaEsConfig { mean: Some(vec![from; space.genes().len()]), sigma: Some(0.05), population: None };
    let mut searcher = CmaEs::new(space, config, Key::new(seed)).unwrap();
    let all = search(&mut searcher, budget, &mut |genome| Some(vec![f(&values(genome))]));
    let reached = all.iter().position(|e| e.objectives.as_ref().is_some_and(|o| o[0] < target));
    reached.map_or(usize::MAX, |i| i + 1)
}

#[test]
fn cma_es_takes_as_long_as_published() {
    // Hansen's tutorial and Auger and Hansen (2009, "Benchmarking the (1+1)-CMA-ES …"; BBOB f1, f8): in 10 dimensions the sphere takes about 10³·²
    // (from the origin: further out, some starts end in its second minimum) and Rosenbrock's function about 10³·⁸ evaluations to 1e-8. Within a factor of two, on three seeds.
    let sphere = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    let rosenbrock =
        |x: &[f64]| x.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum::<f64>();
    for seed in [1, 2, 3] {
        let n = evaluations_until(1e-8, 20_000, seed, 0.8, reals(10, -5.0, 5.0), sphere);
        assert!((800..3_200).contains(&n), "sphere: {n}");
        let n = evaluations_until(1e-8, 40_000, seed, 0.5, reals(10, -5.0, 5.0), rosenbrock);
        assert!((3_150..12_600).contains(&n), "rosenbrock: {n}");
    }
}

#[test]
fn cma_es_learns_a_badly_scaled_and_turned_ellipsoid() {
    // A condition of 10⁶ that no search on the axes sees: pairs of variables are turned by 45°.
    let f = |x: &[f64]| {
        let turned = x.chunks(2).flat_map(|p| [(p[0] + p[1]) / 2f64.sqrt(), (p[0] - p[1]) / 2f64.sqrt()]);
        turned.enumerate().map(|(i, y)| 1e6f64.powf(i as f64 / 7.0) * y * y).sum::<f64>()
    };
    let n = evaluations_until(1e-8, 20_000, 4, 0.8, reals(8, -5.0, 5.0), f);
    assert!(n < 10_000, "{n}");
}

#[test]
fn a_category_is_refused_by_cma_es() {
    let space = Space::new(vec![("pool".into(), Gene::Category { names: vec!["max".into()] })]).unwrap();
    let refused = CmaEs::new(space, CmaEsConfig::default(), Key::new(0)).unwrap_err().to_string();
    assert!(refused.contains("`pool` is a category"), "{refused}");
}

#[test]
fn ranks_agree_with_peeling_fronts_one_by_one() {
    let mut stream = Key::new(9).stream();
    let points: Vec<Vec<f64>> = (0..80).map(|_| (0..3).map(|_| stream.below(6) as f64).collect()).collect();
    let mut rest: Vec<usize> = (0..points.len()).collect();
    for rank in fronts(&points) {
        let left: Vec<Vec<f64>> = rest.iter().map(|i| points[*i].clone()).collect();
        let peeled: Vec<usize> = front(&left).into_iter().map(|i| rest[i]).collect();
        assert_eq!(rank, peeled);
        rest.retain(|i| !peeled.contains(i));
    }
    assert!(rest.is_empty());
}

#[test]
fn what_cannot_be_evaluated_ranks_last_and_is_counted() {
    let space = reals(2, 0.0, 1.0);
    let mut evaluate = |genome: &Genome| {
        let x = values(genome);
        // Half of the space cannot be evaluated: twice by none, once by a value that is not finite.
        if x[0] > 0.75 {
            None
        } else if x[0] > 0.5 {
            Some(vec![f64::NAN, 1.0])
        } else {
            Some(vec![x[0], 1.0 - x[0] + x[1]])
        }
    };
    let config = Nsga2Config { population: 20, ..Nsga2Config::default() };
    let mut searcher = Nsga2::new(space.clone(), config, Key::new(5));
    let all = search(&mut searcher, 400, &mut evaluate);
    let failed = |part: &[Evaluated]| part.iter().filter(|e| e.objectives.is_none()).count();
    let (before, after) = (failed(&all[..20]), failed(&all[300..]));
    assert!(before >= 5 && after * 20 < before * 50, "{before} of 20, then {after} of 100");
    let contest = against_random(&space, config, 100, &[1], None, &mut evaluate).unwrap();
    assert!(contest.rounds[0].failed > 30);
}

#[test]
fn the_budget_is_kept_and_a_search_repeats() {
    let run = |seed: u64| {
        let mut searcher = Nsga2::new(reals(5, 0.0, 1.0), Nsga2Config::default(), Key::new(seed));
        search(&mut searcher, 333, &mut zdt1)
    };
    assert_eq!(run(1).len(), 333);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn spaces_without_values_are_refused() {
    assert_eq!(Space::new(vec![]), Err(SpaceError::Empty));
    for gene in [
        Gene::Integer { low: 2, high: 1 },
        Gene::Category { names: vec![] },
        Gene::Real { low: 0.0, high: 0.0 },
        Gene::LogReal { low: 0.0, high: 1.0 },
    ] {
        assert!(matches!(Space::new(vec![("x".into(), gene)]), Err(SpaceError::NoValues { .. })));
    }
    let gene = Gene::Real { low: 0.0, high: 1.0 };
    let twice = Space::new(vec![("x".into(), gene.clone()), ("x".into(), gene)]);
    assert_eq!(twice, Err(SpaceError::Twice { name: "x".into() }));
}

#[test]
fn a_reference_that_nothing_reaches_leaves_no_volume() {
    let space = Space::new(vec![("x".into(), Gene::Real { low: 0.0, high: 1.0 })]).unwrap();
    let config = Nsga2Config { population: 10, ..Nsga2Config::default() };
    let mut evaluate = |_: &Genome| Some(vec![1.0]);
    let contest = against_random(&space, config, 20, &[1], Some(vec![0.5]), &mut evaluate).unwrap();
    assert_eq!((contest.rounds[0].nsga2, contest.rounds[0].random), (0.0, 0.0));
}

#[test]
fn whole_numbers_of_any_size_are_drawn_within_their_bounds() {
    let gene = Gene::Integer { low: i64::MIN, high: i64::MAX };
    let space = Space::new(vec![("n".into(), gene.clone())]).unwrap();
    assert_eq!(space.draw(&mut Key::new(1).stream()).len(), 1);
    assert_eq!((gene.at(0.0), gene.at(1.0)), (Allele::Integer(i64::MIN), Allele::Integer(i64::MAX)));
    assert!((gene.place(Allele::Integer(0)).unwrap() - 0.5).abs() < 1e-12);
}

#[test]
fn a_generation_that_could_not_be_evaluated_teaches_cma_es_nothing() {
    let space = Space::new(vec![
        ("x".to_owned(), Gene::Real { low: -1.0, high: 1.0 }),
        ("y".to_owned(), Gene::Real { low: -1.0, high: 1.0 }),
    ]);
    let mut searcher = CmaEs::new(space.expect("a space"), CmaEsConfig::default(), Key::new(3)).expect("a searcher");
    let before = searcher.mean().to_vec();
    let asked = searcher.ask();
    searcher.tell(asked.into_iter().map(|genome| Evaluated::new(genome, None)).collect());
    assert_eq!(searcher.mean(), before);
}
