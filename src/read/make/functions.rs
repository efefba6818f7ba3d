//! Functions of make on words that are written out. Knows no file and no command's output.

/// Longest arguments that are looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// The result of the function `name`, where it is one that words alone decide.
pub(super) fn call(name: &str, arguments: &[String]) -> Option<String> {
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let each = |at: usize, change: &dyn Fn(&str) -> String| {
        argument(at).split_whitespace().map(change).collect::<Vec<_>>().join(" ")
    };
    // Results may grow with the square of their arguments.
    if arguments.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        return None;
    }
    let parts = |word: &str| {
        word.rsplit_once('/').map_or((String::new(), word.to_owned()), |(folder, file)| {
            (format!("{folder}/"), file.to_owned())
        })
    };
    Some(match name {
        // Where the repository lies is not known; paths stay relative to the Makefile's folder.
        "strip" | "abspath" | "realpath" => each(0, &str::to_owned),
        "notdir" => each(0, &|word| parts(word).1),
        "dir" => each(0, &|word| match parts(word).0 {
            folder if folder.is_empty() => "./".to_owned(),
            folder => folder,
        }),
        "basename" => each(0, &|word| {
            let (folder, file) = parts(word);
            format!("{folder}{}", file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem))
        }),
        "addprefix" => each(1, &|word| format!("{}{word}", argument(0))),
        "addsuffix" => each(1, &|word| format!("{word}{}", argument(0))),
        "firstword" => argument(0).split_whitespace().next().unwrap_or_default().to_owned(),
        "lastword" => argument(0).split_whitespace().next_back().unwrap_or_default().to_owned(),
        "word" => {
            let at: usize = argument(0).trim().parse().ok()?;
            argument(1).split_whitespace().nth(at.checked_sub(1)?).unwrap_or_default().to_owned()
        }
        "words" => argument(0).split_whitespace().count().to_string(),
        "subst" if !argument(0).is_empty() => argument(2).replace(argument(0), argument(1)),
        "patsubst" => each(2, &|word| substituted(word, argument(0).trim(), argument(1).trim())),
        "filter" => filtered(arguments, true),
        "filter-out" => filtered(arguments, false),
        "findstring" if argument(1).contains(argument(0)) => argument(0).to_owned(),
        "findstring" => String::new(),
        _ => return None,
    })
}

/// The words of the second argument that match one of the patterns of the first, or that do not.
fn filtered(arguments: &[String], wanted: bool) -> String {
    let [patterns, words] = arguments else { return String::new() };
    // More patterns than anyone writes are not compared with each word.
    let patterns: Vec<&str> = patterns.split_whitespace().take(64).collect();
    let holds = |word: &&str| patterns.iter().any(|pattern| stem(word, pattern).is_some()) == wanted;
    words.split_whitespace().filter(holds).collect::<Vec<_>>().join(" ")
}

/// What `%` stands for where `word` matches `pattern`; empty where the pattern has none.
pub(super) fn stem<'w>(word: &'w str, pattern: &str) -> Option<&'w str> {
    match pattern.split_once('%') {
        Some((before, after)) => word.strip_prefix(before)?.strip_suffix(after),
        None => (word == pattern).then_some(""),
    }
}

/// `word` rewritten from one pattern to the other; as it is where it does not match.
pub(super) fn substituted(word: &str, from: &str, to: &str) -> String {
    match stem(word, from) {
        Some(stem) if from.contains('%') => to.replacen('%', stem, 1),
        Some(_) => to.to_owned(),
        None => word.to_owned(),
    }
}
