//! From crates to the folder that a browser is served: `<target>/web`.
//!
//! ```text
//! index.html  service-worker.js  precache.js  manifest.webmanifest  favicon.svg   answered with `no-cache`
//! icons/…                                                                         answered with `no-cache`
//! assets/<name>.<hash>.{js,wasm,css}                                              immutable
//! <file>.br  <file>.gz                                                            beside each compressible file
//! ```
//!
//! The server embeds that folder in release and reads it in debug (`server/build.rs`), and can be told another one with
//! `serve --web FOLDER`. The version is the crate's plus a hash over all content: it cannot be compiled in, so
//! `index.html` and `precache.js` carry it. A folder appears whole or not at all: it is built beside and swapped in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::glue;
use crate::web::{Effort, Site};
use crate::workspace::{Workspace, finish, read, read_text};

const TARGET: &str = "wasm32-unknown-unknown";

/// How the wasm is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compiled {
    /// What a shop gets: smallest, slowest to build.
    Release,
    /// The same behaviour for browser tests, in a fraction of the build time.
    Test,
    /// Unoptimised, with names.
    Dev,
}

impl Compiled {
    fn profile(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Test => "wasm-test",
            Self::Dev => "dev",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            optimised => optimised.profile(),
        }
    }
}

/// What to build and where to put it.
pub struct WebBuild {
    /// How the wasm is compiled.
    pub compiled: Compiled,
    /// Appended to the version; also changes every hashed name.
    pub version_suffix: Option<String>,
    /// The folder, replaced as a whole.
    pub out: PathBuf,
}

/// Builds the web app and returns its version.
pub fn web(workspace: &Workspace, build: &WebBuild) -> Result<String> {
    add_wasm_target(workspace)?;
    let mut compile = workspace.cargo("build");
    compile.args(["-p", "evertill-app", "-p", "evertill-worker", "--target", TARGET]);
    finish(compile.args(["--profile", build.compiled.profile()]))?;

    let bindings = tempfile::tempdir().context("making a folder for the bindings")?;
    let app = bind(workspace, build.compiled, "evertill-app.wasm", bindings.path())?;
    let worker = bind(workspace, build.compiled, "evertill_worker.wasm", bindings.path())?;
    let site = assemble(workspace, build.version_suffix.as_deref().unwrap_or_default(), &app, &worker)?;

    let effort = if build.compiled == Compiled::Release { Effort::Most } else { Effort::Little };
    site.write(&build.out, effort)?;
    println!("web app {} in {}", site.version(), build.out.display());
    print!("{}", site.sizes(&build.out)?);
    Ok(site.version().to_owned())
}

/// Adds the compiler's wasm half when it is not there.
fn add_wasm_target(workspace: &Workspace) -> Result<()> {
    let mut ask = workspace.command("rustc");
    let answer =
        ask.args(["--print", "target-libdir", "--target", TARGET]).output().context("rustc was not found")?;
    let libraries = String::from_utf8_lossy(&answer.stdout);
    if answer.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    finish(workspace.command("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("the compiler lacks {TARGET}; without rustup, install it with your system's packages")
    })
}

/// What wasm-bindgen makes of one crate.
struct Bound {
    js: String,
    wasm: Vec<u8>,
    /// (path as the glue imports it, text)
    snippets: Vec<(String, String)>,
}

fn bind(workspace: &Workspace, compiled: Compiled, file: &str, scratch: &Path) -> Result<Bound> {
    let input = workspace.target.join(TARGET).join(compiled.folder()).join(file);
    let name = file.trim_end_matches(".wasm");
    let folder = scratch.join(name);
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(&input).out_name(name).typescript(false).omit_default_module_path(true);
    bindgen.remove_name_section(compiled != Compiled::Dev).remove_producers_section(true);
    // A service worker may not import modules dynamically and a classic one has no `import`: hence no modules there.
    // A page takes the same file by a script element.
    if name == "evertill_worker" {
        bindgen.no_modules(true)?
    } else {
        bindgen.web(true)?
    };
    bindgen.generate(&folder).with_context(|| format!("wasm-bindgen over {}", input.display()))?;

    let mut snippets = Vec::new();
    let snippet_folder = folder.join("snippets");
    if snippet_folder.is_dir() {
        collect_snippets(&snippet_folder, "./snippets", &mut snippets)?;
    }
    let js = read_text(&folder.join(format!("{name}.js")))?;
    let wasm = read(&folder.join(format!("{name}_bg.wasm")))?;
    let (wasm, js) = match compiled {
        Compiled::Release | Compiled::Test => glue::shortened(&wasm, &js)?,
        Compiled::Dev => (wasm, js),
    };
    Ok(Bound { js, wasm, snippets })
}

fn collect_snippets(folder: &Path, imported_as: &str, found: &mut Vec<(String, String)>) -> Result<()> {
    for entry in sorted_entries(folder)? {
        let name =
            entry.file_name().context("an entry of a folder has a name")?.to_string_lossy().into_owned();
        let imported_as = format!("{imported_as}/{name}");
        if entry.is_dir() {
            collect_snippets(&entry, &imported_as, found)?;
        } else {
            found.push((imported_as, read_text(&entry)?));
        }
    }
    Ok(())
}

/// Names everything by its content, from what imports nothing up to the page.
fn assemble(workspace: &Workspace, version_suffix: &str, app: &Bound, worker: &Bound) -> Result<Site> {
    let public = workspace.root.join("public");
    let mut site = Site::new(version_suffix);

    let app_wasm = site.add_hashed("evertill-app", "wasm", &app.wasm);
    let mut app_js = app.js.clone();
    for (imported_as, text) in &app.snippets {
        let path = site.add_hashed("snippet", "js", text.as_bytes());
        app_js = app_js.replace(imported_as, &path);
    }
    ensure!(
        !app_js.contains("./snippets/"),
        "the app's glue imports a snippet that wasm-bindgen did not write"
    );
    let app_js = site.add_hashed("evertill-app", "js", app_js.as_bytes());

    if !worker.snippets.is_empty() {
        bail!("the worker has JS snippets, which a classic service worker cannot import");
    }
    let worker_wasm = site.add_hashed("evertill-worker", "wasm", &worker.wasm);
    // The glue keeps its module for ever; after a panic a new copy of it is the only way to a new module.
    let worker_js = format!("self.evertillEngine = () => {{\n{}\nreturn wasm_bindgen;\n}};\n", worker.js);
    let worker_js = site.add_hashed("evertill-worker", "js", worker_js.as_bytes());

    let css = site.add_hashed("evertill", "css", styles(&public)?.as_bytes());
    let start = glue::without_comments(&read_text(&public.join("start.js"))?);
    let names = [
        ("app_js", &app_js),
        ("app_wasm", &app_wasm),
        ("engine_js", &worker_js),
        ("engine_wasm", &worker_wasm),
    ];
    let start = filled(&start, &names.map(|(name, value)| (name, value.as_str())))?;
    let start_js = site.add_hashed("start", "js", start.as_bytes());

    for name in ["manifest.webmanifest", "favicon.svg"] {
        site.add(name, read(&public.join(name))?);
    }
    for icon in sorted_entries(&public.join("icons"))? {
        let name =
            icon.file_name().context("an entry of a folder has a name")?.to_string_lossy().into_owned();
        site.add(&format!("icons/{name}"), read(&icon)?);
    }

    let worker_script =
        glue::without_comments(&read_text(&workspace.root.join("service-worker.js"))?).into_bytes();
    let page = read_text(&public.join("index.html"))?;
    let sprite = read_text(&public.join("sprite.svg"))?;
    let version = site.seal(&[&worker_script, page.as_bytes(), sprite.as_bytes()]);
    let names = [
        ("css", &css),
        ("start_js", &start_js),
        ("app_js", &app_js),
        ("app_wasm", &app_wasm),
        ("version", &version),
        ("sprite", &sprite),
    ];
    let page = filled(&page, &names.map(|(name, value)| (name, value.as_str())))?;
    site.add("index.html", page.into_bytes());
    let precache = serde_json::json!({
        "version": version,
        "files": site.precached(),
        "worker_js": worker_js,
        "worker_wasm": worker_wasm,
    });
    site.add("precache.js", format!("self.EVERTILL = {precache:#};\n").into_bytes());
    site.add("service-worker.js", worker_script);
    Ok(site)
}

/// The first paint, then every file of `public/styles` in the order of their names.
fn styles(public: &Path) -> Result<String> {
    let mut bundle = read_text(&public.join("start.css"))?;
    let folder = public.join("styles");
    if folder.is_dir() {
        for file in
            sorted_entries(&folder)?.iter().filter(|file| file.extension().is_some_and(|end| end == "css"))
        {
            let text = read_text(file)?;
            ensure!(!text.contains("@import"), "{}: @import does not work in a bundle", file.display());
            bundle.push('\n');
            bundle.push_str(&text);
        }
    }
    Ok(bundle)
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Puts values in the place of `{{name}}`; a name without a place or a place without a name is a mistake.
fn filled(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut text = template.to_owned();
    for (name, value) in values {
        let place = format!("{{{{{name}}}}}");
        ensure!(text.contains(&place), "the template has no {place}");
        text = text.replace(&place, value);
    }
    ensure!(!text.contains("{{"), "the template has a place that nothing fills");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn a_template_is_filled_completely_or_refused() {
        assert_eq!(filled("a {{x}} b {{x}}", &[("x", "1")]).expect("every place has a value"), "a 1 b 1");
        assert!(filled("a {{x}} {{y}}", &[("x", "1")]).is_err());
        assert!(filled("a", &[("x", "1")]).is_err());
    }
}
