//! Operators and conditions. Of a condition that is not known, both ways are followed.

use swc_common::Spanned;
use swc_ecma_ast::{BinaryOp, CondExpr, Expr, UnaryOp};

use super::super::value::{Choice, Value};
use super::eval::RUN_TIME;
use super::exec::Flow;
use super::{Machine, Rc};
use crate::syntax::typescript::range;

impl<'a> Machine<'a> {
    pub(super) fn choice(&mut self, cond: &'a CondExpr) -> Value<'a> {
        let test = self.eval(&cond.test).settled();
        match test.truth() {
            Some(true) => return self.eval(&cond.cons),
            Some(false) => return self.eval(&cond.alt),
            None => {}
        }
        let place = self.source().first_line(range(cond.test.span()));
        let (yes, no) = self.words_of_test(&cond.test);
        let one = self.way_of(&cond.cons, (&yes, place));
        let other = self.way_of(&cond.alt, (&no, place));
        Value::either(vec![
            Choice { condition: Some(yes), value: one },
            Choice { condition: Some(no), value: other },
        ])
    }

    /// The value of an expression that may not run.
    pub(super) fn way_of(
        &mut self,
        expr: &'a Expr,
        (condition, place): (&Rc<str>, crate::text::Span),
    ) -> Value<'a> {
        let mut value = Value::Nothing;
        let (_, changes) = self.way(Some((condition, place)), |machine| {
            value = machine.eval(expr);
            Flow::Next
        });
        self.join(changes, rustc_hash::FxHashMap::default(), &[Some(Rc::clone(condition)), None]);
        value
    }

    /// Both sides of operators; long sums lean to the left and are unrolled.
    pub(super) fn operands(&mut self, expr: &'a Expr) -> Value<'a> {
        let mut rights = Vec::new();
        let mut left = expr;
        while let Expr::Bin(binary) = left {
            rights.push((binary.op, &*binary.right, binary));
            left = &binary.left;
        }
        // A sum of many texts is built at once.
        let sums = rights.iter().rev().take_while(|(op, ..)| *op == BinaryOp::Add).count();
        let mut value = if sums > 1 {
            let mut parts = vec![(self.eval(left), left)];
            for (_, right, _) in rights.iter().rev().take(sums) {
                parts.push((self.eval(right), right));
            }
            rights.truncate(rights.len() - sums);
            self.sum(parts, expr)
        } else {
            self.eval(left)
        };
        let mut left_words = left;
        for (op, right, whole) in rights.into_iter().rev() {
            value = self.operator((op, value, left_words), right, expr);
            let _ = whole;
            left_words = right;
        }
        value
    }

    pub(super) fn operator(
        &mut self,
        (op, left, left_expr): (BinaryOp, Value<'a>, &'a Expr),
        right: &'a Expr,
        whole: &'a Expr,
    ) -> Value<'a> {
        match op {
            BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing => {
                let left = left.settled();
                let truth = match op {
                    BinaryOp::LogicalAnd => left.truth(),
                    BinaryOp::LogicalOr => left.truth().map(|truth| !truth),
                    _ => match &left {
                        Value::Nothing => Some(true),
                        Value::Unknown(_) | Value::Live(_) | Value::Either(_) => None,
                        _ => Some(false),
                    },
                };
                match truth {
                    Some(false) => left,
                    Some(true) => self.eval(right),
                    None => {
                        let (yes, no) = self.words_of_test(left_expr);
                        let condition = if op == BinaryOp::LogicalAnd { yes } else { no };
                        let place = self.source().first_line(range(left_expr.span()));
                        let value = self.way_of(right, (&condition, place));
                        match (op, &left) {
                            // Of a condition, its value is what matters.
                            (BinaryOp::LogicalAnd, _) => match (value.truth(), value) {
                                (Some(false), value) => value,
                                (_, Value::Unknown(why)) => Value::Unknown(why),
                                (_, value) => Value::either(vec![
                                    Choice { condition: None, value: left },
                                    Choice { condition: Some(condition), value },
                                ]),
                            },
                            _ => Value::either(vec![
                                Choice { condition: None, value: left },
                                Choice { condition: Some(condition), value },
                            ]),
                        }
                    }
                }
            }
            BinaryOp::Add => {
                let right_value = self.eval(right);
                self.sum(vec![(left, left_expr), (right_value, right)], whole)
            }
            BinaryOp::EqEq | BinaryOp::EqEqEq | BinaryOp::NotEq | BinaryOp::NotEqEq => {
                let right = self.eval(right).settled();
                let left = left.settled();
                match self.equal(&left, &right) {
                    Some(equal) => {
                        let is = matches!(op, BinaryOp::EqEq | BinaryOp::EqEqEq);
                        Value::Bool(equal == is, self.source().span(whole))
                    }
                    None => Value::unknown(RUN_TIME),
                }
            }
            _ => {
                let right = self.eval(right).settled();
                self.arithmetic(op, &left.settled(), &right, whole)
            }
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &Value<'a>,
        right: &Value<'a>,
        whole: &'a Expr,
    ) -> Value<'a> {
        let span = self.source().span(whole);
        match (op, left, right) {
            (BinaryOp::In, Value::Text(name), Value::Object(object)) => {
                return match (name.known(), &object.more) {
                    (Some(name), _) if object.get(name).is_some() => Value::Bool(true, span),
                    (Some(_), None) => Value::Bool(false, span),
                    _ => Value::unknown(RUN_TIME),
                };
            }
            (BinaryOp::InstanceOf, Value::Instance(instance), Value::Class(class)) => {
                let is = self.is_of(*instance, class);
                return is.map_or_else(|| Value::unknown(RUN_TIME), |is| Value::Bool(is, span));
            }
            (BinaryOp::InstanceOf, Value::List(_), Value::Native(name)) => {
                return Value::Bool(&**name == "Array", span);
            }
            (
                BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq,
                Value::Text(one),
                Value::Text(other),
            ) => {
                return match (one.known(), other.known()) {
                    (Some(one), Some(other)) => Value::Bool(
                        match op {
                            BinaryOp::Lt => one < other,
                            BinaryOp::LtEq => one <= other,
                            BinaryOp::Gt => one > other,
                            _ => one >= other,
                        },
                        span,
                    ),
                    _ => Value::unknown(RUN_TIME),
                };
            }
            _ => {}
        }
        let (Value::Number(one, _), Value::Number(other, _)) = (left, right) else {
            return Value::unknown(RUN_TIME);
        };
        #[allow(clippy::cast_possible_truncation, reason = "as the language does with small numbers")]
        let (left_bits, right_bits) = (*one as i32, *other as i32);
        match op {
            BinaryOp::Exp => Value::Number(one.powf(*other), span),
            BinaryOp::BitOr => Value::Number(f64::from(left_bits | right_bits), span),
            BinaryOp::BitAnd => Value::Number(f64::from(left_bits & right_bits), span),
            BinaryOp::BitXor => Value::Number(f64::from(left_bits ^ right_bits), span),
            BinaryOp::LShift => {
                Value::Number(f64::from(left_bits.wrapping_shl(right_bits.cast_unsigned())), span)
            }
            BinaryOp::RShift => {
                Value::Number(f64::from(left_bits.wrapping_shr(right_bits.cast_unsigned())), span)
            }
            BinaryOp::Lt => Value::Bool(one < other, span),
            BinaryOp::LtEq => Value::Bool(one <= other, span),
            BinaryOp::Gt => Value::Bool(one > other, span),
            BinaryOp::GtEq => Value::Bool(one >= other, span),
            BinaryOp::Sub => Value::Number(one - other, span),
            BinaryOp::Mul => Value::Number(one * other, span),
            BinaryOp::Div => Value::Number(one / other, span),
            BinaryOp::Mod => Value::Number(one % other, span),
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// Whether both are the same; the database's kind is what the policy says it is.
    pub(super) fn equal(&self, one: &Value<'a>, other: &Value<'a>) -> Option<bool> {
        match (one, other) {
            (Value::Driver, Value::Text(text)) | (Value::Text(text), Value::Driver) => {
                let database = self.notes.database.as_deref()?;
                Some(text.known()? == database)
            }
            // An enum of a package, whose members have the names of the drivers.
            (Value::Driver, Value::Unknown(why)) | (Value::Unknown(why), Value::Driver) => {
                let database = plain_name(self.notes.database.as_deref()?);
                let member = plain_name(why.path.as_deref()?.rsplit_once('.')?.1);
                DRIVERS.contains(&member.as_str()).then_some(member == database)
            }
            (one, other) => one.same(other),
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, value: &Value<'a>, whole: &'a Expr) -> Value<'a> {
        let span = self.source().span(whole);
        match (op, value) {
            (UnaryOp::Bang, value) => match value.truth() {
                Some(truth) => Value::Bool(!truth, span),
                None => Value::unknown(RUN_TIME),
            },
            (UnaryOp::Minus, Value::Number(number, _)) => Value::Number(-number, span),
            (UnaryOp::Plus, Value::Number(number, _)) => Value::Number(*number, span),
            (UnaryOp::Plus, Value::Text(text)) => {
                match text.known().and_then(|words| words.trim().parse().ok()) {
                    Some(number) => Value::Number(number, span),
                    None => Value::unknown(RUN_TIME),
                }
            }
            (UnaryOp::Tilde, Value::Number(number, _)) => Value::Number(-number - 1.0, span),
            (UnaryOp::Void, _) => Value::Nothing,
            (UnaryOp::TypeOf, value) => match type_of(value) {
                Some(name) => self.made_text(name),
                None => Value::unknown(RUN_TIME),
            },
            _ => Value::unknown(RUN_TIME),
        }
    }
}

/// What `typeof` says of a value.
fn type_of(value: &Value<'_>) -> Option<&'static str> {
    Some(match value {
        Value::Text(_) | Value::Driver => "string",
        Value::Number(..) => "number",
        Value::Bool(..) => "boolean",
        Value::Function(_) | Value::Method(_) | Value::Class(_) => "function",
        Value::List(_) | Value::Object(_) | Value::Instance(_) | Value::Role(_) | Value::Of(_) => "object",
        _ => return None,
    })
}

/// The drivers of TypeORM, in small letters alone.
const DRIVERS: &[&str] = &[
    "postgres",
    "mysql",
    "mariadb",
    "sqlite",
    "bettersqlite3",
    "cockroachdb",
    "aurorapostgres",
    "auroramysql",
    "mssql",
    "oracle",
    "sqljs",
    "mongodb",
];

fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}
