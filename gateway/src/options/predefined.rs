use std::collections::BTreeMap;

use buildkit_llb::Platform;
use buildkit_proto::pb;

use super::Options;

impl Options {
    /// The arguments that every build has without declaring them: `TARGETPLATFORM`, `BUILDARCH`, `TARGETSTAGE` and their
    /// like, as they are for one target platform. A build argument of the same name wins.
    ///
    /// ```
    /// use buildkit_gateway::Options;
    ///
    /// let args = Options::default().predefined_args(&"linux/arm/v7".parse()?);
    /// assert_eq!(args["TARGETPLATFORM"], "linux/arm/v7");
    /// assert_eq!(args["TARGETVARIANT"], "v7");
    /// # Ok::<(), buildkit_gateway::Error>(())
    /// ```
    pub fn predefined_args(&self, target: &Platform) -> BTreeMap<String, String> {
        let build = self.build_platform();
        let mut args = BTreeMap::new();
        for (side, platform) in [("BUILD", &build), ("TARGET", target)] {
            let pb::Platform { os, architecture, variant, os_version, .. } = platform.into();
            for (part, value) in [
                ("PLATFORM", platform.to_string()),
                ("OS", os),
                ("OSVERSION", os_version),
                ("ARCH", architecture),
                ("VARIANT", variant),
            ] {
                args.insert(format!("{side}{part}"), value);
            }
        }
        args.insert("TARGETSTAGE".to_owned(), self.target().unwrap_or("default").to_owned());
        for (name, value) in &mut args {
            if let Some(given) = self.build_arg(name) {
                given.clone_into(value);
            }
        }
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides() {
        let options = Options::new([("build-arg:TARGETARCH", "mine"), ("target", "api")]);
        let args = options.predefined_args(&Platform::linux_arm64());
        assert_eq!(args.len(), 11);
        assert_eq!(args["BUILDPLATFORM"], options.build_platform().to_string());
        assert_eq!(args["TARGETARCH"], "mine");
        assert_eq!(args["TARGETSTAGE"], "api");
        assert_eq!(args["TARGETVARIANT"], "");
    }
}
