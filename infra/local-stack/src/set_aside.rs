//! Tells on the console which transactions are set aside. The deployed functions only count them, since no log names a person;
//! on the own machine that is nobody's secret.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use lambda_emulator::Service;
use table::{Consistency, Outcome, ProfileId, StoredLedger, Table, printable};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tracing::warn;

/// Whom to tell of a profile that has transactions set aside.
#[derive(Clone, Debug)]
pub(crate) struct SetAside(UnboundedSender<ProfileId>);

impl SetAside {
    /// Starts to tell each transaction that is set aside once, with its reason.
    pub(crate) fn start(table: Table) -> (Self, Service) {
        let (sender, mut profiles) = unbounded_channel();
        let service = Service::start(|stop| async move {
            // Hashes, since there may be many.
            let mut told = HashSet::new();
            while let Some(Some(profile)) = stop.run_until_cancelled(profiles.recv()).await {
                let derived = table.derived(&profile, Consistency::Eventual).await;
                // What cannot be read now is told with the profile's next record.
                let Ok(Some(StoredLedger::Usable(ledger))) =
                    derived.map(|derived| derived.map(|derived| derived.ledger))
                else {
                    continue;
                };
                for (key, reason) in ledger.set_aside() {
                    let mut hash = DefaultHasher::new();
                    (&profile, key, reason.to_string()).hash(&mut hash);
                    if told.insert(hash.finish()) {
                        let key = printable(key);
                        warn!(%profile, %key, "a transaction is set aside: {reason}");
                    }
                }
            }
        });
        (Self(sender), service)
    }

    /// Has a profile looked at if there is something to tell.
    pub(crate) fn see(&self, profile: &ProfileId, outcome: &Outcome) {
        if outcome.set_aside > 0 {
            // An error means that the stack is stopping.
            self.0.send(profile.clone()).ok();
        }
    }
}
