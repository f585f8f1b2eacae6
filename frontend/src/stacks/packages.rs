//! System packages: a stage of its own on top of a base, installed by the base's own package manager.

use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Network, Stage, Text};
use crate::span::Spanned;

/// Which package manager there is, the base itself says. The secret `ca` is a file only where it was given.
const INSTALL: &str = r#"# install system packages
set -eu
. /etc/os-release
ca=/run/slipway/ca.pem
case " $ID ${ID_LIKE:-} " in
*" debian "*)
  export DEBIAN_FRONTEND=noninteractive
  trust=
  if [ -f "$ca" ]; then trust="-o Acquire::https::CAInfo=$ca"; fi
  apt-get $trust update
  apt-get $trust install --yes --no-install-recommends "$@"
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache
  rm -f /var/log/dpkg.log /var/log/alternatives.log /var/log/apt/*
  ;;
*" alpine "*)
  if [ -f "$ca" ]; then export SSL_CERT_FILE="$ca"; fi
  apk add --no-cache "$@"
  ;;
*)
  echo "no package manager is known for $ID: name a Debian or Alpine base, or install the packages in a stage of your own" >&2
  exit 1
  ;;
esac
"#;

/// `None` when there is nothing to install.
pub(super) fn stage(at: At, name: &str, base: &Base, packages: &[Spanned<Text>]) -> Option<Stage> {
    let first = packages.first()?;
    let mut stage = at.stage(stage_name(name), base.clone());
    stage.network = at.network(Network::Default);
    let script = ["sh", "-c", INSTALL, "install"].map(Text::literal);
    let argv = script.into_iter().chain(packages.iter().map(|package| package.value.clone())).collect();
    stage.steps = vec![At(first.span).run(argv, Vec::new())];
    Some(stage)
}
