//! What of the context is no source: documentation, files for other tools, keys. As patterns of `.dockerignore`.

/// What says something about the project, and is left out like the rest of [`NOT_SOURCE`]. Markdown of any other name may be
/// what a program reads: a prompt, a page, a mail. No file is named by two of these.
pub const DOCUMENTATION: &[&str] = &[
    "**/README.md",
    "**/README.rst",
    "**/README.adoc",
    "**/AGENTS.md",
    "**/AUTHORS",
    "**/AUTHORS.md",
    "**/AUTHORS.rst",
    "**/CHANGELOG.md",
    "**/CHANGELOG.rst",
    "**/CHANGELOG.adoc",
    "**/CHANGES.md",
    "**/CHANGES.rst",
    "**/CODEOWNERS",
    "**/CODE_OF_CONDUCT.md",
    "**/CONTRIBUTING.md",
    "**/CONTRIBUTING.rst",
    "**/CONTRIBUTING.adoc",
    "**/COPYING",
    "**/COPYING.txt",
    "**/HISTORY.md",
    "**/HISTORY.rst",
    "**/LICENCE",
    "**/LICENCE.txt",
    "**/LICENSE",
    "**/LICENSE.md",
    "**/LICENSE.txt",
    "**/LICENSE-APACHE",
    "**/LICENSE-MIT",
    "**/NOTICE",
    "**/NOTICE.txt",
    "**/SECURITY.md",
];

/// The same, in the folder that is wanted and in none below.
pub const DOCUMENTATION_AT_TOP: &[&str] =
    &["docs/**/*.md", CAPITALS, "readme.md", "changelog.md", "contributing.md"];

/// `NOTES.md`, `README.de.md`: what is written in capitals at the top is about the project.
pub(super) const CAPITALS: &str = "[A-Z]*.md";

/// All Markdown, documentation or not.
pub const MARKDOWN: &str = "**/*.md";

/// Whether a pattern is for nothing but Markdown.
pub fn is_markdown(pattern: &str) -> bool {
    MARKDOWN.strip_prefix("**/*").is_some_and(|ending| pattern.ends_with(ending))
}

/// Whether an exception from it says that documentation is source.
pub fn is_documentation(pattern: &str) -> bool {
    pattern == MARKDOWN || DOCUMENTATION.iter().chain(DOCUMENTATION_AT_TOP).any(|one| *one == pattern)
}

/// What `from: context` leaves out, when no `include` says what is wanted. For each file of the context the client tries
/// every pattern. A path or a name costs it next to nothing; a wildcard in a name behind `**/` is a regular expression that does
/// not fail at once, a microsecond for each file (`github.com/moby/patternmatcher`), so there are few, and of those some are
/// sent as [endings](super::filter::Filter::by_ending).
pub const NOT_SOURCE: &[&str] = &[
    // VCS
    "**/.git",
    "**/.gitignore",
    "**/.gitattributes",
    "**/.gitmodules",
    "**/.gitkeep",
    "**/.hg",
    "**/.hgignore",
    "**/.svn",
    "**/.jj",
    // Editors and desktops
    "**/.vscode",
    "**/.idea",
    "**/.zed",
    "**/.fleet",
    "**/.vim",
    "**/.editorconfig",
    "**/*.swp",
    "**/.DS_Store",
    // CI and bots
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    ".circleci",
    ".buildkite",
    ".woodpecker",
    ".woodpecker.yml",
    ".drone.yml",
    ".travis.yml",
    ".azure-pipelines",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    ".pre-commit-config.yaml",
    "renovate.json",
    "renovate.json5",
    ".renovaterc",
    // Containers
    "**/Dockerfile",
    "**/Dockerfile.dev",
    "**/Dockerfile.prod",
    "**/Dockerfile.test",
    "**/Containerfile",
    "**/.dockerignore",
    "**/compose.yaml",
    "**/compose.yml",
    "**/docker-compose.yaml",
    "**/docker-compose.yml",
    "**/compose.dev.yaml",
    "**/compose.dev.yml",
    "**/compose.override.yaml",
    "**/compose.override.yml",
    "**/compose.prod.yaml",
    "**/compose.prod.yml",
    "**/compose.staging.yaml",
    "**/compose.staging.yml",
    "**/compose.test.yaml",
    "**/compose.test.yml",
    "**/docker-compose.dev.yaml",
    "**/docker-compose.dev.yml",
    "**/docker-compose.override.yaml",
    "**/docker-compose.override.yml",
    "**/docker-compose.prod.yaml",
    "**/docker-compose.prod.yml",
    "**/docker-compose.staging.yaml",
    "**/docker-compose.staging.yml",
    "**/docker-compose.test.yaml",
    "**/docker-compose.test.yml",
    "**/docker-bake.hcl",
    "**/docker-bake.json",
    "**/docker-bake.override.hcl",
    "**/docker-bake.override.json",
    "**/.devcontainer",
    "**/slipway.yaml",
    "**/slipway.yml",
    "**/slipway.lock",
];

/// The same, in the folder that is wanted and in none below.
pub const NOT_SOURCE_AT_TOP: &[&str] = &[
    "*.code-workspace",
    "*~",
    "Dockerfile.*",
    "*.Dockerfile",
    "*.dockerignore",
    "*compose.*.y*ml",
    "slipway.*.y*ml",
];

/// What never enters unless it is named: keys, credentials and files that may hold some, environment files.
pub const NEVER_UNLESS_NAMED: &[&str] = &[
    "**/.git",
    "**/.env",
    // `.env.local`, and the backup of an editor
    "**/.env[.~]*",
    // `.pem` and `.key`
    "**/*.[pk]e[my]",
    // `.p12` and `.pfx`
    "**/*.p[1f][2x]",
    "**/id_rsa",
    "**/id_ed25519",
    "**/id_ecdsa",
    "**/.netrc",
    "**/.npmrc",
    "**/.pypirc",
    "**/.yarnrc.yml",
    "**/.git-credentials",
    "**/.ssh",
    "**/.aws",
    "**/.kube",
    "**/.docker/config.json",
];
