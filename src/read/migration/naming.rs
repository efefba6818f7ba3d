//! The names that TypeORM makes up for keys, constraints and indexes: a hash over the table and the
//! columns. Source: its `DefaultNamingStrategy`.

/// A kind's prefix, and how many digits of the hash follow.
const KINDS: &[(&str, &str, usize)] = &[
    ("primary-key", "PK_", 27),
    ("unique", "UQ_", 27),
    ("foreign-key", "FK_", 27),
    ("index", "IDX_", 26),
    ("check", "CHK_", 26),
    ("exclude", "XCL_", 26),
];

/// The name of a key or an index over `columns`, in whatever order these are given.
#[must_use]
pub fn over<T: AsRef<str>>(kind: &str, table: &str, columns: &[T]) -> Option<String> {
    let mut columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    columns.sort_unstable();
    of(kind, table, &columns.join("_"))
}

/// The name of a check or an exclusion.
#[must_use]
pub fn of(kind: &str, table: &str, words: &str) -> Option<String> {
    let (_, prefix, len) = KINDS.iter().find(|(known, ..)| *known == kind)?;
    let table = table.rsplit('.').next().unwrap_or(table);
    let mut name = sha1(format!("{table}_{words}").as_bytes());
    name.truncate(*len);
    Some(format!("{prefix}{name}"))
}

/// The enum that a column's values are kept in.
#[must_use]
pub fn of_enum(table: &str, column: &str) -> String {
    let (schema, own) = table.rsplit_once('.').map_or(("", table), |(schema, own)| (schema, own));
    let dot = if schema.is_empty() { "" } else { "." };
    format!("{schema}{dot}{own}_{}_enum", column.to_lowercase())
}

/// The SHA-1 hash of some bytes, in small hexadecimal digits. It makes names here, and keeps no secret.
#[allow(clippy::many_single_char_names, reason = "the algorithm's own names")]
fn sha1(bytes: &[u8]) -> String {
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in message.chunks_exact(64) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
            .collect();
        for at in 16..80 {
            let mixed = words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16];
            words.push(mixed.rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (mix, add) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next =
                a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(add).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, own) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(own);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_sha1() {
        assert_eq!(sha1(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha1(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(sha1(&[b'a'; 200]), "e61cfffe0d9195a525fc6cf06ca2d77119c24a40");
    }

    #[test]
    fn names_do_not_depend_on_the_order_of_columns() {
        let name = over("unique", "shop.post", &["tag", "name"]);
        assert_eq!(name, over("unique", "post", &["name", "tag"]));
        // What TypeORM 0.3 names the primary key of a table `user` over `id`.
        assert_eq!(over("primary-key", "user", &["id"]).as_deref(), Some("PK_cace4a159ff9f2512dd42373760"));
        assert_eq!(over("unique", "user", &["email"]).as_deref(), Some("UQ_e12875dfb3b1d92d7d7c5377e22"));
        assert_eq!(of_enum("shop.Order", "Status"), "shop.Order_status_enum");
        assert_eq!(of("other", "a", "b"), None);
    }
}
