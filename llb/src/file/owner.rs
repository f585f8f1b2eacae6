/// Who owns a file: a user, and a group where one is given. What is not given is not kept: the engine
/// sets both, as in `solver/llbsolver/ops/user_linux.go`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub(super) user: Option<User>,
    pub(super) group: Option<User>,
}

/// A user or a group, by number or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// By number.
    Id(u32),
    /// By a name that the engine looks up in the base's own `/etc/passwd` or `/etc/group`. A user
    /// that is not there is root, and a group that is not there counts as not given.
    Name(String),
}

impl Owner {
    /// By numbers.
    pub fn ids(user: u32, group: u32) -> Self {
        Self { user: Some(User::Id(user)), group: Some(User::Id(group)) }
    }

    /// This user, and its group: of a name the one in `/etc/passwd`, of a number the same number.
    pub fn user(user: impl Into<User>) -> Self {
        Self { user: Some(user.into()), group: None }
    }

    /// This group, and root as the user.
    pub fn of_group(group: impl Into<User>) -> Self {
        Self { user: None, group: Some(group.into()) }
    }

    /// Sets the group.
    #[must_use]
    pub fn group(mut self, group: impl Into<User>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Reads `user`, `user:group`, or `:group`, each a number or a name, written as for `chown`.
    pub fn parse(text: &str) -> Self {
        let (user, group) = match text.split_once(':') {
            None => (text, None),
            Some((user, group)) => (user, Some(group)),
        };
        let some = |text: &str| (!text.is_empty()).then(|| User::from(text));
        Self { user: some(user), group: group.and_then(some) }
    }
}

impl From<u32> for User {
    fn from(id: u32) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for User {
    /// A number is an id, `root` is 0, and anything else is a name.
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) if text == "root" => Self::Id(0),
            Err(_) => Self::Name(text.to_owned()),
        }
    }
}
