//! What is measured.

/// What is done to a customer with a history.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// The recalculation for a new purchase, the last one of its day.
    New,
    /// The same, when it closes 32 days.
    Closing,
    /// The recalculation for another purchase of a day in the first tenth of the history.
    Backdated,
    /// The recalculation for a changed purchase of the last shopping day before today.
    Edit,
    /// A GET as of today.
    Today,
    /// A GET as of a day in the first tenth of the history.
    Past,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Closing,
        Self::Backdated,
        Self::Edit,
        Self::Today,
        Self::Past,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new purchase",
            Self::Closing => "new purchase that closes days",
            Self::Backdated => "backdated purchase",
            Self::Edit => "edit",
            Self::Today => "GET of today",
            Self::Past => "GET of the past",
        }
    }
}
