//! What texts and patterns do. A text with holes keeps them wherever that is possible.

use regex::{Captures, Regex, RegexBuilder};

use super::super::text::{Maker, Text, Why};
use super::super::value::{Arg, Kind, List, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc, Site};
use crate::text::Span;

/// The most parts of a text that are replaced.
const MAX_PARTS: usize = 1_000;

impl<'a> Machine<'a> {
    /// Methods of texts.
    pub(super) fn text_method(
        &mut self,
        text: &Rc<Text>,
        name: &str,
        args: Vec<Arg<'a>>,
        site: &Site,
    ) -> Value<'a> {
        let first = args.first().map(|arg| arg.value.clone().settled());
        let place = self.source_of(site.module).passage.locate(site.whole.clone());
        match (name, first) {
            ("trim", _) => Value::text(text.trim(true, true)),
            ("trimStart" | "trimLeft", _) => Value::text(text.trim(true, false)),
            ("trimEnd" | "trimRight", _) => Value::text(text.trim(false, true)),
            ("toString" | "valueOf" | "normalize", _) => Value::Text(Rc::clone(text)),
            ("concat", _) => {
                let mut parts = vec![(Value::Text(Rc::clone(text)), None)];
                parts.extend(args.into_iter().map(|arg| (arg.value, Some(arg.expr))));
                self.sum_values(parts, site.whole.clone())
            }
            ("split", Some(separator)) => self.split(text, &separator),
            ("replace" | "replaceAll", Some(pattern)) => {
                let with = args.get(1).map_or(Value::Nothing, |arg| arg.value.clone().settled());
                self.replaced(text, name == "replaceAll", (&pattern, &with), site)
            }
            ("toUpperCase" | "toLocaleUpperCase", _) => Value::text(text.map(str::to_uppercase)),
            ("toLowerCase" | "toLocaleLowerCase", _) => Value::text(text.map(str::to_lowercase)),
            ("startsWith" | "endsWith" | "includes", Some(Value::Text(part))) => {
                match (text.known(), part.known()) {
                    (Some(words), Some(part)) => {
                        let holds = match name {
                            "startsWith" => words.starts_with(part),
                            "endsWith" => words.ends_with(part),
                            _ => words.contains(part),
                        };
                        Value::Bool(holds, place)
                    }
                    _ => Value::unknown(RUN_TIME),
                }
            }
            ("indexOf" | "lastIndexOf" | "search" | "localeCompare", Some(part)) => {
                let Some(words) = text.known() else { return Value::unknown(RUN_TIME) };
                let number = match (&part, name) {
                    (Value::Text(part), "localeCompare") => part.known().map(|part| match words.cmp(part) {
                        std::cmp::Ordering::Less => -1.0,
                        std::cmp::Ordering::Equal => 0.0,
                        std::cmp::Ordering::Greater => 1.0,
                    }),
                    (Value::Text(part), "indexOf") => {
                        part.known().map(|part| words.find(part).map_or(-1.0, |at| units(&words[..at])))
                    }
                    (Value::Text(part), "lastIndexOf") => {
                        part.known().map(|part| words.rfind(part).map_or(-1.0, |at| units(&words[..at])))
                    }
                    (Value::Pattern(exp, flags), "search") => self
                        .pattern(exp, flags)
                        .map(|regex| regex.find(words).map_or(-1.0, |found| units(&words[..found.start()]))),
                    _ => None,
                };
                number.map_or_else(|| Value::unknown(RUN_TIME), |number| Value::Number(number, place))
            }
            ("slice" | "substring" | "substr" | "charAt" | "at", _) => Self::part(text, name, &args),
            ("padStart" | "padEnd", Some(Value::Number(len, _))) => {
                self.padded(text, name, len, &args, place)
            }
            ("repeat", Some(Value::Number(count, _))) => self.repeated(text, count, place),
            ("match", Some(Value::Pattern(exp, flags))) => {
                let Some((words, regex)) = text.known().zip(self.pattern(&exp, &flags)) else {
                    return Value::unknown(RUN_TIME);
                };
                if flags.contains('g') {
                    let all = regex.find_iter(words).take(MAX_PARTS);
                    let all: Vec<_> = all.map(|found| Value::text(text.slice(found.range()))).collect();
                    return if all.is_empty() { Value::Nothing } else { Value::list(all) };
                }
                regex.captures(words).map_or(Value::Nothing, |found| groups(text, &found))
            }
            ("matchAll", Some(Value::Pattern(exp, flags))) => {
                let Some((words, regex)) = text.known().zip(self.pattern(&exp, &flags)) else {
                    return Value::unknown(RUN_TIME);
                };
                let all = regex.captures_iter(words).take(MAX_PARTS);
                Value::list(all.map(|found| groups(text, &found)).collect())
            }
            (
                "match" | "matchAll" | "padStart" | "padEnd" | "repeat" | "charCodeAt" | "codePointAt"
                | "indexOf" | "lastIndexOf" | "search" | "localeCompare" | "startsWith" | "endsWith"
                | "includes" | "replace" | "replaceAll" | "split" | "hasOwnProperty",
                _,
            ) => Value::unknown(format!("what `{name}` makes of it is not followed")),
            _ => {
                self.unknown_call(&Value::unknown(format!("`{name}` of a text is not followed")), args, site)
            }
        }
    }

    /// `test` and `exec` of a pattern.
    pub(super) fn pattern_method(
        &mut self,
        (exp, flags): (&Rc<str>, &Rc<str>),
        name: &str,
        args: &[Arg<'a>],
        site: &Site,
    ) -> Value<'a> {
        let place = self.source_of(site.module).passage.locate(site.whole.clone());
        let Some(Value::Text(text)) = args.first().map(|arg| arg.value.clone().settled()) else {
            return Value::unknown(RUN_TIME);
        };
        let Some((words, regex)) = text.known().zip(self.pattern(exp, flags)) else {
            return Value::unknown(RUN_TIME);
        };
        match name {
            "test" if !flags.contains(['g', 'y']) => Value::Bool(regex.is_match(words), place),
            "exec" if !flags.contains(['g', 'y']) => {
                regex.captures(words).map_or(Value::Nothing, |found| groups(&text, &found))
            }
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// The pattern of these words, read once.
    fn pattern(&mut self, exp: &Rc<str>, flags: &Rc<str>) -> Option<Regex> {
        let key = (Rc::clone(exp), Rc::clone(flags));
        self.patterns.entry(key).or_insert_with(|| pattern(exp, flags)).clone()
    }

    /// A part of a text that is counted out.
    fn part(text: &Rc<Text>, name: &str, args: &[Arg<'a>]) -> Value<'a> {
        let Some(words) = text.known() else {
            return Value::unknown(format!("what `{name}` makes of it is not followed"));
        };
        let len = units(words);
        let number = |at: usize| match args.get(at).map(|arg| &arg.value) {
            None | Some(Value::Nothing) => Some(None),
            Some(Value::Number(number, _)) => Some(Some(*number)),
            Some(_) => None,
        };
        let (Some(from), Some(to)) = (number(0), number(1)) else { return Value::unknown(RUN_TIME) };
        let from = from.unwrap_or(0.0);
        let back = |at: f64| if at < 0.0 { (len + at).max(0.0) } else { at };
        let (from, to) = match name {
            "slice" => (back(from), back(to.unwrap_or(len))),
            "substr" => (back(from), back(from) + to.unwrap_or(len)),
            "charAt" => (from, from + 1.0),
            "at" => (back(from), back(from) + 1.0),
            _ => {
                let (from, to) = (from.max(0.0), to.unwrap_or(len).max(0.0));
                if from > to { (to, from) } else { (from, to) }
            }
        };
        match text.units(from, to) {
            Some(part) => Value::text(part),
            None if name == "at" => Value::Nothing,
            None => Value::text(text.slice(0..0)),
        }
    }

    fn padded(&mut self, text: &Rc<Text>, name: &str, len: f64, args: &[Arg<'a>], place: Span) -> Value<'a> {
        let with = match args.get(1).map(|arg| &arg.value) {
            None | Some(Value::Nothing) => Some(" ".to_owned()),
            Some(Value::Text(with)) => with.known().map(str::to_owned),
            Some(_) => None,
        };
        let (Some(words), Some(with)) = (text.known(), with) else { return Value::unknown(RUN_TIME) };
        let missing = len - units(words);
        if missing <= 0.0 || with.is_empty() {
            return Value::Text(Rc::clone(text));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is cut")]
        let missing = missing.min(10_000.0) as usize;
        let padding: String = with.chars().cycle().take(missing).collect();
        let mut maker = Maker::at(place);
        if name == "padEnd" {
            maker.text(text);
        }
        maker.put(place, &padding);
        if name == "padStart" {
            maker.text(text);
        }
        self.pay(maker.cost());
        Value::text(maker.finish())
    }

    fn repeated(&mut self, text: &Rc<Text>, count: f64, place: Span) -> Value<'a> {
        if !(0.0..=10_000.0).contains(&count) {
            return Value::unknown("it is repeated more often than is followed");
        }
        let mut maker = Maker::at(place);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
        for _ in 0..count as usize {
            maker.text(text);
            if maker.cost() > super::MAX_COST {
                break;
            }
        }
        self.pay(maker.cost());
        Value::text(maker.finish())
    }

    /// Parts of a text. Where a semicolon may stand inside of a statement, the text stays whole: its
    /// statements are told apart by SQL's own rules.
    fn split(&mut self, text: &Rc<Text>, separator: &Value<'a>) -> Value<'a> {
        let parts = match separator {
            Value::Text(words) => match words.known() {
                Some("") | None => None,
                Some(words) => Some(text.split(words)),
            },
            Value::Pattern(exp, flags) => self.pattern(exp, flags).map(|regex| {
                let mut parts = Vec::new();
                let mut start = 0;
                for found in regex.find_iter(text.passage.text()) {
                    if !found.is_empty() && !text.has_hole(&found.range()) {
                        parts.push(text.slice(start..found.start()));
                        start = found.end();
                    }
                }
                parts.push(text.slice(start..text.passage.len()));
                parts
            }),
            _ => return Value::open_list(vec![Value::Text(Rc::clone(text))], Rc::new(Why::new(RUN_TIME))),
        };
        let at_semicolons = match separator {
            Value::Text(words) => words.passage.text().contains(';'),
            Value::Pattern(exp, _) => exp.contains(';'),
            _ => false,
        };
        match parts {
            Some(parts) if !at_semicolons || parts.iter().all(|part| is_whole(part.passage.text())) => {
                self.pay(parts.len() * 16);
                Value::list(parts.into_iter().map(Value::text).collect())
            }
            _ if at_semicolons => {
                let items = vec![Value::Text(Rc::clone(text))];
                Value::List(Rc::new(List { kind: Kind::Statements, ..List::new(items, None) }))
            }
            _ => {
                let why = Rc::new(Why::new("its parts are not told apart"));
                Value::open_list(vec![Value::Text(Rc::clone(text))], why)
            }
        }
    }

    fn replaced(
        &mut self,
        text: &Rc<Text>,
        all: bool,
        (pattern_value, with): (&Value<'a>, &Value<'a>),
        site: &Site,
    ) -> Value<'a> {
        let words = text.passage.text();
        let whole_groups = |range: std::ops::Range<usize>| vec![Some(range)];
        let found: Option<Vec<Vec<Option<std::ops::Range<usize>>>>> = match pattern_value {
            Value::Text(pattern) => pattern.known().filter(|pattern| !pattern.is_empty()).map(|pattern| {
                words.match_indices(pattern).map(|(at, found)| whole_groups(at..at + found.len())).collect()
            }),
            Value::Pattern(exp, flags) => self.pattern(exp, flags).map(|regex| {
                let all = regex.captures_iter(words).take(MAX_PARTS);
                all.map(|found| found.iter().map(|group| group.map(|group| group.range())).collect())
                    .collect()
            }),
            _ => None,
        };
        let Some(mut found) = found else {
            let reason = match (pattern_value, with) {
                (Value::Unknown(why), _) | (_, Value::Unknown(why)) => why.reason.clone(),
                _ => RUN_TIME.to_owned(),
            };
            // Its statements are the same but for a part that is not known.
            return if text.passage.is_empty() {
                Value::unknown(reason)
            } else {
                Value::Text(Rc::clone(text))
            };
        };
        if !all && !matches!(pattern_value, Value::Pattern(_, flags) if flags.contains('g')) {
            found.truncate(1);
        }
        let is_pattern = matches!(pattern_value, Value::Pattern(..));
        let mut maker = Maker::at(text.passage.span());
        let mut at = 0;
        for groups in found.into_iter().take(MAX_PARTS) {
            let Some(Some(range)) = groups.first().cloned() else { continue };
            // Words that a hole stands for are no words of the text.
            if range.is_empty() || text.has_hole(&range) {
                continue;
            }
            maker.text(&text.slice(at..range.start));
            let place = text.passage.locate(range.clone());
            let given = match with {
                Value::Function(function) => {
                    let group = |group: &Option<std::ops::Range<usize>>| match group {
                        Some(range) => Value::text(text.slice(range.clone())),
                        None => Value::Nothing,
                    };
                    let mut args: Vec<Value<'a>> = groups.iter().map(group).collect();
                    args.push(Value::Number(units(&words[..range.start]), place));
                    let site = Site { whole: 0..0, ..site.clone() };
                    self.call_function(&Rc::clone(function), args, None, &site).settled()
                }
                other => other.clone(),
            };
            match &given {
                Value::Text(with) if is_pattern && with.passage.text().contains('$') => {
                    expand(&mut maker, with, text, &groups);
                }
                Value::Text(with) => maker.text(with),
                Value::Number(number, _) => maker.put(place, &number.to_string()),
                Value::Nothing => maker.put(place, "undefined"),
                other => {
                    let why = match other {
                        Value::Unknown(why) => Rc::clone(why),
                        _ => Rc::new(Why::new("what stands in its place is not followed")),
                    };
                    let id = self.hole_id();
                    maker.hole(place, &words[range.clone()], (id, why));
                }
            }
            at = range.end;
        }
        maker.text(&text.slice(at..words.len()));
        self.pay(maker.cost());
        Value::text(maker.finish())
    }

    /// `util.format`: its words stand for the values behind them.
    pub(super) fn formatted(&mut self, args: &[Arg<'a>]) -> Value<'a> {
        let Some(Value::Text(text)) = args.first().map(|arg| arg.value.clone().settled()) else {
            return Value::unknown(RUN_TIME);
        };
        let words = text.passage.text();
        let mut parts: Vec<Value<'a>> = Vec::new();
        let (mut at, mut next) = (0, 1);
        for (found, _) in words.match_indices('%') {
            let one = matches!(words.as_bytes().get(found + 1), Some(b's' | b'd' | b'i'));
            if one && let Some(arg) = args.get(next) {
                parts.push(Value::text(text.slice(at..found)));
                parts.push(arg.value.clone());
                (at, next) = (found + 2, next + 1);
            }
        }
        parts.push(Value::text(text.slice(at..words.len())));
        let place = text.passage.span();
        let nothing = Value::text(text.slice(0..0));
        self.joined(&parts, &nothing, place)
    }

    /// `String.raw` as a function.
    pub(super) fn raw(&mut self, args: &[Arg<'a>]) -> Value<'a> {
        let Some(Value::Object(object)) = args.first().map(|arg| arg.value.clone()) else {
            return Value::unknown(RUN_TIME);
        };
        let Some(Value::List(strings)) = object.get("raw").cloned() else { return Value::unknown(RUN_TIME) };
        let mut parts: Vec<Value<'a>> = Vec::new();
        for (index, string) in strings.items.iter().enumerate() {
            if index > 0
                && let Some(arg) = args.get(index)
            {
                parts.push(arg.value.clone());
            }
            parts.push(string.clone());
        }
        let nothing = self.made_text("");
        let place = self.here();
        self.joined(&parts, &nothing, place)
    }
}

/// The length in UTF-16 units.
#[allow(clippy::cast_precision_loss, reason = "texts are far shorter")]
fn units(text: &str) -> f64 {
    text.encode_utf16().count() as f64
}

/// The groups of a match as a list.
fn groups<'a>(text: &Rc<Text>, found: &Captures<'_>) -> Value<'a> {
    let group = |group: Option<regex::Match<'_>>| match group {
        Some(group) => Value::text(text.slice(group.range())),
        None => Value::Nothing,
    };
    Value::list(found.iter().map(group).collect())
}

/// Adds the words that stand in a match's place, `$1` and `$&` filled in.
fn expand(maker: &mut Maker, with: &Text, text: &Text, groups: &[Option<std::ops::Range<usize>>]) {
    let words = with.passage.text();
    let mut at = 0;
    while let Some(found) = words.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + found;
        let behind = words.as_bytes().get(dollar + 1);
        let group = match behind {
            Some(b'&') => Some(0),
            Some(digit @ b'1'..=b'9') => Some(usize::from(digit - b'0')),
            _ => None,
        };
        match group.and_then(|group| groups.get(group)) {
            Some(group) => {
                maker.text(&with.slice(at..dollar));
                if let Some(range) = group {
                    maker.text(&text.slice(range.clone()));
                }
                at = dollar + 2;
            }
            None => {
                let end = dollar + if behind == Some(&b'$') { 2 } else { 1 };
                maker.text(&with.slice(at..dollar + 1));
                at = end;
            }
        }
    }
    maker.text(&with.slice(at..words.len()));
}

/// Whether a part between semicolons opens nothing that it does not close.
fn is_whole(part: &str) -> bool {
    let even = |quote: &str| part.matches(quote).count() % 2 == 0;
    let last = part.rsplit('\n').next().unwrap_or_default();
    even("'")
        && even("\"")
        && even("`")
        && even("$$")
        && !last.contains("--")
        && part.matches("/*").count() == part.matches("*/").count()
}

/// The language's pattern as one of ours; none where it says what ours can't.
pub(super) fn pattern(exp: &str, flags: &str) -> Option<Regex> {
    let mut ours = String::with_capacity(exp.len() + 8);
    let bytes = exp.as_bytes();
    let mut in_class = false;
    let mut chars = exp.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => {
                let (_, next) = chars.next()?;
                match next {
                    '/' | '"' | '\'' | '`' | ':' | ',' | ';' | '=' | '@' | '%' | '!' | '<' | '>' | '_' => {
                        ours.push(next);
                    }
                    'd' => ours.push_str("[0-9]"),
                    'w' if !in_class => ours.push_str("[A-Za-z0-9_]"),
                    next => {
                        ours.push('\\');
                        ours.push(next);
                    }
                }
            }
            '[' if !in_class => {
                in_class = true;
                ours.push('[');
                if exp.get(at + 1..).is_some_and(|rest| rest.starts_with("^]")) {
                    return None;
                }
            }
            ']' => {
                in_class = false;
                ours.push(']');
            }
            '[' => ours.push_str("\\["),
            '{' if !in_class && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => ours.push_str("\\{"),
            '}' if !in_class => {
                let open = ours.rfind('{').filter(|open| !ours[..*open].ends_with('\\'));
                let counts = open.is_some_and(|open| {
                    ours[open + 1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
                });
                ours.push_str(if counts { "}" } else { "\\}" });
            }
            char => ours.push(char),
        }
    }
    RegexBuilder::new(&ours)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(1 << 20)
        .build()
        .ok()
}
