//! Which buffer each value takes: buffers are taken again once what they hold is read no more.

use super::{Place, Plan};

/// What is to be kept from one moment to another, both included.
struct Interval {
    begin: usize,
    end: usize,
    size: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Value(usize),
    Gradient(usize),
    Kept(usize),
}

/// Assigns the buffers of values, of gradients and of what kernels keep.
pub(super) fn assign(plan: &mut Plan) {
    let mut shared_buffers = Vec::new();
    let mut shared = |size: usize| {
        shared_buffers.push(size);
        shared_buffers.len() - 1
    };
    for i in 0..plan.values.len() {
        match plan.values[i].place {
            Place::Shared => {
                let size = plan.values[i].size;
                plan.values[i].buffer = shared(size);
                plan.values[i].gradient = shared(size);
            }
            Place::Input(_) | Place::Param(_) | Place::Local => {}
        }
    }
    for step in &mut plan.steps[..plan.n_shared_steps] {
        if let Some((buffer, size)) = &mut step.kept {
            *buffer = shared(*size);
        }
    }
    plan.shared_buffers = shared_buffers;

    let mut intervals = intervals(plan);
    intervals.sort_by_key(|interval| interval.begin);
    // Of each buffer its size and the moment from which it is free.
    let mut buffers: Vec<(usize, usize)> = Vec::new();
    for Interval { begin, end, size, what } in intervals {
        let is_free = |until: usize| until < begin && !plan.purpose.by_rows;
        let free = buffers.iter().enumerate().filter(|(_, (_, until))| is_free(*until));
        // The smallest that is large enough, else the largest.
        let best = free.min_by_key(|(_, (has, _))| if *has >= size { (0, *has) } else { (1, usize::MAX - *has) });
        let buffer = match best.map(|(i, _)| i) {
            Some(i) => {
                buffers[i] = (buffers[i].0.max(size), end);
                i
            }
            None => {
                buffers.push((size, end));
                buffers.len() - 1
            }
        };
        match what {
            What::Value(i) => plan.values[i].buffer = buffer,
            What::Gradient(i) => plan.values[i].gradient = buffer,
            What::Kept(i) => {
                if let Some((of, _)) = &mut plan.steps[i].kept {
                    *of = buffer;
                }
            }
        }
    }
    plan.buffers = buffers.into_iter().map(|(size, _)| size).collect();
}

/// When each value, gradient and what is kept of a share is needed. Step i runs forward at moment i and back at 2n − i; at n outputs are read and
/// their gradients written.
fn intervals(plan: &Plan) -> Vec<Interval> {
    let n = plan.steps.len();
    let back = |step: usize| 2 * n - step;
    let is_local = |i: usize| plan.values[i].place == Place::Local;
    let mut values: Vec<Option<(usize, usize)>> = vec![None; plan.values.len()];
    let mut gradients = values.clone();
    let mut intervals = Vec::new();
    let stretch = |interval: &mut Option<(usize, usize)>, at: usize| {
        let (begin, end) = interval.unwrap_or((at, at));
        *interval = Some((begin.min(at), end.max(at)));
    };
    for (s, step) in plan.steps.iter().enumerate().skip(plan.n_shared_steps) {
        let goes_back = plan.values[step.result].wanted;
        stretch(&mut values[step.result], s);
        if goes_back {
            stretch(&mut gradients[step.result], back(s));
            if step.kernel.reads_result() {
                stretch(&mut values[step.result], back(s));
            }
        }
        for (i, operand) in step.operands.iter().enumerate() {
            if is_local(*operand) {
                stretch(&mut values[*operand], s);
                if goes_back && step.kernel.reads_operand(i) {
                    stretch(&mut values[*operand], back(s));
                }
            }
            if goes_back && plan.values[*operand].wanted {
                stretch(&mut gradients[*operand], back(s));
            }
        }
        if let Some((_, size)) = step.kept {
            let end = if goes_back { back(s) } else { s };
            intervals.push(Interval { begin: s, end, size, what: What::Kept(s) });
        }
    }
    for (value, _) in &plan.outputs {
        if is_local(*value) {
            stretch(&mut values[*value], n);
        }
        if plan.values[*value].wanted {
            stretch(&mut gradients[*value], n);
        }
    }
    for input in &plan.inputs {
        // The gradients of inputs are read at the end.
        if plan.values[*input].wanted {
            stretch(&mut gradients[*input], 2 * n + 1);
        }
    }
    for (i, value) in plan.values.iter().enumerate() {
        let of = |interval: Option<(usize, usize)>, what: What| {
            interval.map(|(begin, end)| Interval { begin, end, size: value.size, what })
        };
        intervals.extend(of(values[i], What::Value(i)).filter(|_| is_local(i)));
        let has_gradient = is_local(i) || matches!(value.place, Place::Input(_));
        intervals.extend(of(gradients[i], What::Gradient(i)).filter(|_| has_gradient));
    }
    intervals
}
