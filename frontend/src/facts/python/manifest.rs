//! What a project says of itself: `pyproject.toml`, `Pipfile`, and what older files say in the same terms.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::requirement::{Requirement, normalized, poetry_versions};
use crate::facts::toml::{Item, Toml};
use crate::manifest::PackageManager;

/// One project's own words, whatever file they stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Relative to the context.
    pub file: String,
    pub name: Option<String>,
    pub python: Option<Python>,
    pub dependencies: Vec<Requirement>,
    /// The line of dependencies that are not written out.
    pub computed: Option<u32>,
    /// The line of a version that is computed from the history in `.git`, with the variable that says it instead.
    pub version_of_git: Option<(u32, &'static str)>,
    /// Files that have to be there when it is asked for its dependencies.
    pub needs: Vec<String>,
    /// Dependencies that are folders or files of the project's own.
    pub local: Vec<Local>,
    /// The line of `[tool.uv.sources]` that names a repository of git.
    pub git: Option<u32>,
    /// Groups and extras, by name.
    pub development: Vec<Group>,
    /// Console scripts with the lines that declare them.
    pub scripts: Vec<(String, u32)>,
    pub build: Option<BuildSystem>,
    /// It says that there is nothing to install of it.
    pub not_a_package: bool,
    /// The line of the package manager's own table.
    pub manager: Option<(PackageManager, u32)>,
    /// `readme`, `license`: files that building the project reads.
    pub reads: Vec<String>,
}

/// A dependency that is a folder or a file, as it is written: relative to the folder of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    pub path: String,
    /// It is installed as a link to where it lies.
    pub linked: bool,
    pub line: u32,
}

/// The Pythons that the project works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    pub written: String,
    /// Any of these.
    pub ranges: Vec<VersionSpecifiers>,
    pub key: &'static str,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub kind: GroupKind,
    pub wanted: Vec<Requirement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// `dependency-groups`, and what package managers had before.
    Group,
    /// `optional-dependencies`
    Extra,
}

/// The project can be built and installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSystem {
    /// What has to be there for it.
    pub requires: Vec<String>,
    pub line: u32,
}

impl Manifest {
    pub fn of_pyproject(file: &str, text: &str) -> Result<Self, (u32, String)> {
        let toml = Toml::parse(text)?;
        let project = |key: &str| toml.get(&["project", key]);
        let poetry = |key: &str| toml.get(&["tool", "poetry", key]);
        let name = project("name").or(poetry("name")).and_then(Item::text).map(str::to_owned);
        let mut dependencies: Vec<_> = project("dependencies").into_iter().flat_map(requirements).collect();
        dependencies.extend(poetry("dependencies").into_iter().flat_map(poetry_table));
        let managers =
            [(PackageManager::Poetry, "poetry"), (PackageManager::Pdm, "pdm"), (PackageManager::Uv, "uv")];
        let manager =
            managers.iter().find_map(|(manager, key)| Some((*manager, toml.get(&["tool", key])?.line)));
        let scripts = [project("scripts"), poetry("scripts")].into_iter().flatten().flat_map(Item::entries);
        let uv_package = toml.get(&["tool", "uv", "package"]);
        let package = uv_package.or(poetry("package-mode"));
        let not_a_package = package.is_some_and(|package| !package.is_true());
        let (computed, needs) = computed(&toml).unzip();
        let sources = toml.get(&["tool", "uv", "sources"]).into_iter().flat_map(Item::entries);
        let sources: Vec<_> = sources.flat_map(|(_, source)| source.items().chain([source])).collect();
        let build = toml.get(&["build-system"]).filter(|_| !not_a_package);
        Ok(Self {
            file: file.to_owned(),
            python: python(&toml),
            dependencies,
            development: groups(&toml),
            scripts: scripts.map(|(name, item)| (name.to_owned(), item.line)).collect(),
            build: build
                .map(|build| match build.get(&["requires"]) {
                    Some(list) => BuildSystem {
                        requires: list.items().filter_map(Item::text).map(str::to_owned).collect(),
                        line: build.line,
                    },
                    None => BuildSystem::setuptools(build.line),
                })
                // What uv is told to install it builds as it always did.
                .or_else(|| {
                    uv_package
                        .filter(|package| package.is_true())
                        .map(|item| BuildSystem::setuptools(item.line))
                }),
            not_a_package,
            computed,
            version_of_git: version_of_git(&toml),
            needs: needs.unwrap_or_default(),
            git: sources.iter().find(|source| source.get(&["git"]).is_some()).map(|source| source.line),
            local: [local(sources, "editable"), local(poetry_tables(&toml), "develop")].concat(),
            manager,
            reads: reads(&toml),
            name,
        })
    }

    pub fn of_pipfile(file: &str, text: &str) -> Result<Self, (u32, String)> {
        let toml = Toml::parse(text)?;
        let table = |key: &str| toml.get(&[key]).into_iter().flat_map(poetry_table).collect::<Vec<_>>();
        let tables = ["packages", "dev-packages"].into_iter();
        let entries = tables.flat_map(|key| toml.get(&[key]).into_iter().flat_map(Item::entries));
        let develop = Group { name: "dev".to_owned(), kind: GroupKind::Group, wanted: table("dev-packages") };
        Ok(Self {
            file: file.to_owned(),
            dependencies: table("packages"),
            development: vec![develop],
            local: local(entries.map(|(_, item)| item), "editable"),
            manager: Some((PackageManager::Pipenv, 1)),
            ..Self::default()
        })
    }

    /// The line that asks for dependencies.
    pub fn asks(&self) -> Option<u32> {
        self.dependencies.first().map(|one| one.line).or(self.computed)
    }

    pub fn depends_on(&self, name: &str) -> Option<&Requirement> {
        self.dependencies.iter().find(|one| one.name == name)
    }

    /// What the project asks for itself, and what its groups and extras ask for.
    pub fn all_wanted(&self) -> impl Iterator<Item = &Requirement> {
        self.dependencies.iter().chain(self.development.iter().flat_map(|group| &group.wanted))
    }

    /// The line that asks for something from a repository of git.
    pub fn asks_git(&self) -> Option<u32> {
        self.all_wanted().find(|one| one.git).map(|one| one.line).or(self.git)
    }

    /// Whether it is the project of a normalized name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| normalized(own) == name)
    }
}

impl BuildSystem {
    /// What a project is built with that does not say with what.
    pub fn setuptools(line: u32) -> Self {
        Self { requires: vec!["setuptools".to_owned()], line }
    }
}

/// `project.dependencies` and lists like it.
fn requirements(list: Item<'_>) -> impl Iterator<Item = Requirement> {
    list.items().filter_map(|item| Requirement::parse(item.text()?, item.line))
}

/// `[tool.poetry.dependencies]`, `[packages]` of a Pipfile: names with versions or tables.
fn poetry_table(table: Item<'_>) -> impl Iterator<Item = Requirement> {
    // What is optional is installed with an extra that asks for it, and none is asked for.
    let is_optional = |item: Item<'_>| item.get(&["optional"]).is_some_and(Item::is_true);
    let wanted = table.entries().filter(move |(name, item)| *name != "python" && !is_optional(*item));
    wanted.map(|(name, item)| {
        let version = item.text().or_else(|| item.get(&["version"])?.text());
        let mut one = Requirement::of_table(name, version, item.line);
        let extras = item.get(&["extras"]).into_iter().flat_map(Item::items).filter_map(Item::text);
        one.extras = extras.map(str::to_owned).collect();
        let conditions = ["markers", "python", "platform"];
        one.git = item.get(&["git"]).is_some();
        one.conditional = conditions.iter().any(|key| item.get(&[key]).is_some());
        one
    })
}

/// All that Poetry's own tables ask for.
fn poetry_tables<'t>(toml: &'t Toml<'_>) -> Vec<Item<'t>> {
    let poetry = |key: &str| toml.get(&["tool", "poetry", key]);
    let groups = poetry("group").into_iter().flat_map(Item::entries);
    let groups = groups.filter_map(|(_, group)| group.get(&["dependencies"]));
    let tables = poetry("dependencies").into_iter().chain(poetry("dev-dependencies")).chain(groups);
    tables.flat_map(Item::entries).map(|(_, item)| item).collect()
}

fn local<'t>(entries: impl IntoIterator<Item = Item<'t>>, link: &str) -> Vec<Local> {
    let local = entries.into_iter().filter_map(|item| {
        let path = item.get(&["path"])?.text()?.to_owned();
        Some(Local { path, linked: item.get(&[link]).is_some_and(Item::is_true), line: item.line })
    });
    local.collect()
}

/// The line that says that something else says the dependencies, and the files that do.
fn computed(toml: &Toml<'_>) -> Option<(u32, Vec<String>)> {
    let dynamic = toml.get(&["project", "dynamic"])?;
    dynamic.items().find(|item| item.text() == Some("dependencies"))?;
    let setuptools = toml.get(&["tool", "setuptools", "dynamic", "dependencies"]);
    let files = setuptools.and_then(|table| table.get(&["file"]));
    let files = files.or(toml.get(&["tool", "hatch", "metadata", "hooks", "requirements_txt", "files"]));
    let names = files.into_iter().flat_map(texts).map(str::to_owned);
    Some((files.unwrap_or(dynamic).line, names.collect()))
}

/// What `setuptools-scm`, `hatch-vcs` and `pdm-backend` do, unless they are told what else to take.
/// <https://setuptools-scm.readthedocs.io/en/stable/overrides/>, <https://backend.pdm-project.org/metadata/>
fn version_of_git(toml: &Toml<'_>) -> Option<(u32, &'static str)> {
    const OF_SETUPTOOLS: &str = "SETUPTOOLS_SCM_PRETEND_VERSION";
    let is = |path: &[&str], value: &str| toml.get(path).and_then(Item::text) == Some(value);
    let dynamic = toml.get(&["project", "dynamic"])?.items().find(|item| item.text() == Some("version"))?;
    let (variable, fallback) = if is(&["tool", "hatch", "version", "source"], "vcs") {
        let raw = ["tool", "hatch", "version", "raw-options", "fallback_version"];
        let own = toml.get(&["tool", "hatch", "version", "fallback-version"]);
        (OF_SETUPTOOLS, own.or(toml.get(&raw)))
    } else if is(&["tool", "pdm", "version", "source"], "scm") {
        ("PDM_BUILD_SCM_VERSION", toml.get(&["tool", "pdm", "version", "fallback_version"]))
    } else {
        let requires = toml.get(&["build-system", "requires"])?;
        let mut requires = requires.items().filter_map(|item| Requirement::parse(item.text()?, item.line));
        requires.find(|one| one.name == "setuptools-scm")?;
        let table = toml.get(&["tool", "setuptools_scm"])?;
        (OF_SETUPTOOLS, table.get(&["fallback_version"]))
    };
    fallback.is_none().then_some((dynamic.line, variable))
}

fn python(toml: &Toml<'_>) -> Option<Python> {
    if let Some(item) = toml.get(&["project", "requires-python"]) {
        let written = item.text()?.to_owned();
        let ranges = VersionSpecifiers::from_str(&written).into_iter().collect();
        return Some(Python { written, ranges, key: "requires-python", line: item.line });
    }
    let item = toml.get(&["tool", "poetry", "dependencies", "python"])?;
    let written = item.text()?.to_owned();
    Some(Python { ranges: poetry_versions(&written), written, key: "python", line: item.line })
}

fn groups(toml: &Toml<'_>) -> Vec<Group> {
    let of = |path: &[&str], kind: GroupKind| {
        let entries = toml.get(path).into_iter().flat_map(Item::entries);
        let groups = entries.map(|(name, list)| Group {
            name: name.to_owned(),
            kind,
            wanted: requirements(list).collect(),
        });
        groups.collect::<Vec<_>>()
    };
    let mut groups = of(&["dependency-groups"], GroupKind::Group);
    groups.extend(of(&["project", "optional-dependencies"], GroupKind::Extra));
    groups.extend(of(&["tool", "pdm", "dev-dependencies"], GroupKind::Group));
    let dev = |wanted| Group { name: "dev".to_owned(), kind: GroupKind::Group, wanted };
    groups
        .extend(toml.get(&["tool", "uv", "dev-dependencies"]).map(|list| dev(requirements(list).collect())));
    groups.extend(
        toml.get(&["tool", "poetry", "dev-dependencies"]).map(|table| dev(poetry_table(table).collect())),
    );
    for (name, group) in toml.get(&["tool", "poetry", "group"]).into_iter().flat_map(Item::entries) {
        let wanted = group.get(&["dependencies"]).into_iter().flat_map(poetry_table).collect();
        groups.push(Group { name: name.to_owned(), kind: GroupKind::Group, wanted });
    }
    groups
}

/// Files that the build of the project reads although they look like documentation.
fn reads(toml: &Toml<'_>) -> Vec<String> {
    let mut files = Vec::new();
    for table in [&["project"][..], &["tool", "poetry"], &["tool", "setuptools", "dynamic"]] {
        for key in ["readme", "license"] {
            let Some(item) = toml.get(&[table, &[key]].concat()) else { continue };
            let file = item.get(&["file"]).or(Some(item).filter(|_| key == "readme"));
            files.extend(file.into_iter().flat_map(texts));
        }
    }
    files.extend(toml.get(&["project", "license-files"]).into_iter().flat_map(texts));
    let fragments = toml.get(&["tool", "hatch", "metadata", "hooks", "fancy-pypi-readme", "fragments"]);
    let fragments = fragments.into_iter().flat_map(Item::items);
    files.extend(fragments.filter_map(|fragment| fragment.get(&["path"])).flat_map(texts));
    files.into_iter().map(str::to_owned).collect()
}

/// A text, or a list of them.
fn texts(item: Item<'_>) -> impl Iterator<Item = &str> {
    item.items().chain([item]).filter_map(Item::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wanted: &[Requirement]) -> Vec<(&str, u32)> {
        wanted.iter().map(|one| (one.name.as_str(), one.line)).collect()
    }

    #[test]
    fn pyproject() {
        let text = "[project]\nname = \"shop\"\nreadme = \"README.md\"\nrequires-python = \">=3.12\"\ndependencies = [\n  \
                    \"fastapi[standard]>=0.1\",\n  \"uvicorn\",\n]\n[project.scripts]\nserve = \"shop:main\"\n\
                    [project.optional-dependencies]\ntest = [\"pytest\"]\n[dependency-groups]\ndev = [\"ruff\"]\n\
                    [build-system]\nrequires = [\"hatchling\"]\n";
        let manifest = Manifest::of_pyproject("pyproject.toml", text).expect("valid");
        assert_eq!(names(&manifest.dependencies), [("fastapi", 6), ("uvicorn", 7)]);
        assert_eq!(manifest.scripts, [("serve".to_owned(), 10)]);
        assert_eq!(manifest.reads, ["README.md"]);
        assert_eq!(manifest.build, Some(BuildSystem { requires: vec!["hatchling".to_owned()], line: 15 }));
        let groups: Vec<_> =
            manifest.development.iter().map(|group| (group.name.as_str(), group.kind)).collect();
        assert_eq!(groups, [("dev", GroupKind::Group), ("test", GroupKind::Extra)]);
        assert_eq!(
            manifest.python.map(|python| (python.written, python.line)),
            Some((">=3.12".to_owned(), 4))
        );
    }

    #[test]
    fn dependencies_of_other_files_and_folders() {
        let text = "[project]\ndynamic = [\"version\", \"dependencies\"]\n[tool.setuptools.dynamic]\n\
                    dependencies = { file = [\"base.txt\"] }\n[tool.uv]\npackage = true\n[tool.uv.sources]\n\
                    a = { path = \"libs/a\", editable = true }\nb = [{ path = \"b.whl\" }, { index = \"x\" }]\n";
        let manifest = Manifest::of_pyproject("pyproject.toml", text).expect("valid");
        assert_eq!((manifest.computed, manifest.needs), (Some(4), vec!["base.txt".to_owned()]));
        assert_eq!(manifest.build, Some(BuildSystem::setuptools(6)));
        let local: Vec<_> =
            manifest.local.iter().map(|one| (one.path.as_str(), one.linked, one.line)).collect();
        assert_eq!(local, [("libs/a", true, 8), ("b.whl", false, 9)]);
        let text = "[project]\ndynamic = [\"dependencies\"]\n";
        let manifest = Manifest::of_pyproject("pyproject.toml", text).expect("valid");
        assert_eq!((manifest.computed, manifest.needs), (Some(2), Vec::new()));
    }

    #[test]
    fn files_that_the_build_reads() {
        for (text, expected) in [
            ("[project]\nreadme = \"README.rst\"\nlicense = \"MIT\"\n", &["README.rst"][..]),
            ("[project]\nreadme = { file = \"a.md\" }\nlicense = { file = \"L\" }\n", &["a.md", "L"]),
            ("[project]\nreadme = { text = \"a\" }\nlicense-files = [\"L*\"]\n", &["L*"]),
            ("[tool.poetry]\nreadme = [\"README.md\", \"CHANGELOG.md\"]\n", &["README.md", "CHANGELOG.md"]),
            ("[tool.setuptools.dynamic]\nreadme = { file = [\"a.md\", \"b.md\"] }\n", &["a.md", "b.md"]),
            ("[tool.setuptools.dynamic.readme]\nfile = \"a.md\"\n", &["a.md"]),
            (
                "[[tool.hatch.metadata.hooks.fancy-pypi-readme.fragments]]\ntext = \"a\"\n\
                 [[tool.hatch.metadata.hooks.fancy-pypi-readme.fragments]]\npath = \"CHANGELOG.md\"\n",
                &["CHANGELOG.md"],
            ),
        ] {
            let manifest = Manifest::of_pyproject("pyproject.toml", text).expect("valid");
            assert_eq!(manifest.reads, expected, "{text}");
        }
    }

    #[test]
    fn poetry() {
        let text = "[tool.poetry]\nname = \"shop\"\npackage-mode = false\n[tool.poetry.dependencies]\npython = \"^3.12\"\n\
                    flask = \"^3.1\"\ngunicorn = { version = \"*\", optional = true }\n\
                    [tool.poetry.group.dev.dependencies]\npytest = \"^8\"\n[build-system]\nrequires = [\"poetry-core\"]\n";
        let manifest = Manifest::of_pyproject("pyproject.toml", text).expect("valid");
        assert_eq!(names(&manifest.dependencies), [("flask", 6)]);
        assert_eq!(manifest.build, None);
        assert_eq!(names(&manifest.development[0].wanted), [("pytest", 9)]);
        assert_eq!(manifest.python.map(|python| python.key), Some("python"));
    }
}
