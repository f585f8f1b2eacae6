//! A recipe in `tests/engine/images`: its directives, read from the head of a Dockerfile.

use std::path::Path;

use anyhow::{Context, Result, bail};

/// `name: command` of a directive.
pub(crate) type Pair = (String, String);

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Its path in the local registry: `library/debian:bookworm-slim`, without `docker.io/`, which that is a mirror of.
    /// Other registries' names are whole.
    pub(crate) image: String,
    pub(crate) always: bool,
    pub(crate) args: Vec<Pair>,
    pub(crate) contexts: Vec<Pair>,
    pub(crate) programs: Vec<Pair>,
    /// What it is `FROM`, spelled as in the file.
    pub(crate) from: Vec<String>,
    pub(crate) text: String,
}

impl Recipe {
    pub(crate) fn parse(text: &str) -> Result<Recipe> {
        let mut recipe = Recipe { text: text.to_owned(), ..Recipe::default() };
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            let line = line.trim_start_matches("# ");
            if line == "always" {
                recipe.always = true;
                continue;
            }
            let (directive, value) =
                line.split_once(": ").with_context(|| format!("`{line}` is no directive"))?;
            let pair = |name: &str| (name.to_owned(), value.to_owned());
            match directive.split_once(' ') {
                None if directive == "image" => {
                    let registry = value.split('/').next().filter(|registry| registry.contains('.'));
                    registry.with_context(|| format!("`{value}` is not a full name"))?;
                    value.strip_prefix("docker.io/").unwrap_or(value).clone_into(&mut recipe.image);
                }
                Some(("arg", name)) => recipe.args.push(pair(name)),
                Some(("context", name)) => recipe.contexts.push(pair(name)),
                Some(("program", name)) => recipe.programs.push(pair(name)),
                _ => bail!("`{directive}` is no directive"),
            }
        }
        if recipe.image.is_empty() {
            bail!("a recipe begins with `# image: NAME`");
        }
        let from = text.lines().filter_map(|line| line.strip_prefix("FROM "));
        recipe.from = from.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        Ok(recipe)
    }

    /// The name without its tag, and the tag.
    pub(crate) fn repository_and_tag(&self) -> (&str, &str) {
        self.image.rsplit_once(':').unwrap_or((&self.image, "latest"))
    }

    /// The name as a Dockerfile writes it.
    pub(crate) fn short_name(&self) -> &str {
        self.image.strip_prefix("library/").unwrap_or(&self.image)
    }

    fn is_from(&self, other: &Recipe) -> bool {
        self.from.iter().any(|from| from == other.short_name())
    }

    /// The recipes that this one is built from.
    pub(crate) fn bases<'a>(&self, all: &'a [Recipe]) -> Vec<&'a Recipe> {
        all.iter().filter(|other| self.is_from(other)).collect()
    }
}

/// All recipes of a folder, bases before what is built from them.
pub(crate) fn load(folder: &Path) -> Result<Vec<Recipe>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "Dockerfile") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut waiting = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        waiting.push(Recipe::parse(&text).with_context(|| path.display().to_string())?);
    }
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|recipe| recipe.bases(&waiting).is_empty());
        let Some(ready) = ready else { bail!("recipes in {} are built from each other", folder.display()) };
        sorted.push(waiting.remove(ready));
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkouts_recipes_are_read_in_order() {
        let recipes = load(&crate::root().join("tests/engine/images")).unwrap();
        let place = |image: &str| recipes.iter().position(|recipe| recipe.image == image).unwrap();
        assert!(place("library/debian:bookworm-slim") < place("library/buildpack-deps:bookworm"));
        assert!(place("library/buildpack-deps:bookworm") < place("library/golang:1.26-bookworm"));
    }

    #[test]
    fn an_unknown_directive_is_refused() {
        assert!(Recipe::parse("# image: docker.io/a/b:1\n# contxt c: pwd\nFROM scratch\n").is_err());
        assert!(Recipe::parse("FROM scratch\n").is_err());
        assert!(Recipe::parse("# image: library/a:1\nFROM scratch\n").is_err());
    }
}
