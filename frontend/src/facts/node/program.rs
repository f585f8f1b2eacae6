//! Commands as a container runs them: `node` with its file, a program of a package, or a file of the app.

use super::package::Package;
use super::{HOME, SEARCH_PATH};

/// `PORT=80 node --enable-source-maps dist/server.js`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub variables: Vec<(String, String)>,
    pub words: Vec<String>,
    /// What goes before it in its script, and what no image runs.
    pub before: Vec<String>,
    /// As it is written, it starts again whenever a file is edited. Nothing is edited in an image.
    pub watches: bool,
}

/// Where the programs of packages are.
const PROGRAMS: &str = "node_modules/.bin";

/// Programs that are not called like their package, nor like the last part of its name.
const PACKAGES: &[(&str, &str)] = &[
    ("babel-node", "@babel/node"),
    ("keystone", "@keystone-6/core"),
    ("moleculer-runner", "moleculer"),
    ("nest", "@nestjs/cli"),
    ("ng", "@angular/cli"),
    ("pm2-runtime", "pm2"),
    ("react-router-serve", "@react-router/serve"),
    ("remix-serve", "@remix-run/serve"),
    ("run-p", "npm-run-all"),
    ("run-p", "npm-run-all2"),
    ("run-s", "npm-run-all"),
    ("run-s", "npm-run-all2"),
    ("tsnd", "ts-node-dev"),
];

/// What runs an app in the place of Node, and how it is called.
const OTHERS: &[(&str, &str)] = &[("bun", "Bun"), ("deno", "Deno")];

/// What serves an app while it is developed, with its first argument.
const DEVELOPMENT: &[(&str, &str)] = &[
    ("astro", "dev"),
    ("gatsby", "develop"),
    ("next", "dev"),
    ("ng", "serve"),
    ("nuxt", "dev"),
    ("react-scripts", "start"),
    ("vue-cli-service", "serve"),
    ("webpack", "serve"),
];

/// Options of Node whose value may be the next word: those that name a module to load first, and some others.
const LOADS: &[&str] = &["-r", "--require", "--import", "--loader", "--experimental-loader"];
const VALUED: &[&str] = &[
    "-C",
    "--conditions",
    "--env-file",
    "--env-file-if-exists",
    "--watch-path",
    "--title",
    "--icu-data-dir",
];

/// The same of nodemon.
const VALUED_BY_NODEMON: &[&str] = &[
    "-w", "--watch", "-e", "--ext", "-i", "--ignore", "-d", "--delay", "-s", "--signal", "--config", "--cwd",
];

impl Command {
    pub fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(|&word| word.to_owned()).collect(), ..Self::default() }
    }

    /// What a container can run, or why it cannot. `folder` is where the app is.
    pub fn into_entrypoint(mut self, package: &Package, folder: &str) -> Result<Self, String> {
        let words = std::mem::take(&mut self.words);
        let (program, rest) = words.split_first().ok_or("it starts nothing")?;
        let path = program.strip_prefix("./").unwrap_or(program);
        let installed = path.strip_prefix(PROGRAMS).and_then(|name| name.strip_prefix('/'));
        match (installed.unwrap_or(path), rest) {
            ("node", rest) => self.node(rest, package)?,
            ("nodemon", rest) => self.nodemon(rest)?,
            // A program of the app's own, for the shell of the base.
            ("sh" | "bash", [file, ..]) if !file.starts_with('-') => self.words = words,
            (file, rest) if installed.is_none() && program.contains('/') => {
                let folder = if file.starts_with('/') { String::new() } else { format!("{folder}/") };
                self.words = [folder + file].into_iter().chain(rest.iter().cloned()).collect();
            }
            (program, rest) => self.of_package(program, rest, package, folder)?,
        }
        Ok(self)
    }

    fn node(&mut self, words: &[String], package: &Package) -> Result<(), String> {
        let mut words = words.iter();
        self.words = vec!["node".to_owned()];
        while let Some(word) = words.next() {
            let (name, value) =
                word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let loads = LOADS.contains(&name);
            let next = (value.is_none() && (loads || VALUED.contains(&name))).then(|| words.next()).flatten();
            match name {
                // Environment files are no part of an image, and Node ends where one is missing.
                "--env-file" | "--env-file-if-exists" => {}
                "--watch" | "--watch-path" | "--watch-preserve-output" => self.watches = true,
                _ => {
                    if let Some(module) = value.or(next.map(String::as_str)).filter(|_| loads) {
                        in_production(package, package_of(module))?;
                    }
                    self.words.push(word.clone());
                    self.words.extend(next.cloned());
                    if !name.starts_with('-') {
                        break;
                    }
                }
            }
        }
        self.words.extend(words.cloned());
        Ok(())
    }

    fn nodemon(&mut self, words: &[String]) -> Result<(), String> {
        let mut words = words.iter().map(String::as_str);
        let mut file = ".";
        while let Some(word) = words.next() {
            match word {
                "-x" | "--exec" => return Err("`nodemon --exec` is for development".to_owned()),
                _ if VALUED_BY_NODEMON.contains(&word) => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => {
                    file = word;
                    break;
                }
            }
        }
        if file.ends_with("ts") {
            return Err("`nodemon` compiles TypeScript while it is developed".to_owned());
        }
        *self = Self {
            watches: true,
            variables: std::mem::take(&mut self.variables),
            before: std::mem::take(&mut self.before),
            ..Self::of(&["node", file])
        };
        Ok(())
    }

    fn of_package(
        &mut self,
        program: &str,
        words: &[String],
        package: &Package,
        folder: &str,
    ) -> Result<(), String> {
        let found = in_production(package, program);
        if let Some((_, name)) = OTHERS.iter().find(|(other, _)| *other == program)
            && found != Ok(true)
        {
            return Err(format!("the image has Node, and no {name}"));
        }
        let is_there = found?;
        if let Some(first) = words.first().filter(|first| DEVELOPMENT.contains(&(program, first.as_str()))) {
            return Err(format!("`{program} {first}` is for development"));
        }
        let words = match (program, words) {
            ("tsx", [watch, rest @ ..]) if watch == "watch" => {
                self.watches = true;
                rest
            }
            (_, words) => words,
        };
        let program = if folder == HOME {
            if !is_there {
                return Err(format!("no dependency brings `{program}`"));
            }
            format!("{HOME}/{PROGRAMS}/{program}")
        } else {
            // In a workspace it is with the packages of the app or with those of all, as its package manager likes.
            let path = format!("{folder}/{PROGRAMS}:{HOME}/{PROGRAMS}:{SEARCH_PATH}");
            self.variables.push(("PATH".to_owned(), path));
            program.to_owned()
        };
        self.words = [program].into_iter().chain(words.iter().cloned()).collect();
        Ok(())
    }

    /// The file that `node` runs.
    pub fn file(&self) -> Option<&str> {
        self.reads().1
    }

    /// The files of the app that `node` starts with.
    pub fn files(&self) -> Vec<&str> {
        let (loaded, file) = self.reads();
        let loaded = loaded.into_iter().filter_map(|module| module.strip_prefix("./"));
        loaded.chain(file).collect()
    }

    /// The modules that `node` loads first, and the file that it runs.
    fn reads(&self) -> (Vec<&str>, Option<&str>) {
        let (mut loaded, mut file) = (Vec::new(), None);
        let mut words = self.words.iter().map(String::as_str);
        if words.next() != Some("node") {
            return (loaded, file);
        }
        while let Some(word) = words.next() {
            let (name, value) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            if LOADS.contains(&name) {
                loaded.extend(value.or_else(|| words.next()));
            } else if VALUED.contains(&word) {
                words.next();
            } else if !word.starts_with('-') {
                file = Some(word.strip_prefix("./").unwrap_or(word));
                break;
            }
        }
        (loaded, file)
    }
}

/// `@scope/name` of `@scope/name/register`.
fn package_of(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    module.match_indices('/').nth(parts - 1).map_or(module, |(end, _)| &module[..end])
}

/// Whether a dependency of the app brings a program or module. One that only development has is no part of an image.
fn in_production(package: &Package, program: &str) -> Result<bool, String> {
    let brings = |name: &str| {
        let is_called = |name: &str| name == program || name.strip_suffix("-cli") == Some(program);
        is_called(name)
            || name.rsplit_once('/').is_some_and(|(_, name)| is_called(name))
            || PACKAGES.contains(&(program, name))
    };
    let programs = package.dependencies().filter(|dependency| !dependency.name.starts_with("@types/"));
    let mut found = programs.filter(|dependency| brings(dependency.name)).peekable();
    if found.peek().is_none() {
        return Ok(false);
    }
    if found.all(|dependency| dependency.kind == "devDependencies") {
        return Err(format!("`{program}` is a development dependency, which no image has"));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tree;

    fn entrypoint(line: &str, folder: &str) -> Result<Command, String> {
        let tree =
            tree::json(r#"{ "dependencies": { "next": "1", "dotenv-cli": "1" } }"#).expect("it is JSON");
        let package = Package { folder: String::new(), file: "package.json".to_owned(), tree };
        let words: Vec<&str> = line.split(' ').collect();
        Command::of(&words).into_entrypoint(&package, folder)
    }

    fn check(line: &str, expected: Result<&str, &str>) {
        let found = entrypoint(line, "/app").map(|command| command.words.join(" "));
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{line}");
    }

    #[test]
    fn what_a_container_runs() {
        check("node --env-file=.env a.js --env-file b", Ok("node a.js --env-file b"));
        check("node --env-file .env -r ./x.js dist/a.js", Ok("node -r ./x.js dist/a.js"));
        check("node --watch-path src --title x a.js", Ok("node --title x a.js"));
        check("nodemon --watch src server.js", Ok("node server.js"));
        check("nodemon server.js --ignore public/", Ok("node server.js"));
        check("nodemon", Ok("node ."));
        check("nodemon src/a.ts", Err("`nodemon` compiles TypeScript while it is developed"));
        check("nodemon --watch src --exec x", Err("`nodemon --exec` is for development"));
        check("./node_modules/.bin/next start", Ok("/app/node_modules/.bin/next start"));
        check("dotenv -- node a.js", Ok("/app/node_modules/.bin/dotenv -- node a.js"));
        check("./start.sh -v", Ok("/app/start.sh -v"));
        check("sh start.sh", Ok("sh start.sh"));
        check("next dev", Err("`next dev` is for development"));
        check("sh -c x", Err("no dependency brings `sh`"));
    }

    #[test]
    fn programs_in_a_workspace() {
        let next = entrypoint("next", "/app/apps/web").expect("it is a dependency");
        let path = "/app/apps/web/node_modules/.bin:/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:\
                    /usr/bin:/sbin:/bin";
        assert_eq!(next.words, ["next"]);
        assert_eq!(next.variables, [("PATH".to_owned(), path.to_owned())]);
        assert_eq!(entrypoint("node", "/app/apps/web"), Ok(Command::of(&["node"])));
    }

    #[test]
    fn the_files_that_node_reads() {
        let files = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            Command::of(&words).files().join(" ")
        };
        assert_eq!(files("node -r x --trace-warnings ./dist/a.js b"), "dist/a.js");
        assert_eq!(files("node -r ./x.js --import=./y.mjs dist/a.js"), "x.js y.mjs dist/a.js");
        assert_eq!(files("/app/node_modules/.bin/tsx a.ts"), "");
        assert_eq!(files("node --import"), "");
        assert_eq!(package_of("@a/b/c"), "@a/b");
        assert_eq!(package_of("ts-node/register"), "ts-node");
        assert_eq!(package_of("tsx"), "tsx");
    }
}
