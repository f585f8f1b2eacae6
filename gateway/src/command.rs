//! Commands that run as a container of an image would: with what its config says.

use buildkit_llb::{Exec, Input};
use serde::Deserialize;

use crate::contexts::NamedContext;
use crate::{Error, ResolvedImage, Result};

impl ResolvedImage {
    /// A command on top of `root`, which is this image or what was made on it, with the environment, the working
    /// directory and the user of the image's config. What is set on it afterwards wins.
    ///
    /// ```
    /// use buildkit_gateway::{Gateway, ImageQuery, Result};
    /// use buildkit_gateway::llb::{Graph, Image, Input};
    ///
    /// async fn compile(gateway: &Gateway, graph: &mut Graph) -> Result<Input> {
    ///     let go = gateway.resolve_image(ImageQuery::new("golang:1.26".parse()?)).await?.image()?;
    ///     let root = graph.image(Image::new(go.pinned()));
    ///     // `PATH` is the image's.
    ///     let build = go.command(root, ["go", "build", "./..."])?.env("CGO_ENABLED", "0");
    ///     Ok(graph.exec(build)?.root()?.into())
    /// }
    /// ```
    pub fn command(
        &self,
        root: impl Into<Input>,
        args: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Exec> {
        let config = Config::parse(&self.config);
        let config =
            config.map_err(|error| error.context(format!("image `{}`", self.reference.familiar())))?;
        Ok(config.apply(Exec::new(root, args)))
    }
}

impl NamedContext {
    /// As [`ResolvedImage::command`]. Of a context that is no image, the command runs in `/`, as root.
    pub fn command(
        &self,
        root: impl Into<Input>,
        args: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Exec> {
        let config = self.image_config().map_or_else(|| Ok(Config::default()), Config::parse);
        let config = config.map_err(|error| error.context(format!("context `{}`", self.name())))?;
        Ok(config.apply(Exec::new(root, args)))
    }
}

/// What of an image's config is about commands.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    // Go writes a list that is not there as `null`.
    env: Option<Vec<String>>,
    working_dir: String,
    user: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfImage {
    config: Option<Config>,
}

impl Config {
    fn parse(json: &[u8]) -> Result<Self> {
        let image: OfImage = serde_json::from_slice(json)
            .map_err(|error| Error::new(format!("its config cannot be read: {error}")))?;
        Ok(image.config.unwrap_or_default())
    }

    /// As `WithImageConfig` of `client/llb/state.go`, and the user besides, which Dockerfiles take too.
    fn apply(self, exec: Exec) -> Exec {
        let variables = self.env.into_iter().flatten();
        let exec = variables.fold(exec, |exec, entry| match entry.split_once('=') {
            Some(("", _)) => exec,
            Some((name, value)) => exec.env(name, value),
            None => exec.env(entry, ""),
        });
        // From the root, as Docker takes one that is not absolute.
        exec.cwd(format!("/{}", self.working_dir.trim_start_matches('/'))).user(self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &str, expected: &Exec) {
        let image = ResolvedImage {
            reference: "golang:1.26".parse().unwrap(),
            digest: None,
            config: config.as_bytes().to_vec(),
        };
        let command = image.command(Input::Scratch, ["go"]).unwrap();
        assert_eq!(format!("{command:?}"), format!("{expected:?}"));
    }

    #[test]
    fn the_config_of_the_image_applies() {
        let plain = || Exec::new(Input::Scratch, ["go"]);
        check("{}", &plain());
        check(r#"{"config":null}"#, &plain());
        check(r#"{"config":{"Env":null,"Cmd":["sh"]}}"#, &plain());
        check(
            r#"{"config":{"Env":["PATH=/go/bin:/bin","A=b=c","EMPTY","=x"],"WorkingDir":"/go","User":"1:2"}}"#,
            &plain().env("PATH", "/go/bin:/bin").env("A", "b=c").env("EMPTY", "").cwd("/go").user("1:2"),
        );
        check(r#"{"config":{"WorkingDir":"app"}}"#, &plain().cwd("/app"));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let image =
            ResolvedImage { reference: "a/b:1".parse().unwrap(), digest: None, config: b"[".to_vec() };
        let error = image.command(Input::Scratch, ["go"]).unwrap_err();
        assert!(
            error.message().starts_with("image `a/b:1`: its config cannot be read"),
            "{}",
            error.message()
        );
    }
}
