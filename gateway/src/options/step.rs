//! What every step of a build gets.

use std::net::IpAddr;

use buildkit_llb::{LinuxResources, Network, ProxyEnv, Ulimit};

use super::{OptionError, Options, csv};

/// What `SOURCE_DATE_EPOCH` says the time of a build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Epoch {
    /// Seconds since 1970.
    Seconds(u64),
    /// The time of a source: `context`, or the name of a named context or of a stage.
    Of(String),
}

// `github.com/docker/go-units`; `as` is left out there too.
const LIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

// Upstream's bound, which keeps `0-999999999` from being a list.
const HIGHEST_CPU: u32 = 8192;

impl Options {
    /// `--add-host`: names, in lower case, and their addresses.
    pub fn extra_hosts(&self) -> Result<Vec<(String, IpAddr)>, OptionError> {
        let key = "add-hosts";
        let list = self.get(key).unwrap_or_default().to_lowercase();
        let read = |entry: &str| {
            let (host, address) = entry.split_once('=')?;
            Some((host.to_owned(), address.parse().ok()?))
        };
        csv::fields(key, &list)?
            .iter()
            .map(|entry| {
                read(entry).ok_or_else(|| {
                    OptionError::new(key, entry, "it must be a host and an IP address, `name=192.0.2.1`")
                })
            })
            .collect()
    }

    /// `--shm-size`: the size of `/dev/shm`, in bytes. None is the engine's own.
    pub fn shm_size(&self) -> Result<Option<u64>, OptionError> {
        let size = self.number("shm-size", "it must be a number of bytes")?;
        Ok(size.filter(|bytes| *bytes != 0))
    }

    /// `--ulimit`.
    pub fn ulimits(&self) -> Result<Vec<Ulimit>, OptionError> {
        let key = "ulimit";
        csv::fields(key, self.get(key).unwrap_or_default())?
            .iter()
            .map(|limit| read_ulimit(limit).map_err(|reason| OptionError::new(key, limit, reason)))
            .collect()
    }

    /// `--cgroup-parent`.
    pub fn cgroup_parent(&self) -> Option<&str> {
        self.text("cgroup-parent")
    }

    /// `--memory`, `--cpu-shares` and their like. None is no limits at all.
    pub fn resources(&self) -> Result<Option<LinuxResources>, OptionError> {
        let mut limits = LinuxResources::new();
        let positive = |key| self.positive(key);
        if let Some(bytes) = positive("memory")? {
            limits = limits.memory(bytes);
        }
        match self.text("memswap") {
            Some("-1") => limits = limits.unlimited_swap(),
            Some(_) => {
                if let Some(bytes) = positive("memswap")? {
                    limits = limits.memory_swap(bytes);
                }
            }
            None => {}
        }
        if let Some(shares) = positive("cpushares")? {
            limits = limits.cpu_shares(shares);
        }
        if let Some(microseconds) = positive("cpuperiod")? {
            limits = limits.cpu_period(microseconds);
        }
        if let Some(microseconds) = positive("cpuquota")? {
            limits = limits.cpu_quota(microseconds);
        }
        if let Some(cpus) = self.cpuset("cpusetcpus")? {
            limits = limits.cpuset_cpus(cpus);
        }
        if let Some(nodes) = self.cpuset("cpusetmems")? {
            limits = limits.cpuset_mems(nodes);
        }
        Ok((limits != LinuxResources::new()).then_some(limits))
    }

    /// `--network`: what steps that may use the network can reach. None is what the frontend thinks right.
    pub fn network(&self) -> Result<Option<Network>, OptionError> {
        let key = "force-network-mode";
        match self.text(key) {
            None => Ok(None),
            Some("sandbox" | "default") => Ok(Some(Network::Sandbox)),
            Some("host") => Ok(Some(Network::Host)),
            Some("none") => Ok(Some(Network::None)),
            Some(other) => Err(OptionError::new(key, other, "it must be `sandbox`, `host` or `none`")),
        }
    }

    /// The name of the host that steps see. None is the engine's own.
    pub fn hostname(&self) -> Option<&str> {
        self.text("build-arg:BUILDKIT_SANDBOX_HOSTNAME").or_else(|| self.text("hostname"))
    }

    /// The proxies among the build arguments, in any case. They belong to every step, and to no image.
    pub fn proxy(&self) -> Option<ProxyEnv> {
        let mut proxy = ProxyEnv::default();
        for (name, value) in self.build_args() {
            let field = match name.to_ascii_uppercase().as_str() {
                "HTTP_PROXY" => &mut proxy.http,
                "HTTPS_PROXY" => &mut proxy.https,
                "FTP_PROXY" => &mut proxy.ftp,
                "NO_PROXY" => &mut proxy.no,
                "ALL_PROXY" => &mut proxy.all,
                _ => continue,
            };
            // Of both spellings the upper case comes first, and wins.
            if field.is_empty() {
                value.clone_into(field);
            }
        }
        (proxy != ProxyEnv::default()).then_some(proxy)
    }

    /// `--build-arg SOURCE_DATE_EPOCH=...`. Empty is none.
    pub fn source_date_epoch(&self) -> Option<Epoch> {
        let value = self.build_arg("SOURCE_DATE_EPOCH")?;
        match value.parse() {
            Ok(seconds) => Some(Epoch::Seconds(seconds)),
            Err(_) if value.is_empty() => None,
            Err(_) => Some(Epoch::Of(value.to_owned())),
        }
    }

    fn number(&self, key: &str, reason: &str) -> Result<Option<u64>, OptionError> {
        self.text(key)
            .map(|value| {
                let number = value.parse().ok().filter(|number| i64::try_from(*number).is_ok());
                number.ok_or_else(|| OptionError::new(key, value, reason))
            })
            .transpose()
    }

    fn positive(&self, key: &str) -> Result<Option<u64>, OptionError> {
        let reason = if key == "memswap" {
            "it must be a number above 0, or -1 for no limit"
        } else {
            "it must be a number above 0"
        };
        match self.number(key, reason)? {
            Some(0) => Err(OptionError::new(key, "0", reason)),
            number => Ok(number),
        }
    }

    fn cpuset(&self, key: &str) -> Result<Option<&str>, OptionError> {
        let Some(set) = self.text(key) else {
            return Ok(None);
        };
        let number = |text: &str| text.trim().parse().ok().filter(|n| *n <= HIGHEST_CPU);
        let is_element = |element: &str| match element.trim().split_once('-') {
            None => element.trim().is_empty() || number(element).is_some(),
            Some((low, high)) => {
                number(low).zip(number(high)).is_some_and(|(low, high): (u32, u32)| low <= high)
            }
        };
        if set.split(',').all(is_element) {
            Ok(Some(set))
        } else {
            Err(OptionError::new(key, set, "it must be a list of numbers and ranges such as `0-3,7`"))
        }
    }
}

fn read_ulimit(limit: &str) -> Result<Ulimit, String> {
    let form = || "it must be a name and one or two numbers, `nofile=1024:2048`".to_owned();
    let (name, values) = limit.split_once('=').ok_or_else(form)?;
    if !LIMITS.contains(&name) {
        return Err(format!("the names are {}", LIMITS.join(", ")));
    }
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let soft: i64 = soft.parse().map_err(|_| form())?;
    let hard: i64 = hard.parse().map_err(|_| form())?;
    if hard != -1 && (soft == -1 || soft > hard) {
        return Err("the first number must not be above the second".to_owned());
    }
    Ok(Ulimit::new(name, soft, hard))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(key: &str, value: &str) -> Options {
        Options::new([(key, value)])
    }

    #[test]
    fn hosts() {
        let hosts = options("add-hosts", "API=192.0.2.1,b=::1").extra_hosts().unwrap();
        assert_eq!(
            hosts,
            [("api".to_owned(), "192.0.2.1".parse().unwrap()), ("b".to_owned(), "::1".parse().unwrap())]
        );
        assert!(options("add-hosts", "").extra_hosts().unwrap().is_empty());
        for bad in ["a", "a=b", "a=1.2.3", "a=1.2.3.4,b"] {
            assert!(options("add-hosts", bad).extra_hosts().is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(options("shm-size", "67108864").shm_size(), Ok(Some(64 << 20)));
        assert_eq!(options("shm-size", "").shm_size(), Ok(None));
        assert_eq!(options("shm-size", "0").shm_size(), Ok(None));
        for bad in ["64m", "-1", "18446744073709551615"] {
            assert!(options("shm-size", bad).shm_size().is_err(), "{bad}");
        }
    }

    #[test]
    fn limits() {
        let read = |value| options("ulimit", value).ulimits();
        assert_eq!(
            read("nofile=1024:2048,core=-1,nproc=3:-1"),
            Ok(vec![
                Ulimit::new("nofile", 1024, 2048),
                Ulimit::new("core", -1, -1),
                Ulimit::new("nproc", 3, -1)
            ])
        );
        assert_eq!(
            read("nofiles=1").unwrap_err().to_string(),
            "option `ulimit` cannot be `nofiles=1`: the names are core, cpu, data, fsize, locks, memlock, msgqueue, \
             nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack"
        );
        for bad in ["nofile", "nofile=", "nofile=1:2:3", "nofile=2:1", "nofile=-1:1", "core=x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn resources() {
        assert_eq!(Options::default().resources(), Ok(None));
        let limits = Options::new([
            ("memory", "1000"),
            ("memswap", "-1"),
            ("cpushares", "2"),
            ("cpuperiod", "3"),
            ("cpuquota", "4"),
            ("cpusetcpus", "0-3,7"),
            ("cpusetmems", "0"),
        ]);
        let expected = LinuxResources::new()
            .memory(1000)
            .unlimited_swap()
            .cpu_shares(2)
            .cpu_period(3)
            .cpu_quota(4)
            .cpuset_cpus("0-3,7")
            .cpuset_mems("0");
        assert_eq!(limits.resources(), Ok(Some(expected)));
        for (key, bad) in [
            ("memory", "0"),
            ("memory", "-1"),
            ("memory", "1g"),
            ("memswap", "0"),
            ("memswap", "-2"),
            ("cpuquota", "-5"),
            ("cpusetcpus", "3-1"),
            ("cpusetcpus", "0-999999999"),
            ("cpusetmems", "a"),
        ] {
            let error = options(key, bad).resources().unwrap_err();
            assert_eq!((error.key(), error.value()), (key, bad));
        }
    }

    #[test]
    fn networks() {
        let read = |value| options("force-network-mode", value).network();
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("sandbox"), Ok(Some(Network::Sandbox)));
        assert_eq!(read("host"), Ok(Some(Network::Host)));
        assert_eq!(read("none"), Ok(Some(Network::None)));
        assert!(read("bridge").is_err());
    }

    #[test]
    fn texts() {
        let options = Options::new([
            ("hostname", "a"),
            ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "b"),
            ("build-arg:http_proxy", "lower"),
            ("build-arg:HTTP_PROXY", "upper"),
            ("build-arg:No_Proxy", "localhost"),
        ]);
        assert_eq!(options.hostname(), Some("b"));
        let proxy = options.proxy().unwrap();
        assert_eq!((proxy.http.as_str(), proxy.no.as_str()), ("upper", "localhost"));
        assert_eq!(Options::default().proxy(), None);
    }

    #[test]
    fn epochs() {
        let read = |value| options("build-arg:SOURCE_DATE_EPOCH", value).source_date_epoch();
        assert_eq!(Options::default().source_date_epoch(), None);
        assert_eq!(read(""), None);
        assert_eq!(read("1700000000"), Some(Epoch::Seconds(1_700_000_000)));
        assert_eq!(read("context"), Some(Epoch::Of("context".to_owned())));
    }
}
