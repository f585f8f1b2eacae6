//! Scripts of `package.json` as what is executed in the end, without a shell and without a package manager.

use super::package::Package;
use super::{HOME, SEARCH_PATH};

/// `PORT=80 node --enable-source-maps dist/server.js`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub variables: Vec<(String, String)>,
    pub words: Vec<String>,
}

/// What only a shell understands. `&&` is looked at before.
const SHELL: &[char] = &['|', ';', '&', '<', '>', '$', '`', '(', ')', '*', '\n'];

/// Where the programs of packages are.
const PROGRAMS: &str = "node_modules/.bin";

/// Scripts that start others, at most so many deep.
const DEEPEST: usize = 8;

/// What a script comes to; `None` when only a shell can run it.
pub(super) fn resolve(package: &Package, name: &str) -> Option<Command> {
    follow(package, name, DEEPEST)
}

fn follow(package: &Package, name: &str, deepest: usize) -> Option<Command> {
    let (script, _) = package.script(name)?;
    // What is before the last command prepares: it was built already, and nothing is migrated at start.
    let last = script.rsplit("&&").next()?.trim();
    if last.contains(SHELL) {
        return None;
    }
    let mut words = shlex::split(last)?.into_iter().peekable();
    let mut command = Command::default();
    while let Some(word) = words.peek() {
        match word.split_once('=') {
            Some((name, value)) if is_variable(name) => {
                command.variables.push((name.to_owned(), value.to_owned()));
            }
            _ if matches!(word.as_str(), "exec" | "env" | "cross-env" | "npx") => {}
            _ => break,
        }
        words.next();
    }
    command.words = words.collect();
    if let Some(other) = other_script(&command.words) {
        let followed = follow(package, other, deepest.checked_sub(1)?)?;
        command.variables.extend(followed.variables);
        return Some(Command { words: followed.words, ..command });
    }
    (!command.words.is_empty()).then_some(command)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The script that `npm run NAME` and the like start.
fn other_script(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["npm" | "pnpm" | "yarn" | "bun", "run", name]
        | ["node", "--run", name]
        | ["npm" | "pnpm" | "yarn", name @ ("start" | "test")] => Some(name),
        _ => None,
    }
}

impl Command {
    /// As a container runs it: `node` with its file, or a program of a package. `folder` is where the app is.
    pub fn into_entrypoint(self, folder: &str) -> Self {
        let mut variables = self.variables;
        let mut words = self.words.into_iter();
        let program = words.next().unwrap_or_default();
        let words = match program.as_str() {
            // Environment files are no part of an image, and Node ends where one is missing.
            "node" => {
                [program].into_iter().chain(words.filter(|word| !word.starts_with("--env-file"))).collect()
            }
            // It restarts what is edited, and nothing is edited in an image.
            "nodemon" => {
                let mut words = words;
                let file = words.rfind(|word| !word.starts_with('-'));
                ["node".to_owned()].into_iter().chain(file).collect()
            }
            _ if folder == HOME => {
                [format!("{HOME}/{PROGRAMS}/{program}")].into_iter().chain(words).collect()
            }
            // In a workspace it is with the packages of the app or with those of all, as its package manager likes.
            _ => {
                let path = format!("{folder}/{PROGRAMS}:{HOME}/{PROGRAMS}:{SEARCH_PATH}");
                variables.push(("PATH".to_owned(), path));
                [program].into_iter().chain(words).collect()
            }
        };
        Self { variables, words }
    }

    /// The file that `node` runs.
    pub fn file(&self) -> Option<&str> {
        let (program, words) = self.words.split_first()?;
        let mut words = words.iter().map(String::as_str).filter(|_| program == "node");
        loop {
            match words.next()? {
                "-r" | "--require" | "--import" | "--loader" | "-C" | "--conditions" => drop(words.next()?),
                option if option.starts_with('-') => {}
                file => return Some(file.trim_start_matches("./")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tree;

    fn check(scripts: &str, expected: Option<&str>) {
        let tree = tree::json(&format!("{{ \"scripts\": {{ {scripts} }} }}")).expect("it is JSON");
        let package = Package { folder: String::new(), file: "package.json".to_owned(), tree };
        let command = resolve(&package, "start").map(|command| command.into_entrypoint("/app"));
        let text = command.map(|command| {
            let variables = command.variables.iter().map(|(name, value)| format!("{name}={value}"));
            variables.chain(command.words).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(text.as_deref(), expected, "{scripts}");
    }

    #[test]
    fn scripts_become_commands() {
        check(r#""start": "node server.js""#, Some("node server.js"));
        check(
            r#""start": "exec node --enable-source-maps dist/a.js""#,
            Some("node --enable-source-maps dist/a.js"),
        );
        check(r#""start": "NODE_ENV=production PORT=80 node .""#, Some("NODE_ENV=production PORT=80 node ."));
        check(r#""start": "cross-env A=1 node 'a b.js'""#, Some("A=1 node a b.js"));
        check(r#""start": "npm run build && node dist/a.js""#, Some("node dist/a.js"));
        check(r#""start": "npm run serve", "serve": "yarn run it", "it": "node a.js""#, Some("node a.js"));
        check(r#""start": "node --env-file=.env a.js""#, Some("node a.js"));
        check(r#""start": "nodemon --watch src server.js""#, Some("node server.js"));
        check(r#""start": "tsx src/index.ts""#, Some("/app/node_modules/.bin/tsx src/index.ts"));
        check(r#""start": "next start -p 80""#, Some("/app/node_modules/.bin/next start -p 80"));
        check(r#""start": "node a.js | pino-pretty""#, None);
        check(r#""start": "node a.js --port $PORT""#, None);
        check(r#""start": "npm start""#, None);
        check(r#""start": "npm run start""#, None);
        check(r#""start": """#, None);
    }

    #[test]
    fn programs_in_a_workspace() {
        let command = |word: &str| Command { words: vec![word.to_owned()], ..Command::default() };
        let next = command("next").into_entrypoint("/app/apps/web");
        let path = "/app/apps/web/node_modules/.bin:/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:\
                    /usr/bin:/sbin:/bin";
        assert_eq!(next.words, ["next"]);
        assert_eq!(next.variables, [("PATH".to_owned(), path.to_owned())]);
        assert_eq!(command("node").into_entrypoint("/app/apps/web"), command("node"));
    }

    #[test]
    fn the_file_that_node_runs() {
        let file = |words: &[&str]| {
            let words = words.iter().map(|&word| word.to_owned()).collect();
            Command { words, ..Command::default() }.file().map(str::to_owned)
        };
        assert_eq!(
            file(&["node", "-r", "x", "--trace-warnings", "./dist/a.js", "b"]).as_deref(),
            Some("dist/a.js")
        );
        assert_eq!(file(&["/app/node_modules/.bin/tsx", "a.ts"]), None);
        assert_eq!(file(&["node", "--import"]), None);
    }
}
