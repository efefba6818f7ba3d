//! How effects are shown: which are worth a node, which share a colour. The words themselves are the
//! vocabulary's.

use super::Effects;

/// Effects that alone make a command not worth showing: nothing outside of its machine changes.
const HARMLESS: &[&str] =
    &["none", "inspect", "wait", "install", "build", "generate", "download", "typecheck", "lint", "notify"];

/// A family of effects that share a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// Its name in styles.
    pub name: &'static str,
    effects: &'static [&'static str],
    /// Surface and ink on a light page, surface and ink on a dark one.
    pub light: (&'static str, &'static str),
    pub dark: (&'static str, &'static str),
}

/// The tones; what comes first is what a node with several effects is coloured by.
pub static TONES: &[Tone] = &[
    Tone {
        name: "destroy",
        effects: &["destroy", "drop-schema"],
        light: ("#3f1d2b", "#ffe4ec"),
        dark: ("#ffd0de", "#4a0d24"),
    },
    Tone {
        name: "deploy",
        effects: &["deploy", "publish-site", "release-image", "publish"],
        light: ("#fde0dd", "#a11b12"),
        dark: ("#5c1a16", "#ffc9c2"),
    },
    Tone {
        name: "migrate",
        effects: &["migrate", "revert-migration", "repair", "sync-schema"],
        light: ("#fdebc1", "#7a4a00"),
        dark: ("#543700", "#ffdf9e"),
    },
    Tone { name: "seed", effects: &["seed"], light: ("#efe3d3", "#6b4420"), dark: ("#46311c", "#f0d6b8") },
    Tone {
        name: "restore",
        effects: &["restore", "rollback", "restart", "scale"],
        light: ("#d8e8fd", "#0d4a9e"),
        dark: ("#12376b", "#c3dcff"),
    },
    Tone {
        name: "backup",
        effects: &["backup"],
        light: ("#d5f2dc", "#0f5c2c"),
        dark: ("#12432a", "#b5f0c8"),
    },
    Tone {
        name: "image",
        effects: &["build-image", "push-image", "pull-image"],
        light: ("#e7dffc", "#51309b"),
        dark: ("#38246a", "#dccfff"),
    },
    Tone {
        name: "secret",
        effects: &["set-secret", "open-console"],
        light: ("#fbdcef", "#8a1261"),
        dark: ("#571140", "#ffc8e8"),
    },
    Tone {
        name: "test",
        effects: &["test", "health-check"],
        light: ("#d3f0f1", "#0b5558"),
        dark: ("#0f4144", "#b3eef0"),
    },
];

/// The tone of everything else.
pub static PLAIN: Tone =
    Tone { name: "plain", effects: &[], light: ("#e6e9ee", "#3b4452"), dark: ("#333b47", "#d5dbe5") };

/// The effects that are shown as words.
#[must_use]
pub fn shown(effects: Effects) -> Effects {
    effects.without(Effects::of(HARMLESS.iter().copied()))
}

/// The tone of one effect.
#[must_use]
pub fn tone(effect: &str) -> &'static Tone {
    TONES.iter().find(|tone| tone.effects.contains(&effect)).unwrap_or(&PLAIN)
}

/// The tone that a node with these effects has; none where it has no effect that is shown.
#[must_use]
pub fn strongest(effects: Effects) -> Option<&'static Tone> {
    let has = |tone: &&Tone| tone.effects.iter().any(|effect| effects.holds(effect));
    TONES.iter().find(has).or_else(|| (!shown(effects).is_empty()).then_some(&PLAIN))
}

/// Where effects stand among others when not all can be shown; less is shown first.
#[must_use]
pub fn rank(effects: Effects) -> usize {
    let tone = strongest(effects);
    tone.and_then(|tone| TONES.iter().position(|other| other == tone)).unwrap_or(TONES.len())
}
