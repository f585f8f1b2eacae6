//! The examples that are measured, and how each is edited.

use anyhow::Result;
use e2e::Project;

pub(super) struct Example {
    pub(super) name: &'static str,
    /// A file of the source, and a text in it. With a word put behind that, what is built is different.
    source: (&'static str, &'static str),
    /// What is installed stays the same, but nothing of a build can know that before it has been.
    pub(super) edit_dependencies: fn(&Project, &str) -> Result<()>,
    /// A port of the image, and a path below which it answers the same whatever it was built with.
    pub(super) question: (u16, &'static str),
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        name: "go",
        source: ("main.go", "log.Info(\"listening"),
        edit_dependencies: comment_in_go_mod,
        question: (8080, "/about"),
    },
    Example {
        name: "go-alpine",
        source: ("main.go", "\"eyes"),
        edit_dependencies: comment_in_go_mod,
        question: (8080, "/about"),
    },
    Example {
        name: "go-distroless",
        source: ("main.go", "\"eyes"),
        edit_dependencies: comment_in_go_mod,
        question: (8080, "/about"),
    },
    Example {
        name: "node-express",
        source: ("src/app.js", "?? \"Hello"),
        edit_dependencies: |project, word| widen(project, "\"express\": \"^5.1.0", word),
        question: (3000, "/about"),
    },
    Example {
        name: "node-typescript",
        source: ("src/app.ts", "write a manifest"),
        edit_dependencies: |project, word| widen(project, "\"fastify\": \"^5.4.0", word),
        question: (3000, "/about"),
    },
    Example {
        name: "static-react",
        source: ("src/Counter.jsx", "Pressed"),
        edit_dependencies: |project, word| widen(project, "\"react-dom\": \"^19.1.0", word),
        question: (8080, "/"),
    },
    Example {
        name: "fastapi",
        source: ("app/main.py", "a name has letters only"),
        edit_dependencies: |project, word| project.append("uv.lock", &format!("# {word}\n")),
        question: (8000, "/about"),
    },
    Example {
        name: "flask",
        source: ("shop/__init__.py", "\"apple"),
        edit_dependencies: |project, word| project.append("requirements.txt", &format!("# {word}\n")),
        question: (8000, "/about"),
    },
    Example {
        name: "django",
        source: ("polls/views.py", "Tea or coffee"),
        edit_dependencies: |project, word| project.append("Pipfile", &format!("# {word}\n")),
        question: (8000, "/polls/1"),
    },
];

fn comment_in_go_mod(project: &Project, word: &str) -> Result<()> {
    project.append("go.mod", &format!("// {word}\n"))
}

/// Another range, with the same versions in it.
fn widen(project: &Project, range: &str, word: &str) -> Result<()> {
    let wider = format!("{range} || 0.0.0-{word}");
    ["package.json", "package-lock.json"].iter().try_for_each(|file| project.replace(file, range, &wider))
}

impl Example {
    pub(super) fn edit_source(&self, project: &Project, word: &str) -> Result<()> {
        let (file, text) = self.source;
        project.replace(file, text, &format!("{text} {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_can_be_edited() {
        for example in EXAMPLES {
            let project = Project::example(example.name).unwrap();
            example.edit_source(&project, "word").unwrap();
            (example.edit_dependencies)(&project, "word").unwrap();
        }
    }
}
