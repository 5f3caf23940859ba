//! Where things lie, and how other programs are started: always from the root, always with their output in sight.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

/// The checkout and its target directory.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds, `CARGO_TARGET_DIR` respected.
    pub target: PathBuf,
}

impl Workspace {
    /// The workspace this xtask was compiled in.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("crates/xtask lies two folders below the root")?
            .to_path_buf();
        let answer = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cargo metadata could not be started")?;
        ensure!(answer.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&answer.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names the target directory")?;
        Ok(Self { root, target: PathBuf::from(target) })
    }

    /// The web app that the server embeds.
    pub fn web(&self) -> PathBuf {
        self.target.join("web")
    }

    /// The server's binary in a cargo profile's folder (`debug`, `release`).
    pub fn server_binary(&self, profile_folder: &str) -> PathBuf {
        self.target.join(profile_folder).join(format!("evertill{}", env::consts::EXE_SUFFIX))
    }

    /// A cargo command in the root.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command(cargo());
        command.arg(subcommand);
        command
    }

    /// A command in the root.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }
}

/// The cargo that started us, so that a `+toolchain` is kept.
fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Runs to the end and fails when the program does.
pub fn finish(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("{shown} could not be started"))?;
    ensure!(status.success(), "{shown} ended with {status}");
    Ok(())
}

/// The program and its arguments as one would type them.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// The path of a program on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// Writes a file and says which one when it cannot.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

/// Reads a file and says which one when it cannot.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Reads a text file and says which one when it cannot.
pub fn read_text(path: &Path) -> Result<String> {
    match String::from_utf8(read(path)?) {
        Ok(text) => Ok(text),
        Err(_) => bail!("{} is not UTF-8", path.display()),
    }
}
