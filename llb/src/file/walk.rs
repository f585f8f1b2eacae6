//! The order in which the Go client walks the inputs of a file op. The order of a definition follows from it.

use buildkit_proto::pb;

use super::{Action, CopySource, File};
use crate::{Input, Output};

/// From the last action to the first, and at each the base before what is copied.
pub(super) fn of_file(file: &File, walk: &mut Vec<Output>) {
    let visit = |input: Input, walk: &mut Vec<Output>| {
        walk.extend(input.output().filter(|output| !walk.contains(output)));
    };
    for action in file.actions.iter().rev() {
        visit(file.base, walk);
        if let Action::Copy(copy) = action {
            match &copy.from {
                CopySource::Input(input) => visit(*input, walk),
                CopySource::File(file) => of_file(file, walk),
            }
        }
    }
}

/// The same, of an op that was read: indices of its inputs, each once. The Go client walks an op that it has
/// read in the order of its inputs; with this one, what was read is written again as it was.
pub(crate) fn of_op(op: &pb::FileOp, inputs: usize) -> Vec<usize> {
    let on = |index: i64| match usize::try_from(index) {
        Err(_) => On::Scratch,
        Ok(index) if index < inputs => On::Input(index),
        Ok(index) => On::Action(index - inputs),
    };
    // What the chain that leads to each action starts from. An action that stands on a later one is none
    // that the engine takes.
    let mut bases: Vec<Option<usize>> = Vec::with_capacity(op.actions.len());
    for action in &op.actions {
        bases.push(match on(action.input) {
            On::Scratch => None,
            On::Input(input) => Some(input),
            On::Action(before) => bases.get(before).copied().flatten(),
        });
    }

    let mut walk = Walk { order: Vec::new(), seen: vec![false; inputs] };
    let mut seen = vec![false; op.actions.len()];
    let mut next: Vec<usize> = op.actions.len().checked_sub(1).into_iter().collect();
    while let Some(at) = next.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let action = &op.actions[at];
        bases[at].into_iter().for_each(|base| walk.visit(base));
        if let On::Action(before) = on(action.input) {
            next.extend((before < at).then_some(before));
        }
        match on(action.secondary_input) {
            On::Scratch => {}
            On::Input(input) => walk.visit(input),
            On::Action(before) => next.extend((before < at).then_some(before)),
        }
    }
    (0..inputs).for_each(|input| walk.visit(input));
    walk.order
}

enum On {
    Scratch,
    Input(usize),
    Action(usize),
}

struct Walk {
    order: Vec<usize>,
    seen: Vec<bool>,
}

impl Walk {
    fn visit(&mut self, input: usize) {
        if !std::mem::replace(&mut self.seen[input], true) {
            self.order.push(input);
        }
    }
}
