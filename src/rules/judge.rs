//! Rules over facts, to findings.

use rayon::prelude::*;

use super::condition::{Condition, FieldPath, Operand};
use super::index::{Pool, Tables};
use super::rule::{Judgement, Parameter, Related, Rule, Scope};
use super::template::{Message, Scene};
use crate::facts::order::Order as RunOrder;
use crate::facts::words::order;
use crate::facts::{Fact, FactId, Facts, words};
use crate::finding::{Finding, Label, Severity};
use crate::repo::Repo;
use crate::text::Span;

/// Places of related facts beyond this many are not labelled.
const MOST_RELATED: usize = 4;

/// A rule that is to judge, how loud, and with which parameters.
pub struct Order<'a> {
    pub rule: &'a Rule,
    pub severity: Severity,
    /// The policy's value of a parameter; its default where `None`.
    pub parameter: &'a (dyn Fn(&str) -> Option<Parameter> + Sync),
}

/// What is wrong with the facts, in the order of rules and facts. Several findings of one rule at one
/// place become one.
#[must_use]
pub fn judge(orders: &[Order<'_>], facts: &Facts, repo: &Repo) -> Vec<Finding> {
    let bound: Vec<(&Order<'_>, Judgement)> =
        orders.iter().filter(|order| !facts.of_kind(order.rule.on).is_empty()).map(bind).collect();
    let tables = Tables::new(facts, bound.iter().map(|(order, bound)| (order.rule.on, &bound.filter)));
    let lists: Vec<Vec<Finding>> = bound
        .par_iter()
        .map(|(order, judgement)| judge_one(order, judgement, &tables, (facts, repo)))
        .collect();
    lists.into_iter().flatten().collect()
}

/// A rule's judgement with its parameters filled in.
fn bind<'o, 'a>(order: &'o Order<'a>) -> (&'o Order<'a>, Judgement) {
    let operands = |name: &str| order.parameter(name).map(operands).unwrap_or_default();
    (order, order.rule.judgement.bind(&operands))
}

impl Order<'_> {
    fn parameter(&self, name: &str) -> Option<Parameter> {
        (self.parameter)(name).or_else(|| self.rule.parameter(name).cloned())
    }
}

fn judge_one(
    order: &Order<'_>,
    judgement: &Judgement,
    tables: &Tables<'_>,
    (facts, repo): (&Facts, &Repo),
) -> Vec<Finding> {
    let pool = Pool::default();
    let also = judgement.also.iter().map(|_| Pool::default()).collect();
    let court = Court { order, judgement, facts, repo, pool, also };
    let mut findings: Vec<Finding> = Vec::new();
    let mut by_place: rustc_hash::FxHashMap<Span, usize> = rustc_hash::FxHashMap::default();
    for id in tables.candidates(order.rule.on, &judgement.filter) {
        let Some(finding) = court.hear(id) else { continue };
        match by_place.get(&finding.primary.span) {
            None => {
                by_place.insert(finding.primary.span, findings.len());
                findings.push(finding);
            }
            Some(&first) => join(&mut findings[first], facts.get(id), finding),
        }
    }
    findings
}

/// The same words are wrong for another fact too: its place is labelled, or where the way to it begins,
/// unless it is the same one as another entry point reaches it.
fn join(first: &mut Finding, fact: &Fact, finding: Finding) {
    if fact.is_echo() {
        return;
    }
    let place = fact.route.first().map_or(fact.span, |step| step.span);
    let known = first.primary.span == place || first.related.iter().any(|label| label.span == place);
    if !known && first.related.len() < MOST_RELATED {
        first.related.push(Label::new(place, finding.message));
    }
}

fn operands(parameter: Parameter) -> Vec<Operand> {
    match parameter {
        Parameter::Bool(flag) => vec![Operand::Bool(flag)],
        Parameter::Int(number) => vec![Operand::Int(number)],
        Parameter::Text(text) if text.is_empty() => Vec::new(),
        Parameter::Text(text) => vec![Operand::Text(text)],
        Parameter::List(texts) => texts.into_iter().map(Operand::Text).collect(),
    }
}

impl Judgement {
    fn bind(&self, values: &dyn Fn(&str) -> Vec<Operand>) -> Self {
        let mut bound = self.clone();
        bound.filter = self.filter.bind(values);
        if let Some(relation) = &mut bound.relation {
            relation.related.filter = relation.related.filter.bind(values);
            relation.related.order = relation.related.order.as_ref().map(|order| order.bind(values));
        }
        for related in &mut bound.also {
            related.filter = related.filter.bind(values);
            related.order = related.order.as_ref().map(|order| order.bind(values));
        }
        bound.fixes.iter_mut().for_each(|fix| fix.bind(values));
        bound
    }
}

/// One rule with its parameters bound, before the facts.
pub(super) struct Court<'a> {
    order: &'a Order<'a>,
    pub(super) judgement: &'a Judgement,
    pub(super) facts: &'a Facts,
    pub(super) repo: &'a Repo,
    /// What its relation may lead to, and each of its further labels.
    pool: Pool<'a>,
    also: Vec<Pool<'a>>,
}

impl<'a> Court<'a> {
    fn hear(&self, id: FactId) -> Option<Finding> {
        let subject = self.facts.get(id);
        if !self.judgement.filter.holds(subject, subject) {
            return None;
        }
        let mut other = None;
        if let Some(relation) = &self.judgement.relation
            && matches!(relation.related.scope, Scope::Before | Scope::After)
        {
            // Something that is nowhere can't be in a wrong place.
            let anywhere = relation.expected;
            let mut orders = self.orders(id, (&relation.related, &self.pool), anywhere);
            let wrong =
                orders.find(
                    |(order, holds)| {
                        if relation.expected { !holds } else { *holds && !order.met.is_empty() }
                    },
                )?;
            return Some(self.find_order(id, &wrong.0));
        }
        if let Some(relation) = &self.judgement.relation {
            let first = self.related(id, (&relation.related, &self.pool), 1).into_iter().next();
            if first.is_some() == relation.expected {
                return None;
            }
            other = first;
        }
        Some(self.find(id, other.as_ref()))
    }

    /// How the related commands stand to the subject, for each entry point that leads to it, and whether
    /// that is as `order` says; where they need not be `anywhere`, for those alone that lead to any of them.
    fn orders<'c>(
        &'c self,
        id: FactId,
        (related, pool): (&'c Related, &'c Pool<'a>),
        anywhere: bool,
    ) -> impl Iterator<Item = (RunOrder, bool)> + 'c {
        let subject = self.facts.get(id);
        let asked = move |other: FactId| {
            let fact = self.facts.get(other);
            fact.kind == related.kind && related.filter.holds(fact, subject)
        };
        let mut entries = self.facts.entries_of(id);
        if !anywhere && !entries.is_empty() {
            let wanted = pool.entries(self.facts, related);
            entries.retain(|entry| wanted.contains(entry));
        }
        let after = related.scope == Scope::After;
        let orders = entries.into_iter().filter_map(move |entry| self.facts.under(entry, id, &asked, after));
        let holds = move |found: &RunOrder| match &related.order {
            None => found.always,
            Some(condition) => {
                let span = subject.span;
                let fact = Fact::new(order::KIND, span)
                    .with(order::ALWAYS, found.always, span)
                    .with(order::GATES, found.gates, span)
                    .with(order::AWAITED, found.awaited, span)
                    .with(order::MET, !found.met.is_empty(), span);
                Condition::holds(condition, &fact, &fact)
            }
        };
        orders.map(move |order| {
            let holds = holds(&order);
            (order, holds)
        })
    }

    /// A finding about order: the way from the entry point, and where paths part.
    fn find_order(&self, id: FactId, order: &RunOrder) -> Finding {
        let first = order.passed_over.map(|(id, _)| id).or_else(|| order.met.first().copied());
        let mut finding = self.find(id, first.map(|id| (id, Vec::new())).as_ref());
        let subject = self.facts.get(id);
        if !order.route.is_empty() {
            finding.related.retain(|label| !subject.route.iter().any(|step| step.span == label.span));
        }
        let mut labels = self.steps(&order.route);
        if let Some(span) = order.escape {
            labels.push(Label::new(span, "a path leaves here that does not run it"));
        }
        if let Some((_, Some(span))) = order.passed_over {
            labels.push(Label::new(span, "its failure is passed over here"));
        }
        labels.extend(std::mem::take(&mut finding.related));
        let mut seen = vec![finding.primary.span];
        labels.retain(|label| {
            let new = !seen.contains(&label.span);
            seen.push(label.span);
            new
        });
        finding.related = labels;
        finding
    }

    fn find(&self, id: FactId, other: Option<&(FactId, Vec<FactId>)>) -> Finding {
        let subject = self.facts.get(id);
        let other_id = other.map(|(other, _)| *other);
        let judgement = self.judgement;
        let lead = self.scene(subject, other_id, &mut |scene| judgement.message.choose(scene));
        let lead = Some((lead, judgement.message.wordings.len()));
        let say = |message: &Message| self.scene(subject, other_id, &mut |scene| message.print(scene, lead));
        let primary = place(subject, &judgement.at);
        let mut finding =
            Finding::new(&self.order.rule.name, self.order.severity, say(&judgement.message), primary);
        finding.primary.text = judgement.label.as_ref().map(say).unwrap_or_default();
        finding.help = judgement.help.as_ref().map(say);
        let mut related: Vec<Label> =
            subject.route.iter().map(|step| Label::new(step.span, step.text.as_ref())).collect();
        if let (Some((other, path)), Some(relation)) = (other, &judgement.relation) {
            related.extend(self.steps(path));
            let fact = self.facts.get(*other);
            related.extend(fact.route.iter().map(|step| Label::new(step.span, step.text.as_ref())));
            let text = relation.related.label.as_ref().map(say).unwrap_or_default();
            related.push(Label::new(place(fact, &relation.related.at), text));
        }
        for (also, pool) in judgement.also.iter().zip(&self.also) {
            for (other, path) in self.related(id, (also, pool), MOST_RELATED) {
                related.extend(self.steps(&path));
                let text = also.label.as_ref().map(|label| self.print(label, subject, Some(other)));
                related.push(Label::new(place(self.facts.get(other), &also.at), text.unwrap_or_default()));
            }
        }
        let mut seen = vec![primary];
        related.retain(|label| {
            let new = !seen.contains(&label.span);
            seen.push(label.span);
            new
        });
        finding.related = related;
        finding.fixes.extend(self.fix(id));
        finding
    }

    pub(super) fn print(&self, message: &Message, subject: &Fact, other: Option<FactId>) -> String {
        self.scene(subject, other, &mut |scene| message.print(scene, None))
    }

    /// Lets `tell` speak about a subject and another fact.
    pub(super) fn scene<T>(
        &self,
        subject: &Fact,
        other: Option<FactId>,
        tell: &mut dyn FnMut(&Scene<'_>) -> T,
    ) -> T {
        let other = other.map(|other| self.facts.get(other));
        tell(&Scene {
            subject,
            file: self.repo.path(subject.span.file),
            other: other.map(|fact| (fact, self.repo.path(fact.span.file))),
            parameter: &|name| self.order.parameter(name).map(|value| value.print()).unwrap_or_default(),
        })
    }

    /// The commands, and the calls of workflows, on the way to a reached fact.
    fn steps(&self, path: &[FactId]) -> Vec<Label> {
        let step = |&id: &FactId| {
            let fact = self.facts.get(id);
            let text = fact.get(words::command::TEXT).or_else(|| fact.get(words::job::USES));
            let words = text.and_then(|slot| slot.value.as_text()).map(|text| format!("runs `{text}`"));
            Label::new(text.map_or(fact.span, |slot| slot.span), words.unwrap_or_default())
        };
        path.iter().map(step).collect()
    }

    /// The first facts in the relation, each with the commands that lead to it.
    pub(super) fn related(
        &self,
        id: FactId,
        (related, pool): (&Related, &Pool<'a>),
        most: usize,
    ) -> Vec<(FactId, Vec<FactId>)> {
        let subject = self.facts.get(id);
        let fits = |other: FactId| {
            let fact = self.facts.get(other);
            other != id && fact.kind == related.kind && related.filter.holds(fact, subject)
        };
        let direct = |ids: &mut dyn Iterator<Item = FactId>| {
            ids.filter(|&other| fits(other)).take(most).map(|other| (other, Vec::new())).collect()
        };
        match related.scope {
            Scope::Inside => direct(&mut self.facts.inside(id).into_iter()),
            Scope::Around => direct(&mut self.facts.around(id)),
            Scope::Reach => {
                let mut reached = self.facts.reach_where(id, fits);
                reached.truncate(most);
                reached
            }
            Scope::File | Scope::Repo => {
                direct(&mut pool.candidates(self.facts, related, subject).iter().copied())
            }
            Scope::Before | Scope::After => {
                let wanted = self.orders(id, (related, pool), false).filter(|(_, holds)| *holds);
                direct(&mut wanted.flat_map(|(order, _)| order.met))
            }
        }
    }
}

/// The place that the first field of `at` that is set has; the fact's own otherwise.
fn place(fact: &Fact, at: &[FieldPath]) -> Span {
    at.iter().find_map(|path| path.find(fact)).map_or(fact.span, |found| found.span())
}
