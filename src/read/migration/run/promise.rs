//! Work that somebody may wait for: what begins it, and what waits.

use super::super::value::{Arg, Value};
use super::{LOOK, Machine, Pending, Rc, Site};

impl<'a> Machine<'a> {
    /// What an asynchronous function gives that noted the facts from `start` on.
    pub(super) fn promise(&mut self, value: Value<'a>, start: usize) -> Value<'a> {
        let mut work = Vec::new();
        value.pending(LOOK, &mut work);
        let end = self.noted.reading.facts.len();
        if start < end {
            self.pendings.push(Pending { facts: start..end, awaited: false });
            work.push(self.pendings.len() - 1);
        }
        Value::Promise(Rc::new((value.settled(), work)))
    }

    /// `.then(…)`, `.catch(…)` and `.finally(…)`.
    pub(super) fn chained(
        &mut self,
        value: &Value<'a>,
        mut work: Vec<usize>,
        (name, args, site): (&str, Vec<Arg<'a>>, &Site),
    ) -> Value<'a> {
        let mut result = value.clone();
        for (index, arg) in args.iter().enumerate() {
            let Value::Function(function) = &arg.value else {
                let given = self.call_value(&arg.value, Vec::new(), None, site);
                given.pending(LOOK, &mut work);
                // `resolve` and `reject` of a promise hand it on to whoever waits for that.
                if let Value::Unknown(_) = arg.value {
                    self.wait_for(&Value::Promise(Rc::new((Value::Nothing, work.clone()))));
                }
                continue;
            };
            if name == "then" && index == 0 {
                result = self.call_function(&Rc::clone(function), vec![value.clone()], None, site);
            } else {
                let swallows =
                    name == "catch" && !super::exec::throws(self.source_of(site.module).words(arg.expr));
                if swallows {
                    self.swallow(&work, arg.expr, site);
                }
                let error = vec![Value::unknown("an error is known at run time only")];
                let function = Rc::clone(function);
                let given = self.call_function(&function, error, None, site);
                given.pending(LOOK, &mut work);
            }
        }
        result.pending(LOOK, &mut work);
        Value::Promise(Rc::new((result.settled(), work)))
    }

    /// Notes that somebody waits for the work of a value.
    pub(super) fn wait_for(&mut self, value: &Value<'a>) {
        let mut work = Vec::new();
        value.pending(LOOK, &mut work);
        for index in work {
            if let Some(pending) = self.pendings.get_mut(index) {
                pending.awaited = true;
            }
        }
    }

    /// Lets a value out of sight, where somebody may wait for it.
    pub(super) fn give_away(&mut self, value: &Value<'a>) {
        self.wait_for(value);
    }
}
