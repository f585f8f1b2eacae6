//! Scripts of `package.json` as what is executed in the end, without a shell and without a package manager.

use super::package::Package;
use super::program::Command;
use crate::facts::Project;

/// Scripts that may say what the image runs. The first is what a developer starts in some projects.
const STARTS: [&str; 3] = ["start", "start:prod", "start:production"];

/// What only a shell understands. `&&` is looked at before.
const SHELL: &[char] = &['|', ';', '&', '<', '>', '$', '`', '(', ')', '*', '\n'];

/// Scripts that start others, at most so many deep.
const DEEPEST: usize = 8;

/// Options that do not change what is started.
const SILENT: &[&str] =
    &["-s", "--silent", "-q", "--quiet", "-y", "--yes", "--no-install", "--if-present", "--"];

/// Programs that run files of the app.
const RUNTIMES: &[&str] = &[
    "babel-node",
    "bun",
    "deno",
    "nest",
    "node",
    "nodemon",
    "pm2",
    "pm2-runtime",
    "ts-node",
    "ts-node-dev",
    "tsnd",
    "tsx",
];

/// Programs that make what is started, or what that serves.
const COMPILERS: &[&str] = &[
    "babel",
    "esbuild",
    "microbundle",
    "ncc",
    "nest",
    "parcel",
    "pkgroll",
    "rollup",
    "rspack",
    "swc",
    "tsc",
    "tsc-alias",
    "tsdown",
    "tsup",
    "unbuild",
    "vite",
    "webpack",
];

/// What one of [`STARTS`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Started {
    pub script: &'static str,
    pub line: u32,
    pub command: Command,
}

/// A script that no image can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    pub script: &'static str,
    pub line: u32,
    pub reason: String,
    /// How that is mended, where the reason is all there is to say.
    pub help: Option<String>,
}

impl Started {
    /// Why it is the entrypoint, and what of it is not run although no build does it.
    pub fn reason(&self, package: &Package, builds: bool) -> String {
        let before = self.command.before.iter().filter(|step| !(builds && compiles(package, step)));
        let before: Vec<_> = before.map(|step| format!("`{step}`")).collect();
        let without =
            if before.is_empty() { String::new() } else { format!(", without {}", before.join(" and ")) };
        format!("the script `{}`{without}", self.script)
    }

    /// What goes before it and makes files.
    pub fn compiler(&self, package: &Package) -> Option<&str> {
        self.command.before.iter().map(String::as_str).find(|step| compiles(package, step))
    }
}

/// What an image runs for the app in `folder`; `None` where no script says.
pub(super) fn start(package: &Package, folder: &str) -> Option<Result<Started, Unclear>> {
    let mut found: Vec<_> = STARTS
        .into_iter()
        .filter_map(|script| {
            let (_, line) = package.script(script)?;
            let command = follow(package, script, DEEPEST);
            let command = command.and_then(|command| command.into_entrypoint(package, folder));
            Some(match command {
                Ok(command) => Ok(Started { script, line, command }),
                Err(reason) => Err(Unclear { script, line, reason, help: None }),
            })
        })
        .collect();
    let of_production =
        |started: &Result<Started, Unclear>| started.as_ref().is_ok_and(|started| !started.command.watches);
    let best = found.iter().position(of_production).or_else(|| found.iter().position(Result::is_ok));
    (!found.is_empty()).then(|| found.swap_remove(best.unwrap_or_default()))
}

/// What is started are files of the app's own: a server, and no page.
pub fn has_server(project: &mut Project, folder: &str) -> bool {
    let Some(package) = Package::read(project, folder, &mut crate::diagnostic::Diagnostics::default()) else {
        return false;
    };
    STARTS.into_iter().filter_map(|script| Some((script, package.script(script)?.0))).any(|(script, text)| {
        match follow(&package, script, DEEPEST) {
            Ok(command) => command.words.first().is_some_and(|program| {
                let installed = command.file().is_some_and(|file| file.starts_with("node_modules/"));
                RUNTIMES.contains(&program.as_str()) && !installed
            }),
            Err(_) => text.split_whitespace().any(|word| RUNTIMES.contains(&word)),
        }
    })
}

/// What a script executes last, or why that cannot be said.
fn follow(package: &Package, name: &str, deepest: usize) -> Result<Command, String> {
    let no_script = || format!("there is no script `{name}`");
    let (script, _) = package.script(name).ok_or_else(no_script)?;
    let mut command = Command::default();
    let prepares = package.script(&format!("pre{name}")).map_or("", |(script, _)| script);
    command.before.extend(steps(prepares));
    // What is before the last command prepares: it was built already, and nothing is migrated at start.
    let (before, last) = script.rsplit_once("&&").unwrap_or(("", script));
    for step in before.split("&&").map(str::trim) {
        let mut words = step.split_whitespace();
        match words.next() {
            Some("export" | "set") => command.variables.extend(words.filter_map(variable)),
            Some("cd" | "source" | ".") => return Err(format!("only a shell can do `{step}` before it")),
            Some(_) => command.before.push(step.to_owned()),
            None => {}
        }
    }
    let values = command.variables.iter().map(|(_, value)| value.as_str());
    if values.chain([last]).any(|text| text.contains(SHELL)) {
        return Err("only a shell can run it".to_owned());
    }
    let words = shlex::split(last).ok_or("a quote in it does not end")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (variables, rest) = executed(&words);
    command.variables.extend(variables);
    let other = match rest {
        // One after the other.
        ["run-s", names @ .., last]
            if names.iter().chain([last]).all(|name| package.script(name).is_some()) =>
        {
            command.before.extend(names.iter().map(|name| format!("npm run {name}")));
            Some((*last, Vec::new()))
        }
        rest => other_script(package, rest)?,
    };
    if let Some((name, more)) = other {
        let followed = follow(package, name, deepest.checked_sub(1).ok_or("scripts start each other")?)?;
        command.variables.extend(followed.variables);
        command.before.extend(followed.before);
        command.words = followed.words;
        command.words.extend(more.iter().map(|&word| word.to_owned()));
        return Ok(command);
    }
    command.words = program(rest).iter().map(|&word| word.to_owned()).collect();
    if command.words.is_empty() { Err("it starts nothing".to_owned()) } else { Ok(command) }
}

fn steps(script: &str) -> impl Iterator<Item = String> {
    script.split("&&").map(|step| step.trim().to_owned()).filter(|step| !step.is_empty())
}

/// Without what only executes another, and the variables that it gets.
fn executed<'a, 'b>(words: &'b [&'a str]) -> (Vec<(String, String)>, &'b [&'a str]) {
    let (mut variables, mut rest) = (Vec::new(), words);
    loop {
        rest = match rest {
            ["exec" | "env" | "cross-env" | "npx" | "bunx", rest @ ..]
            | ["npm" | "pnpm" | "yarn", "exec", rest @ ..] => without_options(rest),
            [word, rest @ ..] if variable(word).is_some() => {
                variables.extend(variable(word));
                rest
            }
            _ => return (variables, rest),
        };
    }
}

/// They start programs as well.
fn program<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    match words {
        ["pnpm" | "yarn", program @ ..] => program,
        words => words,
    }
}

/// Whether a command makes files, itself or by a script that it starts.
fn compiles(package: &Package, command: &str) -> bool {
    let by_itself = |command: &str| {
        let words: Vec<&str> = command.split_whitespace().collect();
        let (_, words) = executed(&words);
        match program(words) {
            [name, options @ ..] => {
                let name = name.rsplit('/').next().unwrap_or(name);
                let checks = options.iter().any(|option| option.eq_ignore_ascii_case("--noEmit"));
                COMPILERS.contains(&name) && !checks
            }
            [] => false,
        }
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    let (_, words) = executed(&words);
    let other = other_script(package, words).ok().flatten().map(|(name, _)| name);
    match other.and_then(|name| Some((name, package.script(name)?.0))) {
        // Whatever it does, it is a build.
        Some(("build", _)) => true,
        Some((_, script)) => steps(script).any(|step| by_itself(&step)),
        None => by_itself(command),
    }
}

fn variable(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name.to_owned(), value.to_owned()))
}

fn without_options<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let options = words.iter().take_while(|word| SILENT.contains(word)).count();
    &words[options..]
}

/// The script that `npm run NAME` and the like start, and what it is given.
fn other_script<'a>(package: &Package, words: &[&'a str]) -> Result<Option<(&'a str, Vec<&'a str>)>, String> {
    let (manager, rest) = match words {
        ["node", "--run", rest @ ..] => ("npm", rest),
        [manager @ ("npm" | "pnpm" | "yarn" | "bun"), rest @ ..] => (*manager, without_options(rest)),
        _ => return Ok(None),
    };
    let (runs, rest) = match rest {
        ["run" | "run-script", rest @ ..] => (true, without_options(rest)),
        rest => (words[0] == "node" || matches!(rest, ["start" | "test", ..]), rest),
    };
    let Some((&name, rest)) = rest.split_first() else { return Ok(None) };
    if name.starts_with('-') && manager == "bun" {
        return Ok(None);
    }
    if name.starts_with('-') {
        return Err(format!("`{manager} {name}` starts a script of another folder"));
    }
    if package.script(name).is_none() && (!runs || manager == "bun") {
        return Ok(None);
    }
    let end = rest.iter().position(|word| *word == "--").unwrap_or(rest.len());
    let (options, given) = rest.split_at(end);
    let options = options.iter().copied().filter(|word| !SILENT.contains(word)).collect::<Vec<_>>();
    // What npm does not know it keeps for itself, the others hand it on.
    if let Some(option) = options.iter().find(|word| manager == "npm" && word.starts_with('-')) {
        return Err(format!("npm's `{option}` changes what it starts"));
    }
    Ok(Some((name, options.into_iter().chain(given.iter().skip(1).copied()).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tree;

    /// What the scripts come to in an app with the production dependencies `next`, `@strapi/strapi` and `pm2`, and a few for
    /// development.
    fn check(scripts: &str, expected: Result<&str, &str>) {
        let text = format!(
            r#"{{ "scripts": {{ {scripts} }}, "dependencies": {{ "next": "1", "@strapi/strapi": "1", "pm2": "1" }},
               "devDependencies": {{ "tsx": "1", "ts-node": "1", "@babel/node": "1", "@types/next-types": "1",
               "@types/bun": "1", "npm-run-all": "1" }} }}"#
        );
        let tree = tree::json(&text).expect("it is JSON");
        let package = Package { folder: String::new(), file: "package.json".to_owned(), tree };
        let found = start(&package, "/app").expect("there is a script");
        let found = found.map_err(|unclear| unclear.reason).map(|started| {
            let Command { variables, words, .. } = started.command;
            let variables = variables.iter().map(|(name, value)| format!("{name}={value}"));
            variables.chain(words).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{scripts}");
    }

    #[test]
    fn scripts_become_commands() {
        check(r#""start": "node server.js""#, Ok("node server.js"));
        check(
            r#""start": "exec node --enable-source-maps dist/a.js""#,
            Ok("node --enable-source-maps dist/a.js"),
        );
        check(r#""start": "NODE_ENV=production PORT=80 node .""#, Ok("NODE_ENV=production PORT=80 node ."));
        check(r#""start": "cross-env A=1 node 'a b.js'""#, Ok("A=1 node a b.js"));
        check(r#""start": "export A=1 && node a.js""#, Ok("A=1 node a.js"));
        check(r#""start": "set A=1&& node a.js""#, Ok("A=1 node a.js"));
        check(r#""start": "npm run build && node dist/a.js""#, Ok("node dist/a.js"));
        check(r#""start": "npm run serve", "serve": "yarn run it", "it": "node a.js""#, Ok("node a.js"));
        check(r#""start": "yarn x", "x": "pnpm y", "y": "node --run z", "z": "node a.js""#, Ok("node a.js"));
        check(
            r#""start": "npm run x --silent", "x": "npm run -s y -- -p 1", "y": "node a.js""#,
            Ok("node a.js -p 1"),
        );
        check(r#""start": "yarn node a.js""#, Ok("node a.js"));
        check(r#""start": "run-s x y", "x": "a", "y": "node a.js""#, Ok("node a.js"));
        check(r#""start": "npx -y next start -p 80""#, Ok("/app/node_modules/.bin/next start -p 80"));
        check(r#""start": "pnpm exec next start""#, Ok("/app/node_modules/.bin/next start"));
        check(r#""start": "strapi start""#, Ok("/app/node_modules/.bin/strapi start"));
    }

    #[test]
    fn what_goes_before_is_known() {
        let check = |scripts: &str, builds: bool, reason: &str, compiler: Option<&str>| {
            let tree = tree::json(&format!(r#"{{ "scripts": {{ {scripts} }} }}"#)).expect("it is JSON");
            let package = Package { folder: String::new(), file: "package.json".to_owned(), tree };
            let started = start(&package, "/app").and_then(Result::ok).expect("there is a script");
            let found = (started.reason(&package, builds), started.compiler(&package));
            assert_eq!((found.0.as_str(), found.1), (reason, compiler), "{scripts}");
        };
        let migrates = r#""start": "prisma migrate deploy && node dist/a.js""#;
        check(migrates, true, "the script `start`, without `prisma migrate deploy`", None);
        let both = r#""prestart": "npm run x", "x": "cross-env A=1 npx tsc -p .", "start": "a b && npm run y", "y": "c && node d""#;
        check(both, false, "the script `start`, without `npm run x` and `a b` and `c`", Some("npm run x"));
        check(both, true, "the script `start`, without `a b` and `c`", Some("npm run x"));
        let all = r#""start": "run-s x y", "x": "tsc", "y": "a && node b""#;
        check(all, false, "the script `start`, without `npm run x` and `a`", Some("npm run x"));
        let checks = r#""start": "tsc --noEmit && export A=1 && node a.js""#;
        check(checks, false, "the script `start`, without `tsc --noEmit`", None);
        let build = r#""build": "make", "start": "npm run build && node a.js""#;
        check(build, true, "the script `start`", Some("npm run build"));
    }

    #[test]
    fn what_a_developer_starts_is_no_image() {
        let development =
            |program: &str| format!("`{program}` is a development dependency, which no image has");
        check(r#""start": "tsx src/a.ts""#, Err(&development("tsx")));
        check(r#""start": "run-p x y""#, Err(&development("run-p")));
        check(r#""start": "babel-node a.js""#, Err(&development("babel-node")));
        check(r#""start": "node -r ts-node/register a.ts""#, Err(&development("ts-node")));
        check(r#""start": "node --import=tsx a.ts""#, Err(&development("tsx")));
        check(r#""start": "tsx watch src/a.ts", "start:prod": "node dist/a.js""#, Ok("node dist/a.js"));
        check(r#""start": "node --watch a.js", "start:production": "node b.js""#, Ok("node b.js"));
        check(r#""start": "node --watch a.js""#, Ok("node a.js"));
    }

    #[test]
    fn what_is_not_understood_has_a_reason() {
        check(r#""start": "node a.js | pino-pretty""#, Err("only a shell can run it"));
        check(r#""start": "node a.js --port $PORT""#, Err("only a shell can run it"));
        check(r#""start": "export A=$B && node a.js""#, Err("only a shell can run it"));
        check(r#""start": "cd dist && node a.js""#, Err("only a shell can do `cd dist` before it"));
        check(r#""start": "npm start""#, Err("scripts start each other"));
        check(r#""start": "npm run x""#, Err("there is no script `x`"));
        check(r#""start": "npm run start -w apps/api""#, Err("npm's `-w` changes what it starts"));
        check(
            r#""start": "npm --prefix server start""#,
            Err("`npm --prefix` starts a script of another folder"),
        );
        check(r#""start": "bun run src/a.ts""#, Err("the image has Node, and no Bun"));
        check(r#""start": "bun --hot src/a.ts""#, Err("the image has Node, and no Bun"));
        check(r#""start": "deno run -A a.ts""#, Err("the image has Node, and no Deno"));
        check(r#""start": "next-types""#, Err("no dependency brings `next-types`"));
        check(r#""start": "http-server public""#, Err("no dependency brings `http-server`"));
        check(r#""start": "A=1""#, Err("it starts nothing"));
    }
}
