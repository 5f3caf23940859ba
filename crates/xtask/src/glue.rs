//! What wasm-bindgen writes, made shorter for the download: the wasm imports each JavaScript function under a name of
//! forty characters, a third of them random, and both files carry it. Nothing but names is changed.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;

/// The same module and its JavaScript with short names for what one gives the other.
pub fn shortened(wasm: &[u8], js: &str) -> Result<(Vec<u8>, String)> {
    let mut config = walrus::ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    let mut module = config.parse(wasm).context("reading what wasm-bindgen wrote")?;
    let mut names = HashMap::new();
    for import in module.imports.iter_mut().filter(|import| import.name.starts_with("__wb")) {
        let next = format!("i{:x}", names.len());
        let name = names.entry(import.name.clone()).or_insert(next);
        import.name.clone_from(name);
    }
    let js = renamed(&without_comments(js), &names);
    for (long, short) in &names {
        ensure!(words(&js).any(|word| word == short), "the glue does not define the import {long}");
    }
    Ok((module.emit_wasm(), js))
}

/// The text with other names for these words.
fn renamed(js: &str, names: &HashMap<String, String>) -> String {
    words(js).map(|word| names.get(word).map_or(word, String::as_str)).collect()
}

/// The text in pieces: each identifier, and what lies between them.
fn words(js: &str) -> impl Iterator<Item = &str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut rest = js;
    core::iter::from_fn(move || {
        let first = is_letter(rest.chars().next()?);
        let end = rest.find(|letter| is_letter(letter) != first).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

/// Without comments that fill whole lines, and without indentation. For scripts none of whose texts goes over a line's end.
pub fn without_comments(js: &str) -> String {
    let mut text = String::with_capacity(js.len());
    let mut in_comment = false;
    for line in js.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            text.push_str(line);
            text.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{renamed, without_comments};
    use std::collections::HashMap;

    #[test]
    fn only_whole_names_are_renamed() {
        let names = HashMap::from([("__wbg_get_1a".to_owned(), "i0".to_owned())]);
        let js = "{ __wbg_get_1a: function(a) { return __wbg_get_1ab(a, '__wbg_get_1a') } }";
        assert_eq!(renamed(js, &names), "{ i0: function(a) { return __wbg_get_1ab(a, 'i0') } }");
    }

    #[test]
    fn comments_and_indentation_go() {
        let js = "/**\n * One.\n */\nfunction one() {\n    // why\n\n    return 1; // here\n}\n/* two */\ntwo();\n";
        assert_eq!(without_comments(js), "function one() {\nreturn 1; // here\n}\ntwo();\n");
    }
}
