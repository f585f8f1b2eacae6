//! Which files of the context a `copy` or a mount gets.
//!
//! A context without `include` is the *source*: documentation, VCS, editor, CI and container files are left
//! out, so that editing them re-runs nothing. With `include` the patterns decide. Keys and environment files
//! never enter unless a pattern names them without a wildcard. `.dockerignore` has the last word.
//! Patterns are those of `.dockerignore`: `**`, and `!` for an exception.

use buildkit_gateway::contexts::dockerignore::Ignore;

use super::not_source::{
    CAPITALS, DOCUMENTATION, DOCUMENTATION_AT_TOP, MARKDOWN, NEVER_UNLESS_NAMED, NOT_SOURCE,
    NOT_SOURCE_AT_TOP, is_documentation, is_markdown,
};
use crate::facts::Item;
use crate::path;

/// What has a wildcard in its name, in a form that costs a client nothing: `**.md` is what ends so, since the spring of 2022.
/// A client that is older takes it for the name `.md`, and lets in what was to be left out. So these are names of which that
/// costs work and nothing more; keys, and what a user leaves out, stay as they are written.
const BY_ENDING: &[(&str, &[&str])] = &[
    ("**/*.md", &["**.md"]),
    ("**/*.swp", &["**.swp"]),
    ("**/*.tsbuildinfo", &["**.tsbuildinfo"]),
    ("**/*_test.go", &["**_test.go"]),
    ("**/*.test.[jt]s", &["**.test.js", "**.test.ts"]),
    ("**/*.test.[jt]sx", &["**.test.jsx", "**.test.tsx"]),
    ("**/*.test.[cm][jt]s", &["**.test.cjs", "**.test.cts", "**.test.mjs", "**.test.mts"]),
    ("**/*.spec.[jt]s", &["**.spec.js", "**.spec.ts"]),
    ("**/*.spec.[jt]sx", &["**.spec.jsx", "**.spec.tsx"]),
    ("**/*.spec.[cm][jt]s", &["**.spec.cjs", "**.spec.cts", "**.spec.mjs", "**.spec.mts"]),
];

/// What a load of the context is filtered by, relative to the context's root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// Everything when empty.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

/// What a manifest asks of the context.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The folder that the patterns are relative to; `""` is the context.
    pub folder: &'a str,
    pub include: &'a [String],
    pub exclude: &'a [String],
    /// The manifest's own path in the context, when it lies there: it is not source.
    pub manifest: Option<&'a str>,
    /// The lines of `.dockerignore`, relative to the context.
    pub ignore: &'a [String],
}

impl Filter {
    pub fn new(wanted: Wanted<'_>) -> Self {
        let below = |pattern: &String| prefixed(wanted.folder, pattern);
        let include: Vec<String> = if wanted.include.is_empty() {
            Some(wanted.folder).filter(|folder| !folder.is_empty()).map(str::to_owned).into_iter().collect()
        } else {
            wanted.include.iter().map(below).collect()
        };
        let keys = || NEVER_UNLESS_NAMED.iter().map(|&pattern| pattern.to_owned());
        let mut exclude: Vec<String> = keys().collect();
        let mut own = wanted.exclude;
        if wanted.include.is_empty() {
            // Whoever begins with exceptions from documentation has it left in. As an exception with a wildcard it would have
            // the client look into every folder that is left out.
            let is_kept = |own: &&String| own.strip_prefix('!').is_some_and(is_documentation);
            let (kept, rest) = own.split_at(own.iter().take_while(is_kept).count());
            own = rest;
            let is_left_out = |pattern: &str| {
                NEVER_UNLESS_NAMED.iter().all(|never| *never != pattern)
                    && kept.iter().all(|kept| {
                        let kept = &kept[1..];
                        kept != pattern
                            && (kept != MARKDOWN || !is_markdown(pattern))
                            && (pattern != CAPITALS || !is_markdown(kept))
                    })
            };
            let lists = [
                (DOCUMENTATION, ""),
                (NOT_SOURCE, ""),
                (DOCUMENTATION_AT_TOP, wanted.folder),
                (NOT_SOURCE_AT_TOP, wanted.folder),
            ];
            for (patterns, folder) in lists {
                for pattern in patterns.iter().filter(|pattern| is_left_out(pattern)) {
                    exclude.push(path::join(folder, pattern));
                }
            }
            exclude.extend(wanted.manifest.map(str::to_owned));
            // Clients tell the name of a manifest that lies elsewhere, and not the folder.
            let anywhere = wanted.manifest.filter(|manifest| manifest.starts_with("slipway."));
            exclude.extend(anywhere.map(|manifest| format!("**/{manifest}")));
        } else {
            let named = include.iter().filter(|pattern| is_literal(pattern));
            exclude.extend(named.map(|pattern| format!("!{pattern}")));
        }
        // A wildcard names nothing: behind exceptions with one keys are left out again, but those that were named.
        let own: Vec<String> = own.iter().map(below).flat_map(with_inside).collect();
        let is_wild = |pattern: &String| pattern.starts_with('!') && !is_literal(pattern);
        let (wild, rest) = own.split_at(own.iter().rposition(is_wild).map_or(0, |last| last + 1));
        exclude.extend(wild.iter().cloned());
        if !wild.is_empty() {
            exclude.extend(keys());
            let named = wild.iter().filter(|pattern| pattern.starts_with('!') && is_literal(pattern));
            exclude.extend(named.cloned());
        }
        exclude.extend(rest.iter().cloned());
        Self { include, exclude: with_ignored(exclude, wanted.ignore) }
    }

    /// The same files, chosen in a form that costs a client less.
    #[must_use]
    pub fn by_ending(self) -> Self {
        let mut exclude = Vec::new();
        for pattern in self.exclude {
            match BY_ENDING.iter().find(|(written, _)| *written == pattern) {
                Some((_, endings)) => endings.iter().for_each(|&ending| exclude.push(ending.to_owned())),
                None => exclude.push(pattern),
            }
        }
        Self { exclude, ..self }
    }

    /// Whether these files of the context are let in, by a filter whose `include` is a folder or nothing.
    pub fn has_all(self, files: &[String]) -> bool {
        let excluded = Ignore::new(self.exclude);
        files.iter().all(|file| {
            let inside = |folder: &String| path::relative(folder, file).is_some();
            (self.include.is_empty() || self.include.iter().any(inside)) && !excluded.hides(file)
        })
    }
}

/// One list for two: what either leaves out is left out. The last pattern that fits decides, so exceptions of
/// `.dockerignore`, as in `*` and `!src`, come before what is no source, and would else let in the keys of `src`.
fn with_ignored(exclude: Vec<String>, ignore: &[String]) -> Vec<String> {
    if !ignore.iter().any(|line| line.starts_with('!')) {
        return [exclude, ignore.to_vec()].concat();
    }
    let ignored = Ignore::new(ignore.to_vec());
    // Of exceptions with a wildcard the folder is known.
    let lets_in = |pattern: &String| match pattern.strip_prefix('!') {
        Some(named) if is_literal(named) => !ignored.hides(named),
        Some(wild) => folder_of(wild).is_none_or(|folder| !ignored.hides_all_of(&folder)),
        None => true,
    };
    let exclude: Vec<String> = exclude.into_iter().filter(lets_in).collect();
    let everywhere = |pattern: &String| {
        pattern.strip_prefix('!').is_some_and(|wild| !is_literal(wild) && folder_of(wild).is_none())
    };
    let (wild, others): (Vec<String>, Vec<String>) = exclude.iter().cloned().partition(everywhere);
    let mut all = [ignore, &exclude].concat();
    if !wild.is_empty() {
        // One without a folder lets in what `.dockerignore` leaves out as well, so all is left out once more, but that which
        // it is an exception from.
        let excepted =
            Ignore::new(wild.iter().map(|pattern| pattern.trim_start_matches('!').to_owned()).collect());
        let is_excepted = |pattern: &String| {
            !NEVER_UNLESS_NAMED.contains(&pattern.as_str())
                && excepted.hides(&pattern.trim_start_matches("**/").replace('*', "a"))
        };
        all.extend(ignore.iter().cloned());
        all.extend(others.into_iter().filter(|pattern| pattern.starts_with('!') || !is_excepted(pattern)));
    }
    all
}

/// The folder that a pattern with a wildcard is about; none when it is about all folders.
fn folder_of(pattern: &str) -> Option<String> {
    let folder: Vec<_> = pattern.split('/').take_while(|name| is_literal(name)).collect();
    (!folder.is_empty()).then(|| folder.join("/"))
}

/// Endings of what is a file, and no folder, in every project.
const FILES: &[&str] =
    &[".cfg", ".json", ".lock", ".mod", ".py", ".sum", ".toml", ".txt", ".work", ".xml", ".yaml", ".yml"];

/// Whether a path is that of a file, as far as its name can tell.
pub fn is_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    FILES.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// Whether `.dockerignore` leaves an item of a folder, or something in it.
pub fn is_shown(folder: &str, item: &Item, ignore: &Ignore) -> bool {
    let path = path::join(folder, &item.name);
    if item.is_folder { !ignore.hides_all_of(&path) } else { !ignore.hides(&path) }
}

/// No wildcard in it: it names one path.
pub fn is_literal(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '\\'])
}

/// An exception for a folder is one for what is inside, which BuildKit wants to be told. What has a dot in its name is a file.
fn with_inside(pattern: String) -> Vec<String> {
    let name = pattern.rsplit('/').next().unwrap_or_default().trim_start_matches(['!', '.']);
    let may_be_folder = pattern.starts_with('!') && !name.contains('.') && name != "**";
    let inside = may_be_folder.then(|| format!("{pattern}/**"));
    std::iter::once(pattern).chain(inside).collect()
}

fn prefixed(folder: &str, pattern: &str) -> String {
    let (bang, pattern) = pattern.strip_prefix('!').map_or(("", pattern), |rest| ("!", rest));
    let pattern = pattern.trim_start_matches("./").trim_matches('/');
    match (folder, pattern) {
        ("", pattern) => format!("{bang}{pattern}"),
        (folder, "" | ".") => format!("{bang}{folder}"),
        (folder, pattern) => format!("{bang}{folder}/{pattern}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn the_whole_context_is_the_source() {
        let of = |manifest| Filter::new(Wanted { manifest: Some(manifest), ..Wanted::default() });
        assert!(of("slipway.api.yaml").exclude.contains(&"**/slipway.api.yaml".to_owned()));
        let filter = of("app.yaml");
        assert!(!filter.exclude.iter().any(|pattern| pattern == "**/app.yaml"));
        assert_eq!(filter.include, Vec::<String>::new());
        for excluded in ["**/README.md", "docs/**/*.md", "**/.env", "app.yaml", ".github"] {
            assert!(filter.exclude.iter().any(|pattern| pattern == excluded), "{excluded}");
        }
        assert_eq!(filter.exclude.iter().filter(|pattern| *pattern == "**/.git").count(), 1);
    }

    #[test]
    fn few_patterns_cost_the_client_something_for_every_file() {
        let costs = |pattern: &&String| pattern.strip_prefix("**/").is_some_and(|name| !is_literal(name));
        let source = Filter::new(Wanted::default()).by_ending().exclude;
        let source = source.iter().filter(costs).collect::<Vec<_>>();
        assert!(source.len() <= 3, "{source:?}");
        let files = stacks::files();
        let files = files.iter().filter(costs).collect::<Vec<_>>();
        assert!(files.len() <= 4, "{files:?}");
    }

    #[test]
    fn an_ending_leaves_out_what_the_pattern_does() {
        for (pattern, endings) in BY_ENDING {
            let (written, cheap) = (Ignore::new(strings(&[pattern])), Ignore::new(strings(endings)));
            for (_, names) in BY_ENDING {
                for name in *names {
                    let name = name.trim_start_matches('*');
                    for file in
                        [name.to_owned(), format!("a{name}"), format!("b/a{name}"), format!("b/{name}/c")]
                    {
                        assert_eq!(written.hides(&file), cheap.hides(&file), "{pattern}: {file}");
                    }
                    assert!(!cheap.hides(&format!("a{name}0")), "{pattern}: {name}");
                }
            }
        }
        // Exceptions, and what a user leaves out, are as they were written.
        let exclude = strings(&["docs", "!**/*.md", "**/*.secret"]);
        let filter = Filter::new(Wanted { exclude: &exclude, ..Wanted::default() }).by_ending();
        let has = |pattern: &str| filter.exclude.iter().any(|other| other == pattern);
        assert!(
            has("**.swp")
                && !has("**/*.swp")
                && has("!**/*.md")
                && has("**/*.secret")
                && has("**/*.[pk]e[my]")
        );
    }

    #[test]
    fn detection_reads_no_keys() {
        let read = Ignore::new(stacks::files());
        for file in [".env", ".env.local", "requirements/.env", "requirements/deploy.key", "requirements.pem"]
        {
            assert!(!read.hides(file), "{file}");
        }
        assert!(read.hides("requirements/base.txt") && read.hides("dev-requirements.in"));
    }

    #[test]
    fn whoever_begins_with_exceptions_has_documentation_left_in() {
        let filter = |exclude: &[&str]| {
            let exclude = strings(exclude);
            Filter::new(Wanted { folder: "api", exclude: &exclude, ..Wanted::default() }).exclude
        };
        let has = |patterns: &[String], pattern: &str| patterns.iter().any(|other| other == pattern);
        let kept = filter(&["!**/*.md", "!**/LICENSE", "docs"]);
        assert!(!kept.iter().any(|pattern| is_markdown(pattern)), "{kept:?}");
        assert!(!has(&kept, "**/LICENSE") && has(&kept, "**/NOTICE") && kept.ends_with(&["api/docs".into()]));
        let docs = filter(&["!docs/**/*.md"]);
        assert!(!has(&docs, "api/docs/**/*.md") && has(&docs, "**/README.md"), "{docs:?}");
        assert!(!Ignore::new(filter(&["!**/README.md"])).hides("api/README.md"));
        // Behind something else it is an exception from that as well.
        let behind = filter(&["docs", "!**/*.md"]);
        assert!(has(&behind, "**/README.md") && has(&behind, "!api/**/*.md"), "{behind:?}");
        // And so is one from anything else.
        assert!(has(&filter(&["!**/compose.yaml"]), "!api/**/compose.yaml"));
    }

    #[test]
    fn markdown_is_source_unless_it_is_about_the_project() {
        let left_out = |folder| Ignore::new(Filter::new(Wanted { folder, ..Wanted::default() }).exclude);
        for file in
            ["prompts/system.md", "content/posts/a.md", "about.md", "app/docs/guide.md", "a/changelog.md"]
        {
            assert!(!left_out("").hides(file), "{file}");
        }
        for file in [
            "README.md",
            "README.de.md",
            "app/README.md",
            "docs/guide.md",
            "docs/a/b.md",
            "Readme.md",
            "NOTES.md",
        ] {
            assert!(left_out("").hides(file), "{file}");
            assert!(left_out("api").hides(&format!("api/{file}")), "{file}");
        }
    }

    #[test]
    fn no_document_is_left_out_twice() {
        let strings = |patterns: &[&[&str]]| strings(&patterns.concat());
        let mut all = [DOCUMENTATION, DOCUMENTATION_AT_TOP].concat();
        // An exception from one of them is one from this.
        all.retain(|pattern| *pattern != CAPITALS);
        for (at, pattern) in all.iter().enumerate() {
            assert!(!pattern.contains("-]") && !pattern.contains("[-"), "{pattern}");
            let name = pattern.trim_start_matches("**/").replace("**", "a").replace('*', "a");
            let (before, behind) = (&all[..at], &all[at + 1..]);
            let others = [before, behind, NOT_SOURCE, NOT_SOURCE_AT_TOP, NEVER_UNLESS_NAMED];
            assert!(!Ignore::new(strings(&others)).hides(&name), "{name}");
        }
    }

    #[test]
    fn naming_lets_in_and_dockerignore_comes_last() {
        let (include, ignore) = (strings(&["certs/dev.pem", "docs/*.md"]), strings(&["certs"]));
        let filter =
            Filter::new(Wanted { folder: "api", include: &include, ignore: &ignore, ..Wanted::default() });
        assert_eq!(filter.include, ["api/certs/dev.pem", "api/docs/*.md"]);
        assert!(!filter.exclude.iter().any(|pattern| pattern == "**/README.md"));
        assert_eq!(filter.exclude[filter.exclude.len() - 2..], ["!api/certs/dev.pem", "certs"]);
    }

    #[test]
    fn an_exception_of_dockerignore_lets_in_no_more_than_there_is_without_it() {
        let (include, exclude) =
            (strings(&["src/dev.pem", "secret.pem"]), strings(&["a.txt", "!src/README.md"]));
        let ignore = strings(&["*", "!src", "src/b.txt"]);
        let hidden = |wanted: Wanted<'_>, file: &str| {
            Ignore::new(Filter::new(Wanted { ignore: &ignore, ..wanted }).exclude).hides(file)
        };
        let all = Wanted::default();
        for file in ["src/.env", "src/tls.key", "src/sub/.npmrc", "src/b.txt", "src/LICENSE", "main.c"] {
            assert!(hidden(all, file), "{file}");
        }
        assert!(!hidden(all, "src/main.c"));
        let named = Wanted { include: &include, ..all };
        assert!(!hidden(named, "src/dev.pem") && hidden(named, "secret.pem"));
        let of_src = Wanted { folder: "src", exclude: &exclude, ..all };
        assert!(hidden(of_src, "src/a.txt"));
        let exceptions = strings(&["!docs", "!src/docs"]);
        let with_docs = Wanted { exclude: &exceptions, ..all };
        assert!(hidden(with_docs, "docs/a.md") && !hidden(with_docs, "src/docs/a.md"));
    }

    #[test]
    fn an_exception_without_a_folder_lets_in_nothing_that_dockerignore_leaves_out() {
        let hidden = |ignore: &[&str], exclude: &[&str], file: &str| {
            let (ignore, exclude) = (strings(ignore), strings(exclude));
            let wanted = Wanted { exclude: &exclude, ignore: &ignore, ..Wanted::default() };
            Ignore::new(Filter::new(wanted).exclude).hides(file)
        };
        let exclude = &["drafts", "!**/*.md", "!**/*.json"];
        let dockerignores: [&[&str]; 2] =
            [&["private", "src/private", "*.log", "!keep.log"], &["*", "!src", "!README.md", "src/private"]];
        for ignore in dockerignores {
            for file in
                ["private/a.md", "src/private/a.json", "src/LICENSE", "src/dev.pem", "src/.env", "drafts/a"]
            {
                assert!(hidden(ignore, exclude, file), "{ignore:?} {file}");
            }
            for file in ["src/a.md", "README.md", "src/a.json", "src/main.c"] {
                assert!(!hidden(ignore, exclude, file), "{ignore:?} {file}");
            }
        }
        // Keys stay out, whatever is let in.
        assert!(hidden(&["*", "!src"], &["!**"], "src/dev.pem"));
        assert!(hidden(&["*", "!src"], &["!**"], "a.c") && !hidden(&["*", "!src"], &["!**"], "src/LICENSE"));
    }

    #[test]
    fn exclude_is_relative_to_the_folder_and_may_be_an_exception() {
        let exclude = strings(&["!README.md", "testdata"]);
        let filter = Filter::new(Wanted { folder: "api", exclude: &exclude, ..Wanted::default() });
        assert_eq!(filter.include, ["api"]);
        assert_eq!(filter.exclude[filter.exclude.len() - 2..], ["!api/README.md", "api/testdata"]);
    }

    #[test]
    fn an_exception_for_a_folder_is_one_for_what_is_inside_but_keys() {
        let exclude = strings(&["!vendor", "!docs/guide.md"]);
        let filter = Filter::new(Wanted { exclude: &exclude, ..Wanted::default() });
        let own = filter.exclude.iter().skip_while(|pattern| *pattern != "!vendor");
        let own: Vec<_> = own.map(String::as_str).collect();
        assert_eq!(
            own,
            [&["!vendor", "!vendor/**"], NEVER_UNLESS_NAMED, &["!vendor", "!docs/guide.md"]].concat()
        );
    }

    #[test]
    fn a_wildcard_lets_no_keys_in() {
        let exclude = strings(&["!dev.pem", "!*.md", "!*", "docs"]);
        let filter = Filter::new(Wanted { exclude: &exclude, ..Wanted::default() });
        let behind = filter.exclude.iter().skip_while(|pattern| *pattern != "!*/**").skip(1);
        let behind: Vec<_> = behind.map(String::as_str).collect();
        assert_eq!(behind, [NEVER_UNLESS_NAMED, &["!dev.pem", "docs"]].concat());
    }
}
