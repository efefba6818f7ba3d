//! What the language and node's own packages do, as far as migrations use it: paths, files, texts.

use regex::RegexBuilder;

use super::super::library::{folder, normal};
use super::super::text::{Maker, Text, Why};
use super::super::value::{Arg, Object, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc, Site};

/// The name under which a package of node's is known.
pub(super) fn package(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("node:").unwrap_or(name) {
        "path" | "path/posix" => "path",
        "fs" | "fs-extra" | "graceful-fs" => "fs",
        "fs/promises" => "fs.promises",
        "url" => "url",
        "util" => "util",
        "process" => "process",
        _ => return None,
    })
}

/// Names that every file knows.
pub(super) fn is_global(name: &str) -> bool {
    matches!(
        name,
        "Promise"
            | "Object"
            | "Array"
            | "String"
            | "Number"
            | "Boolean"
            | "JSON"
            | "Math"
            | "Date"
            | "console"
            | "process"
            | "require"
            | "Set"
            | "Map"
            | "URL"
            | "Error"
            | "parseInt"
            | "setTimeout"
            | "globalThis"
    )
}

impl<'a> Machine<'a> {
    pub(super) fn native_member(&mut self, path: &str, name: &str) -> Value<'a> {
        let own = self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
        match (path, name) {
            ("process.env", name) => Value::Unknown(Rc::new(Why {
                reason: format!("the environment variable `{name}` is known at run time only"),
                variable: Some(name.to_owned()),
                path: None,
            })),
            ("import.meta", "dirname") => self.made_text(&format!("/{}", folder(&own))),
            ("import.meta", "url" | "filename") => self.made_text(&format!("/{own}")),
            ("path", "sep") => self.made_text("/"),
            ("path", "posix" | "default") | ("fs" | "url" | "util", "default") => Value::Native(path.into()),
            (path, name) => Value::Native(format!("{path}.{name}").into()),
        }
    }

    pub(super) fn native_call(&mut self, path: &str, args: Vec<Arg<'a>>, site: &Site) -> Value<'a> {
        let first = args.first().map_or(Value::Nothing, |arg| arg.value.clone());
        match path {
            "path.join" | "path.resolve" => self.join_path(&args, path == "path.resolve"),
            "path.dirname" => match Self::known(&first.settled()) {
                Some(text) => {
                    let parent = folder(text.passage.text()).to_owned();
                    self.made_text(if parent.is_empty() { "/" } else { &parent })
                }
                None => Value::unknown("which folder it is is known at run time only"),
            },
            "path.basename" => match Self::known(&first.settled()) {
                Some(text) => {
                    let words = text.passage.text().rsplit('/').next().unwrap_or_default().to_owned();
                    let end = args.get(1).and_then(|arg| Self::known(&arg.value));
                    let end = end.as_ref().map_or("", |end| end.passage.text());
                    self.made_text(words.strip_suffix(end).unwrap_or(&words))
                }
                None => Value::unknown("which file it is is known at run time only"),
            },
            "url.fileURLToPath" | "util.promisify" | "Object.freeze" | "Object.seal" | "Array.from"
            | "String" => match first {
                Value::Number(number, place) if path == "String" => {
                    let mut maker = Maker::at(place);
                    maker.put(place, &number.to_string());
                    Value::text(maker.finish())
                }
                Value::List(_) if path == "Array.from" && args.len() > 1 => {
                    let function = args[1..].to_vec();
                    self.call_method(&first, "map", function, site, None)
                }
                first => first,
            },
            "fs.readFileSync" => self.file(&first),
            "fs.promises.readFile" => {
                let text = self.file(&first);
                Value::Promise(Rc::new((text, Vec::new())))
            }
            "fs.readFile" => {
                let text = self.file(&first);
                let callback = args.iter().skip(1).find_map(|arg| match &arg.value {
                    Value::Function(function) => Some(Rc::clone(function)),
                    _ => None,
                });
                match callback {
                    Some(callback) => self.call_function(&callback, vec![Value::Nothing, text], None, site),
                    None => Value::Promise(Rc::new((text, Vec::new()))),
                }
            }
            "require" => self.require(&first.settled()),
            "Promise.all" | "Promise.allSettled" | "Promise.race" | "Promise.any" => Self::gathered(&first),
            "Promise.resolve" => Value::Promise(Rc::new((first.settled(), Vec::new()))),
            "Object.keys" => Self::keys(&first.settled(), self.here()),
            "Object.values" | "Object.entries" => Self::entries(&first.settled(), path == "Object.values"),
            "Object.assign" => self.merged(&args),
            "Array.isArray" => match first.settled() {
                Value::List(_) => Value::Bool(true, self.here()),
                Value::Text(_) | Value::Object(_) | Value::Nothing => Value::Bool(false, self.here()),
                _ => Value::unknown(RUN_TIME),
            },
            "Number" | "parseInt" | "Number.parseInt" => match &first {
                Value::Text(text) => match text.known().and_then(|words| words.trim().parse().ok()) {
                    Some(number) => Value::Number(number, text.passage.span()),
                    None => Value::unknown(RUN_TIME),
                },
                Value::Number(..) => first,
                Value::Unknown(why) => Value::Unknown(Rc::clone(why)),
                _ => Value::unknown(RUN_TIME),
            },
            "Boolean" => match first.truth() {
                Some(truth) => Value::Bool(truth, self.here()),
                None => Value::unknown(RUN_TIME),
            },
            "process.cwd" => self.made_text("."),
            _ if path.starts_with("console.") => Value::Nothing,
            _ => {
                let why = match &first {
                    // What is made of a variable of the environment is one still.
                    Value::Unknown(why) if why.variable.is_some() => Value::Unknown(Rc::clone(why)),
                    _ => Value::Unknown(Rc::new(Why::new(String::new()))),
                };
                self.unknown_call(&why, args, site)
            }
        }
    }

    pub(super) fn new_native(&mut self, path: &str, args: Vec<Arg<'a>>, site: &Site) -> Value<'a> {
        let first = args.first().map(|arg| arg.value.clone());
        match (path, first) {
            ("Promise", Some(Value::Function(function))) => {
                let start = self.noted.reading.facts.len();
                let done = Value::unknown("it is a function of a promise");
                let result = self.call_function(&function, vec![done.clone(), done], None, site);
                self.give_away(&result);
                self.promise(Value::unknown("what a promise gives is not followed"), start)
            }
            ("Set" | "Map", Some(list @ Value::List(_))) => list,
            ("Set" | "Map", None) => Value::list(Vec::new()),
            ("URL" | "url.URL", Some(first)) => {
                match (Self::known(&first), args.get(1).map(|arg| &arg.value)) {
                    (Some(name), Some(base)) => match Self::known(base) {
                        Some(base) => {
                            let whole = format!("{}/{}", folder(base.passage.text()), name.passage.text());
                            self.made_path(&whole)
                        }
                        None => Value::unknown(RUN_TIME),
                    },
                    _ => Value::unknown(RUN_TIME),
                }
            }
            _ => self.unknown_call(&Value::Unknown(Rc::new(Why::new(String::new()))), args, site),
        }
    }

    fn join_path(&mut self, args: &[Arg<'a>], absolute: bool) -> Value<'a> {
        let mut whole = String::new();
        for arg in args {
            let value = arg.value.clone().settled();
            let Some(text) = Self::known(&value) else {
                return match value {
                    Value::Unknown(why) => Value::Unknown(why),
                    Value::Text(text) => {
                        let why = text.holes.first().map(|hole| Rc::clone(&hole.why));
                        why.map_or_else(|| Value::unknown(RUN_TIME), Value::Unknown)
                    }
                    _ => Value::unknown("which file it is is known at run time only"),
                };
            };
            let part = text.passage.text();
            if absolute && part.starts_with('/') {
                whole.clear();
            }
            if !whole.is_empty() {
                whole.push('/');
            }
            whole.push_str(part);
        }
        self.made_path(&whole)
    }

    fn made_path(&mut self, whole: &str) -> Value<'a> {
        let rooted = if whole.starts_with('/') { "/" } else { "" };
        match normal(whole) {
            Some(path) => self.made_text(&format!("{rooted}{path}")),
            None => Value::unknown("its path leads out of the repository"),
        }
    }

    /// The text of the file at a path.
    fn file(&mut self, path: &Value<'a>) -> Value<'a> {
        let path = path.clone().settled();
        let text = match &path {
            Value::Text(text) => text,
            Value::Unknown(why) => {
                return Value::Unknown(Rc::new(Why {
                    reason: format!("it is read from a file whose name is not known: {}", why.reason),
                    variable: None,
                    path: None,
                }));
            }
            _ => return Value::unknown("it is read from a file whose name is not known"),
        };
        let Some(name) = text.known() else {
            let why = text.holes.first().map_or("", |hole| hole.why.reason.as_str());
            return Value::unknown(format!("it is read from a file whose name is not known: {why}"));
        };
        let own = self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
        let name = normal(name).map(|path| if name.starts_with('/') { format!("/{path}") } else { path });
        match name.ok_or_else(|| "its path leads out of the repository".to_owned()) {
            Ok(name) => match self.library.text(&own, &name) {
                Ok(passage) => Value::text(Text::whole(passage)),
                Err(reason) => Value::unknown(reason),
            },
            Err(reason) => Value::unknown(reason),
        }
    }

    fn entries(value: &Value<'a>, values: bool) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let items = object.pairs.iter().map(|(key, value)| {
                    if values {
                        return value.clone();
                    }
                    let mut maker = Maker::at(object.span);
                    maker.put(object.span, key);
                    Value::list(vec![Value::text(maker.finish()), value.clone()])
                });
                let items = items.collect();
                Value::List(Rc::new(super::super::value::List { items, more: object.more.clone() }))
            }
            Value::List(_) if values => value.clone(),
            Value::Unknown(why) => Value::Unknown(Rc::clone(why)),
            _ => Value::unknown(RUN_TIME),
        }
    }

    fn merged(&mut self, args: &[Arg<'a>]) -> Value<'a> {
        let mut whole = Object { pairs: Vec::new(), more: None, span: self.here() };
        for arg in args {
            match arg.value.clone().settled() {
                Value::Object(object) => {
                    whole.pairs.extend(object.pairs.iter().cloned());
                    whole.more = whole.more.or_else(|| object.more.clone());
                }
                _ => whole.more = Some(Rc::new(Why::new(RUN_TIME))),
            }
        }
        Value::Object(Rc::new(whole))
    }

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
                self.replaced(text, name == "replaceAll", &pattern, &with)
            }
            ("toUpperCase" | "toLowerCase" | "toLocaleLowerCase" | "toLocaleUpperCase", _) => {
                match text.known() {
                    Some(words) => {
                        let words =
                            if name.contains("Upper") { words.to_uppercase() } else { words.to_lowercase() };
                        let place = text.passage.span();
                        let mut maker = Maker::at(place);
                        maker.put(place, &words);
                        Value::text(maker.finish())
                    }
                    None => Value::unknown(RUN_TIME),
                }
            }
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
            (
                "slice" | "substring" | "substr" | "indexOf" | "charAt" | "match" | "matchAll" | "search"
                | "padStart" | "padEnd" | "repeat" | "localeCompare",
                _,
            ) => Value::unknown(format!("what `{name}` makes of it is not followed")),
            _ => {
                self.unknown_call(&Value::unknown(format!("`{name}` of a text is not followed")), args, site)
            }
        }
    }

    /// Parts of a text. Statements are told apart better by SQL's own rules than by their semicolons.
    fn split(&mut self, text: &Rc<Text>, separator: &Value<'a>) -> Value<'a> {
        match separator {
            Value::Text(words) => match words.known() {
                Some(words) if !words.is_empty() && !words.contains(';') => {
                    let parts = text.split(words);
                    self.pay(parts.len() * 16);
                    Value::list(parts.into_iter().map(Value::text).collect())
                }
                _ => Value::list(vec![Value::Text(Rc::clone(text))]),
            },
            Value::Pattern(..) => Value::list(vec![Value::Text(Rc::clone(text))]),
            _ => Value::unknown(RUN_TIME),
        }
    }

    fn replaced(&mut self, text: &Rc<Text>, all: bool, pattern: &Value<'a>, with: &Value<'a>) -> Value<'a> {
        let words = text.passage.text();
        let found: Option<Vec<std::ops::Range<usize>>> = match pattern {
            Value::Text(pattern) => pattern.known().filter(|pattern| !pattern.is_empty()).map(|pattern| {
                let all = words.match_indices(pattern).map(|(at, found)| at..at + found.len());
                all.take(if matches!(with, Value::Nothing) { 0 } else { usize::MAX }).collect()
            }),
            Value::Pattern(exp, flags) => RegexBuilder::new(exp)
                .case_insensitive(flags.contains('i'))
                .multi_line(flags.contains('m'))
                .dot_matches_new_line(flags.contains('s'))
                .size_limit(1 << 20)
                .build()
                .ok()
                .map(|regex| regex.find_iter(words).map(|found| found.range()).collect()),
            _ => None,
        };
        let Some(mut found) = found else {
            let reason = match (pattern, with) {
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
        if !all && !matches!(pattern, Value::Pattern(_, flags) if flags.contains('g')) {
            found.truncate(1);
        }
        // Words that a hole stands for are no words of the text.
        found.retain(|range| !range.is_empty() && !text.has_hole(range));
        let mut maker = Maker::at(text.passage.span());
        let mut at = 0;
        for range in found.into_iter().take(1_000) {
            let between = text.slice(at..range.start);
            maker.text(&between);
            let place = text.passage.locate(range.clone());
            match with {
                Value::Text(with) => maker.text(with),
                Value::Number(number, _) => maker.put(place, &number.to_string()),
                Value::Nothing => {}
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
}
