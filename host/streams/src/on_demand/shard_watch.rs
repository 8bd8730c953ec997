//! What was seen of one shard lately (pure).

use std::time::Duration;

use super::load::Load;

/// Half of what a shard takes: beyond, it is hot (Kinesis developer guide, on-demand mode: about 500 KB/s).
pub(crate) const HOT: Load = Load(500);
/// How many of the last ten minutes were hot before a shard is taken for hot: it is split well within the fifteen
/// minutes that AWS promises, and not for a moment's sake.
const HOT_MINUTES: u32 = 5;
/// How many splits in a row may bring nothing.
const USELESS_MAX: u8 = 2;
const RECENT: u16 = (1 << 10) - 1;
/// How long a shard is watched before it may be merged; at most twice as long is remembered.
pub(crate) const LONG: Duration = Duration::from_secs(24 * 3600);

/// What was seen of a shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShardWatch {
    /// The last ten minutes, the newest in the lowest bit: whether they were hot.
    hot: u16,
    last: Load,
    /// Which part of what the whole stream took that was.
    share: Share,
    /// Where the present window of [`LONG`] began.
    window: Duration,
    peak: Load,
    /// The peak of the window before, once there was one.
    before: Option<Load>,
    /// What is known of the shard that it was split from.
    lineage: Option<Lineage>,
    /// Whether splitting it again would bring nothing.
    stuck: bool,
}

/// Millionths of what the whole stream takes: it stays the same while the load of all keys rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share(u32);

/// What is known of the shard that another was split from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lineage {
    parent: Share,
    /// How many splits in a row brought nothing.
    useless: u8,
}

impl Share {
    fn of(load: Load, total: Load) -> Self {
        let millionths = u64::from(load.0) * 1_000_000 / u64::from(total.0.max(1));
        Self(u32::try_from(millionths).unwrap_or(u32::MAX))
    }
}

impl ShardWatch {
    /// One that is seen for the first time, at a moment of the monotonic clock.
    pub(crate) fn new(monotonic: Duration, lineage: Option<Lineage>) -> Self {
        Self {
            hot: 0,
            last: Load::default(),
            share: Share::default(),
            window: monotonic,
            peak: Load::default(),
            before: None,
            lineage,
            stuck: false,
        }
    }

    /// A minute is over, in which the whole stream took `total`.
    pub(crate) fn note(&mut self, monotonic: Duration, load: Load, total: Load) {
        self.hot = (self.hot << 1 | u16::from(load > HOT)) & RECENT;
        (self.last, self.share) = (load, Share::of(load, total));
        if monotonic.saturating_sub(self.window) >= LONG {
            (self.before, self.peak, self.window) = (Some(self.peak), load, monotonic);
        } else {
            self.peak = self.peak.max(load);
        }
        if self.is_hot() && self.lineage_of_children().useless >= USELESS_MAX {
            self.stuck = true;
        } else if self.long_peak().is_some_and(|peak| peak <= HOT) {
            self.stuck = false;
        }
    }

    /// The last minute.
    pub(crate) fn last(&self) -> Load {
        self.last
    }

    /// Whether it has been hot for a while.
    pub(crate) fn is_hot(&self) -> bool {
        self.hot.count_ones() >= HOT_MINUTES
    }

    /// The peak of at least the last [`LONG`], if it was watched for as long.
    pub(crate) fn long_peak(&self) -> Option<Load> {
        self.before.map(|before| before.max(self.peak))
    }

    /// Whether splitting it again would bring nothing: twice in a row nearly all stayed in one half, as it does where
    /// one key is what is hot. That holds until it was not hot for long.
    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck
    }

    /// What its children have to know if it is split now.
    pub(crate) fn lineage_of_children(&self) -> Lineage {
        let stayed = |it: Lineage| u64::from(self.share.0) * 10 >= u64::from(it.parent.0) * 9;
        let useless = match self.lineage {
            Some(lineage) if stayed(lineage) => lineage.useless.saturating_add(1),
            Some(_) | None => 0,
        };
        Lineage { parent: self.share, useless }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn five_hot_minutes_of_ten_make_a_shard_hot() {
        let mut watch = ShardWatch::new(minutes(0), None);
        for minute in 0..4 {
            watch.note(minutes(minute), Load(501), Load(900));
            assert!(!watch.is_hot());
        }
        watch.note(minutes(4), Load(500), Load(900));
        assert!(!watch.is_hot());
        watch.note(minutes(5), Load(900), Load(900));
        assert!(watch.is_hot());
        for minute in 6..12 {
            watch.note(minutes(minute), Load(0), Load(0));
        }
        assert!(!watch.is_hot());
    }

    #[test]
    fn a_peak_is_known_after_a_day_and_forgotten_after_two() {
        let mut watch = ShardWatch::new(minutes(0), None);
        let mut known = Vec::new();
        for minute in 1..4400 {
            let load = Load(if minute == 1000 { 70 } else { 3 });
            watch.note(minutes(minute), load, load);
            if known.last() != Some(&watch.long_peak()) {
                known.push(watch.long_peak());
            }
        }
        assert_eq!(known, [None, Some(Load(70)), Some(Load(3))]);
    }

    #[test]
    fn a_shard_whose_heat_stays_in_one_half_is_stuck() {
        let hot = |lineage: Option<Lineage>, load: u32, total: u32| {
            let mut watch = ShardWatch::new(minutes(0), lineage);
            (1..6).for_each(|minute| watch.note(minutes(minute), Load(load), Load(total)));
            watch
        };
        let first = hot(None, 800, 1600);
        let child = hot(Some(first.lineage_of_children()), 790, 1600);
        assert!(!child.is_stuck());
        assert!(!hot(Some(child.lineage_of_children()), 600, 1600).is_stuck());
        // As much as before, but of more.
        assert!(!hot(Some(child.lineage_of_children()), 780, 3000).is_stuck());
        let mut grandchild = hot(Some(child.lineage_of_children()), 780, 1600);
        assert!(grandchild.is_stuck());
        // Cooler, but not for long.
        let cool = |watch: &mut ShardWatch, minutes_passed: u64| {
            (6..minutes_passed)
                .for_each(|minute| watch.note(minutes(minute), Load(300), Load(900)));
        };
        cool(&mut grandchild, 1000);
        assert!(grandchild.is_stuck());
        cool(&mut grandchild, 5000);
        assert!(!grandchild.is_stuck());
    }
}
