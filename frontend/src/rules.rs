//! Every rule that a diagnostic can name. `docs/rules.md` has a section for each, and
//! `frontend/tests/manifests/` a case.

use std::fmt;

/// What a broken rule means for the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is built.
    Error,
    /// The build goes on. `# check=skip=RULE` silences it, `# check=error=true` makes it an error.
    Warning,
}

macro_rules! rules {
    ($($severity:ident $rule:ident: $about:literal,)*) => {
        /// A rule. Its name is what users write in `# check=skip=`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $about] $rule,)*
        }

        impl Rule {
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => stringify!($rule),)*
                }
            }

            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity,)*
                }
            }

            /// What the rule asks for, in one line.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$rule => $about,)*
                }
            }
        }
    };
}

rules! {
    // The file.
    Error NotUtf8: "The manifest is UTF-8 text",
    Error ManifestTooLarge: "The manifest is at most 1 MiB",
    Error InvalidYaml: "The manifest is valid YAML",
    Error TabIndentation: "Lines are indented with spaces",
    Error DuplicateKey: "A key is written once in a mapping",
    Error InvalidKey: "A key is one plain word",
    Error MultipleDocuments: "The manifest is one YAML document",
    Error UnsupportedTag: "Values carry no YAML tags",
    Error InvalidMergeKey: "`<<` takes a mapping or a list of mappings",
    Error NestingTooDeep: "Values are nested at most 64 deep",
    Error ManifestTooComplex: "Aliases expand to a bounded number of values",
    Error InvalidDirective: "The directives in the first lines are ones that exist",

    // The shape of values.
    Error UnknownKey: "Only keys that exist are written",
    Error MissingKey: "A key that is needed is written",
    Error MissingValue: "A key has a value",
    Error WrongType: "A value has the type that its key asks for",
    Error UnquotedValue: "A string that reads as a number or a truth value is quoted",
    Error CommandNotList: "A command is a list of words, not a line for a shell",
    Error EmptyCommand: "A command has at least one word",
    Error UnknownValue: "A choice is one of the words that exist",
    Error InvalidName: "A name holds the letters that such a name may hold",
    Error ReservedName: "A name that means something already is not given again",
    Error InvalidPath: "A path is absolute or relative as its key asks for, without `..`",
    Error InvalidPattern: "A pattern is relative and without `..`",
    Error InvalidMode: "A file mode is an octal string",
    Error InvalidDuration: "A duration has units",
    Error InvalidSize: "A size has a unit",
    Error InvalidPort: "A port is a number from 1 to 65535, with a protocol at most",
    Error InvalidUser: "A user is a name or number, with a group at most",
    Error InvalidSignal: "A stop signal is one that exists",
    Error InvalidHealthcheck: "A health check says how to run its test",
    Error InvalidReference: "An image reference is well-formed and has a tag or a digest",
    Error InvalidArgument: "`${NAME}` is well-formed, and stands where arguments are known",
    Error UndefinedArg: "`${NAME}` names a declared argument",

    // How values fit together.
    Error InvalidStep: "A step does exactly one thing",
    Error ConflictingKeys: "Keys that contradict each other are not written together",
    Error MisplacedKey: "A key stands where it means something",
    Error NeedsStack: "Keys that describe an app to a stack need a stack",
    Error WrongStackKey: "A key that belongs to one stack is not given to another",
    Error NoApps: "`apps` has at least one app",
    Error UnknownStage: "A stage that is named exists",
    Error UnknownOutput: "An output that is named exists",
    Error UnknownSecret: "A secret that is named is declared",
    Error DuplicateStage: "A stage has one name of its own",
    Error CyclicStages: "Stages do not wait for each other in a circle",
    Error NestedOutputs: "Outputs of a stage lie beside each other",
    Error MountConflict: "A path has one mount",
    Error MountInsideLayer: "Secrets, agents and binds are not mounted inside what a stage keeps",
    Error GateWithoutTest: "A gate has tests to wait for",

    // What the project's own files say.
    Error NoStack: "A manifest without stages is for a project of a known stack",
    Error SeveralStacks: "The files of a project are those of one stack",
    Error InvalidProjectFile: "The files that a stack reads can be read",
    Error SeveralLocks: "A project has the lock file of one package manager",
    Error UnsupportedStack: "The stack is one that this version has",
    Error MissingFile: "The files that a stack is known by are there",
    Error UnknownVersion: "The version of the toolchain is one that the catalog has",
    Error MissingLock: "A project with dependencies has a lock file",
    Error StaleLock: "The lock file goes with the files that it locks",
    Error NoEntrypoint: "What the image runs is found, or written",
    Error SeveralEntrypoints: "What the image runs is chosen where there are several",
    Error NoOutput: "Where a build writes to is found, or written",
    Error NoMainPackage: "A Go module has a main package",
    Error SeveralMainPackages: "One main package is chosen where there are several",

    // What a build needs besides the manifest.
    Error InvalidOption: "An option of the build has a value that can be read",
    Error UnknownTarget: "`--target` names a stage that exists",
    Error AlreadyWritten: "`--call=init` writes a manifest for a project that has none",
    Error MissingArgument: "An argument without a default is given a value",
    Error MissingSecret: "A secret that a step requires is given",
    Error MissingSsh: "An ssh agent that a step requires is given",
    Error MissingPath: "What a step copies is there",
    Error UnresolvedImage: "An image that is named is in its registry, and the registry answers",
    Error ForeignPlatform: "A step is for a platform that the builder can run",
    Error UnsupportedFeature: "What the manifest asks for is something that the builder can do",
    Error InvalidOp: "What a step asks for is something that BuildKit can do",

    // Advice.
    Warning EndOfLife: "The toolchain is one that gets security fixes",
    Warning NewerVersion: "The version of the toolchain is none that is newer than the catalog",
    Warning UnlockedDependencies: "Dependencies are those that a lock file names",
    Warning UnknownBase: "The base of an image has what its app runs on",
    Warning SecretInFile: "Files of the project name credentials, and do not hold them",
    Warning FilesOutsideOfImage: "What a program reads when it runs is in its image",
    Warning ServerSettings: "The project's settings of the web server go with the image",
    Warning OnBuildIgnored: "The base of a stage has no `ONBUILD` instructions, which are not run",
    Warning MovingTag: "The tag of a base says which version it is",
    Warning NetworkInBuild: "Build and test steps work without network",
    Warning LiteralVariable: "`$NAME` stands where a shell reads it",
    Warning SecretsUsedInArgOrEnv: "Secrets are not passed as arguments or environment of an image",
    Warning UnknownOption: "An option of the build is one that this version knows",
    Warning UnsupportedOption: "An option of the build is one that the engine has the means for",
    Warning UnusedArgument: "`--build-arg` names a declared argument",
    Warning UnusedName: "Stages and images that an option of the build names are in the manifest",
    Warning UnknownRule: "`# check=skip=` names rules that exist",
}

impl Rule {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
