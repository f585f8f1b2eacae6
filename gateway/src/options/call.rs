use super::{OptionError, Options};

/// Something the client relies on, by its name: `moby.buildkit.frontend.contexts`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrontendCap {
    /// The name.
    pub name: String,
    /// The client does not mind when another frontend, which this one may call, has it instead.
    pub forward: bool,
}

/// `--build-arg BUILDKIT_DOCKERFILE_CHECK=...`: which checks are made, and what comes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    /// No check is made.
    pub skip_all: bool,
    /// These are not made.
    pub skip: Vec<String>,
    /// A warning fails the build.
    pub error: bool,
    /// Checks that are no settled part of a frontend are made too.
    pub experimental_all: bool,
    /// These are made too.
    pub experimental: Vec<String>,
}

impl Options {
    /// `--call` and `--check`: the question that is to be answered instead of a build, `frontend.outline`.
    pub fn call(&self) -> Option<&str> {
        self.text("requestid")
    }

    /// What the client relies on.
    pub fn frontend_caps(&self) -> Vec<FrontendCap> {
        let list = self.text("frontend.caps").unwrap_or_default();
        list.split(',')
            .filter(|name| !name.is_empty())
            .map(|name| {
                let (name, suffix) = name.split_once('+').unwrap_or((name, ""));
                FrontendCap { name: name.to_owned(), forward: suffix.contains("forward") }
            })
            .collect()
    }

    /// `--build-arg BUILDKIT_DOCKERFILE_CHECK=skip=A,B;error=true`.
    pub fn check_options(&self) -> Result<CheckOptions, OptionError> {
        let key = "build-arg:BUILDKIT_DOCKERFILE_CHECK";
        let value = self.get(key).unwrap_or_default().trim();
        let invalid = |part| OptionError::new(key, part, FORM);
        let mut options = CheckOptions::default();
        for part in value.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, setting) = part.split_once('=').ok_or_else(|| invalid(part))?;
            match (name.trim(), setting.trim()) {
                ("skip", "all") => options.skip_all = true,
                ("skip", rules) => options.skip = list(rules),
                ("experimental", "all") => options.experimental_all = true,
                ("experimental", rules) => options.experimental = list(rules),
                ("error", "true" | "1") => options.error = true,
                ("error", "false" | "0") => options.error = false,
                _ => return Err(invalid(part)),
            }
        }
        Ok(options)
    }
}

const FORM: &str =
    "it must be `skip=RULE,...`, `experimental=RULE,...` or `error=true`, with `;` between them";

fn list(rules: &str) -> Vec<String> {
    rules.split(',').map(|rule| rule.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_caps() {
        assert_eq!(Options::default().call(), None);
        let options = Options::new([
            ("requestid", "frontend.plan"),
            ("frontend.caps", "moby.buildkit.frontend.subrequests+forward,x"),
        ]);
        assert_eq!(options.call(), Some("frontend.plan"));
        let caps = options.frontend_caps();
        assert_eq!(caps[0].name, "moby.buildkit.frontend.subrequests");
        assert!(caps[0].forward && !caps[1].forward);
    }

    #[test]
    fn checks() {
        let read = |value| Options::new([("build-arg:BUILDKIT_DOCKERFILE_CHECK", value)]).check_options();
        assert_eq!(read(""), Ok(CheckOptions::default()));
        assert_eq!(
            read("skip=A, B; error=true;experimental=all"),
            Ok(CheckOptions {
                skip: vec!["A".to_owned(), "B".to_owned()],
                error: true,
                experimental_all: true,
                ..CheckOptions::default()
            })
        );
        assert!(read("skip=all").unwrap().skip_all);
        for bad in ["skip", "error=maybe", "ignore=A"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
